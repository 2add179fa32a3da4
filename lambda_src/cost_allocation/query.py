"""Questions to a source of costs, in one form for all of them: Cost Explorer, FOCUS files, Athena."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SERVICE = "service"
ACCOUNT = "account"
REGION = "region"
CHARGE_CATEGORY = "charge_category"
PROVIDER = "provider"

FIELDS = (SERVICE, ACCOUNT, REGION, CHARGE_CATEGORY, PROVIDER)
"""The dimensions that every source knows; besides them each tag key is one."""

_TAG = "tag:"
_COLUMN = "column:"


class Granularity(StrEnum):
    """The length of the periods that amounts are summed over."""

    MONTH = "month"
    DAY = "day"


class ChargeCategory(StrEnum):
    """The values of `charge_category`, as FOCUS names them."""

    USAGE = "Usage"
    PURCHASE = "Purchase"
    TAX = "Tax"
    CREDIT = "Credit"
    ADJUSTMENT = "Adjustment"


def tag(key: str) -> str:
    """The dimension of a tag key: `tag:project`."""
    return _TAG + key


def tag_key(dimension: str) -> str | None:
    """The key of a tag dimension, None for a field."""
    return dimension.removeprefix(_TAG) if dimension.startswith(_TAG) else None


def column(name: str) -> str:
    """The dimension of a column of FOCUS, which only sources of FOCUS data know: `column:InvoiceId`."""
    return _COLUMN + name


def column_name(dimension: str) -> str | None:
    """The name of a column's dimension, None for any other."""
    return dimension.removeprefix(_COLUMN) if dimension.startswith(_COLUMN) else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose dimension has one of the values; None stands for rows that have no value."""

    dimension: str
    values: tuple[str | None, ...]
    exclude: bool = False
    """Rows that have none of the values instead."""


@dataclass(frozen=True, slots=True)
class CostQuery:
    """Sums of one metric per period, currency and value of the dimensions.

    `start` is inclusive, `end` exclusive, both UTC days; None leaves that side open, which only files allow.
    """

    metric: str
    start: date | None
    end: date | None
    granularity: Granularity = Granularity.MONTH
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    exact_keys: bool = False
    """Tag keys are told apart by letter case. Otherwise all spellings are one key; the one asked for comes first."""
    owner_keys: tuple[tuple[str, ...], ...] = ()
    """The tag keys that say whose a cost is, in order of preference, by each set of rules that the answer is for."""

    def owner_keys_after(self, key: str) -> list[str]:
        """Those of the owner keys that any of the rules looks at after this one."""
        later = (name for keys in self.owner_keys if key in keys for name in keys[keys.index(key) + 1 :])
        return [name for name in dict.fromkeys(later) if name != key]
