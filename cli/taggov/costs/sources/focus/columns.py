"""The columns of FOCUS cost data, versions 1.0 to 1.4, and what one table or group of files has of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from cost_allocation.query import ACCOUNT, CHARGE_CATEGORY, PROVIDER, REGION, SERVICE, column_name, tag_key
from taggov.costs.sources.tag_keys import NO_KEYS, KnownKeys, spellings

METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
"""BilledCost first: in real exports EffectiveCost is 0 on rows that are billed."""

CURRENCY = "BillingCurrency"
PERIOD = "ChargePeriodStart"
TAGS = "Tags"
ALLOCATED_TAGS = "AllocatedTags"
"""FOCUS 1.3: the tags of what the provider's own split gives a part of a resource to, such as those of a pod."""
TAG_COLUMNS = (ALLOCATED_TAGS, TAGS)

FIELD_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SERVICE: ("ServiceName",),
        ACCOUNT: ("SubAccountId",),
        REGION: ("RegionId",),
        CHARGE_CATEGORY: ("ChargeCategory",),
        # ProviderName is deprecated since 1.3, which brought its successor, and gone in 1.4.
        PROVIDER: ("ServiceProviderName", "ProviderName"),
    }
)
"""The columns of each field, the newest name first."""

CONDITIONAL = frozenset({ACCOUNT, REGION, PROVIDER})
"""Fields whose column may be absent: FOCUS asks for SubAccountId and RegionId only of providers that have such a thing,
and the column of the provider depends on the version. Rows without the column have no value."""


def names_of(dimension: str) -> tuple[str, ...]:
    """The columns that a dimension may stand in, the newest name first; none for a tag, and for what nobody knows."""
    name = column_name(dimension)
    return FIELD_COLUMNS.get(dimension, ()) if name is None else (name,)


_TAG_COLUMN = re.compile(
    r"(?:tags[./_]|tag_|x_tags?_)(?P<key>.+)|(?P<prefixed>(?:resourcetags|accounttag|userattribute)/.+)",
    re.IGNORECASE | re.DOTALL,
)


class ColumnType(Enum):
    """The part of a column's type that has to be known to read it."""

    DECIMAL = auto()
    """Decimals and integers: summed as they are."""
    FLOAT = auto()
    """Read as the shortest decimal text that means the same binary number."""
    TEXT = auto()
    TIMESTAMP = auto()
    """A time or day without zone, which FOCUS says is UTC."""
    ZONED = auto()
    MAP = auto()
    """Tag key to tag value, both texts."""
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
"""Types as DuckDB and the Glue Data Catalog write them, without lengths."""


INTEGERS = frozenset({"tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"})
"""Types of DuckDB whose sums are integers, not decimals."""


def column_type(declared: str) -> ColumnType:
    """The type of a column that is declared as `DECIMAL(18,10)`, `varchar(20)`, `map<string,string>`."""
    folded = declared.lower()
    if folded.endswith("]"):
        # A list, or an array.
        return ColumnType.OTHER
    return _TYPES.get(folded) or _TYPES.get(folded.partition("(")[0]) or ColumnType.OTHER


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation."""

    name: str
    """As its file or table spells it."""
    sql: str
    """Its quoted identifier, or another expression for its value."""
    type: ColumnType


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of one schema, and where SQL finds their columns."""

    name: str
    """For people: the file, or the table."""
    relation: str
    """The SQL that stands after FROM."""
    columns: tuple[Column, ...]
    """Their names are compared without letter case: Athena has only lower-case ones."""
    has_statistics: bool = False
    """True where absent values are found without reading the rows, as in Parquet files."""
    counts_all: bool = False
    """True where answers count the rows that are not asked for too: a check that the file was read in full."""
    keys: KnownKeys = NO_KEYS
    """Tag keys that are known to be inside `TAG_COLUMNS`."""
    tag_values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Columns of the relation that hold values of tags: by the SQL of the tags, and the key."""

    def column(self, *names: str) -> Column | None:
        """The first of the named columns that exists."""
        return next((its for name in names for its in self.columns if its.name.lower() == name.lower()), None)

    def need(self, name: str) -> Column:
        """A column that `missing` has found to exist."""
        column = self.column(name)
        assert column is not None
        return column

    def tag_columns(self) -> Iterator[tuple[str, Column]]:
        """Columns that hold the values of one tag key each, such as `Tags/project` or `x_Tag_project`."""
        for column in self.columns:
            if match := _TAG_COLUMN.fullmatch(column.name):
                yield match["key"] or match["prefixed"], column

    def missing(self, metric: str, dimensions: tuple[str, ...]) -> list[str]:
        """Columns without which the question can not be answered."""
        fields = [names for name, names in FIELD_COLUMNS.items() if name in dimensions and name not in CONDITIONAL]
        return [names[0] for names in ((metric,), (CURRENCY,), (PERIOD,), *fields) if self.column(*names) is None]

    def without(self, dimensions: tuple[str, ...]) -> Iterator[str]:
        """Columns whose absence leaves a dimension without values."""
        for dimension in dimensions:
            if (key := tag_key(dimension)) is not None:
                names = [name for name, _ in self.tag_columns()]
                if self.column(*TAG_COLUMNS) is None and len(spellings(key, names)) == 1 and key not in names:
                    yield TAGS
            elif dimension in CONDITIONAL and self.column(*FIELD_COLUMNS[dimension]) is None:
                yield FIELD_COLUMNS[dimension][0]
