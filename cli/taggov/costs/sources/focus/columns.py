"""Columns of FOCUS 1.0 to 1.4, and the columns that a table or group of files has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from cost_allocation.query import ACCOUNT, CHARGE_CATEGORY, PROVIDER, REGION, SERVICE, column_name, tag_key
from taggov.costs.sources.tag_keys import NO_KEYS, KnownKeys, spellings

METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
"""BilledCost is first because real exports have billed rows with an EffectiveCost of 0."""

CURRENCY = "BillingCurrency"
PERIOD = "ChargePeriodStart"
TAGS = "Tags"
ALLOCATED_TAGS = "AllocatedTags"
"""FOCUS 1.3: tags of the workload that gets a part of a shared resource by the split of the provider, such as a pod."""
TAG_COLUMNS = (ALLOCATED_TAGS, TAGS)

FIELD_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SERVICE: ("ServiceName",),
        ACCOUNT: ("SubAccountId",),
        REGION: ("RegionId",),
        CHARGE_CATEGORY: ("ChargeCategory",),
        # FOCUS 1.3 deprecates ProviderName in favour of ServiceProviderName; 1.4 removes it.
        PROVIDER: ("ServiceProviderName", "ProviderName"),
    }
)
"""Columns of each field, the newest name first."""

CONDITIONAL = frozenset({ACCOUNT, REGION, PROVIDER})
"""Fields whose column may be missing: SubAccountId and RegionId are required only of providers that have accounts and
regions, and the provider column depends on the version. Rows without the column have no value."""


def names_of(dimension: str) -> tuple[str, ...]:
    """Return the possible columns of a dimension, the newest name first. Tags and unknown dimensions have none."""
    name = column_name(dimension)
    return FIELD_COLUMNS.get(dimension, ()) if name is None else (name,)


_TAG_COLUMN = re.compile(
    r"(?:tags[./_]|tag_|x_tags?_)(?P<key>.+)|(?P<prefixed>(?:resourcetags|accounttag|userattribute)/.+)",
    re.IGNORECASE | re.DOTALL,
)


class ColumnType(Enum):
    """Type of a column, as far as it matters for reading."""

    DECIMAL = auto()
    """Decimals and integers. Summed directly."""
    FLOAT = auto()
    """Read as the shortest decimal text that represents the same binary number."""
    TEXT = auto()
    TIMESTAMP = auto()
    """A time or date without a time zone. FOCUS defines it as UTC."""
    ZONED = auto()
    MAP = auto()
    """Map of tag keys to tag values, both texts."""
    OTHER = auto()


_TYPES: Mapping[str, ColumnType] = MappingProxyType(
    {
        "decimal": ColumnType.DECIMAL,
        "tinyint": ColumnType.DECIMAL,
        "smallint": ColumnType.DECIMAL,
        "int": ColumnType.DECIMAL,
        "integer": ColumnType.DECIMAL,
        "bigint": ColumnType.DECIMAL,
        "utinyint": ColumnType.DECIMAL,
        "usmallint": ColumnType.DECIMAL,
        "uinteger": ColumnType.DECIMAL,
        "ubigint": ColumnType.DECIMAL,
        "double": ColumnType.FLOAT,
        "float": ColumnType.FLOAT,
        "varchar": ColumnType.TEXT,
        "string": ColumnType.TEXT,
        "char": ColumnType.TEXT,
        "timestamp": ColumnType.TIMESTAMP,
        "timestamp_s": ColumnType.TIMESTAMP,
        "timestamp_ms": ColumnType.TIMESTAMP,
        "timestamp_ns": ColumnType.TIMESTAMP,
        "date": ColumnType.TIMESTAMP,
        "timestamp with time zone": ColumnType.ZONED,
        "map(varchar, varchar)": ColumnType.MAP,
        "map<string,string>": ColumnType.MAP,
    }
)
"""Type names of DuckDB and the Glue Data Catalog, without lengths."""


INTEGERS = frozenset({"tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"})
"""DuckDB types whose sums are integers instead of decimals."""


def column_type(declared: str) -> ColumnType:
    """Convert a declared type such as `DECIMAL(18,10)`, `varchar(20)` or `map<string,string>`."""
    folded = declared.lower()
    if folded.endswith("]"):
        # A list or an array.
        return ColumnType.OTHER
    return _TYPES.get(folded) or _TYPES.get(folded.partition("(")[0]) or ColumnType.OTHER


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation."""

    name: str
    """Name in the file or table."""
    sql: str
    """Quoted identifier, or another expression for the value."""
    type: ColumnType


PATH = "taggov_path"
"""Column of each relation with the path of the file; a bill may have a `filename` of its own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Files or a table with one schema, and the SQL for their columns."""

    name: str
    """Display name: the file or the table."""
    relation: str
    """SQL expression after FROM."""
    columns: tuple[Column, ...]
    """Column names are case insensitive: Athena has only lower-case names."""
    has_statistics: bool = False
    """True if missing values are found without reading the rows, as in Parquet files."""
    counts_all: bool = False
    """True if answers also count unmatched rows, to check that the file was read in full."""
    keys: KnownKeys = NO_KEYS
    """Known tag keys in `TAG_COLUMNS`."""
    tag_values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Columns of the relation that have extracted tag values, by the SQL of the tags and the key."""

    def column(self, *names: str) -> Column | None:
        """Return the first of the named columns that exists."""
        return next((its for name in names for its in self.columns if its.name.lower() == name.lower()), None)

    def need(self, name: str) -> Column:
        """Return a column that exists, as checked by `missing`."""
        column = self.column(name)
        assert column is not None
        return column

    def tag_columns(self) -> Iterator[tuple[str, Column]]:
        """Yield the columns for single tag keys, such as `Tags/project` or `x_Tag_project`, with the key."""
        for column in self.columns:
            if match := _TAG_COLUMN.fullmatch(column.name):
                yield match["key"] or match["prefixed"], column

    def missing(self, metric: str, dimensions: tuple[str, ...]) -> list[str]:
        """List the missing columns that a query needs."""
        fields = [names for name, names in FIELD_COLUMNS.items() if name in dimensions and name not in CONDITIONAL]
        return [names[0] for names in ((metric,), (CURRENCY,), (PERIOD,), *fields) if self.column(*names) is None]

    def without(self, dimensions: tuple[str, ...]) -> Iterator[str]:
        """Yield the missing columns because of which a dimension has no values."""
        for dimension in dimensions:
            if (key := tag_key(dimension)) is not None:
                names = [name for name, _ in self.tag_columns()]
                if self.column(*TAG_COLUMNS) is None and len(spellings(key, names)) == 1 and key not in names:
                    yield TAGS
            elif dimension in CONDITIONAL and self.column(*FIELD_COLUMNS[dimension]) is None:
                yield FIELD_COLUMNS[dimension][0]
