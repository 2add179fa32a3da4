"""Queries to sources of costs, in one form for Cost Explorer, FOCUS files and Athena."""

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
"""Dimensions of every source. Tag keys are dimensions too."""

_TAG = "tag:"
_COLUMN = "column:"


class Granularity(StrEnum):
    """Length of the periods of sums."""

    MONTH = "month"
    DAY = "day"


class ChargeCategory(StrEnum):
    """Values of `charge_category`, as in FOCUS."""

    USAGE = "Usage"
    PURCHASE = "Purchase"
    TAX = "Tax"
    CREDIT = "Credit"
    ADJUSTMENT = "Adjustment"


def tag(key: str) -> str:
    """Return the dimension of a tag key: `tag:project`."""
    return _TAG + key


def tag_key(dimension: str) -> str | None:
    """Return the key of a tag dimension; None for other dimensions."""
    return dimension.removeprefix(_TAG) if dimension.startswith(_TAG) else None


def column(name: str) -> str:
    """Return the dimension of a FOCUS column: `column:InvoiceId`. Only FOCUS sources have such dimensions."""
    return _COLUMN + name


def column_name(dimension: str) -> str | None:
    """Return the column name of a column dimension; None for other dimensions."""
    return dimension.removeprefix(_COLUMN) if dimension.startswith(_COLUMN) else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Condition that a dimension has one of the values. None matches rows without a value."""

    dimension: str
    values: tuple[str | None, ...]
    exclude: bool = False
    """True to match rows that have none of the values."""


@dataclass(frozen=True, slots=True)
class CostQuery:
    """Query for the sums of one metric by period, currency and dimensions.

    `start` is inclusive and `end` exclusive; both are UTC days. None leaves a side open, which only files support.
    """

    metric: str
    start: date | None
    end: date | None
    granularity: Granularity = Granularity.MONTH
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    exact_keys: bool = False
    """True if tag keys are case sensitive. Otherwise all spellings are one key, and the requested one takes
    precedence."""
    owner_keys: tuple[tuple[str, ...], ...] = ()
    """Tag keys that identify the owner, in order of preference, for each set of rules."""

    def owner_keys_after(self, key: str) -> list[str]:
        """Return the owner keys that any of the rules considers after this key."""
        later = (name for keys in self.owner_keys if key in keys for name in keys[keys.index(key) + 1 :])
        return [name for name in dict.fromkeys(later) if name != key]
