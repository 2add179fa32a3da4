"""Translation of queries to requests of Cost Explorer, and of group keys to values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from cost_allocation.query import (
    ACCOUNT,
    CHARGE_CATEGORY,
    PROVIDER,
    REGION,
    SERVICE,
    ChargeCategory,
    Filter,
    Granularity,
    tag_key,
)
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cost_explorer.records import UNLISTED, category, record_types

if TYPE_CHECKING:
    from mypy_boto3_ce.literals import DimensionType, GranularityType
    from mypy_boto3_ce.type_defs import ExpressionTypeDef, GetCostAndUsageRequestTypeDef, GroupDefinitionTypeDef

AWS = "AWS"
"""The only value of `provider`: Cost Explorer has no other clouds, so it is never queried."""

_KEYS: Mapping[str, DimensionType] = MappingProxyType(
    {SERVICE: "SERVICE", ACCOUNT: "LINKED_ACCOUNT", REGION: "REGION", CHARGE_CATEGORY: "RECORD_TYPE"}
)

_GRANULARITIES: Mapping[Granularity, GranularityType] = MappingProxyType(
    {Granularity.MONTH: "MONTHLY", Granularity.DAY: "DAILY"}
)

_NO_REGION = "NoRegion"
"""Group key of charges without a region, such as taxes."""


def request(
    metric: str,
    period: tuple[date, date],
    granularity: Granularity,
    dimensions: Sequence[str],
    filters: Iterable[Filter],
) -> GetCostAndUsageRequestTypeDef:
    """Build the parameters of `GetCostAndUsage`.

    Args:
        metric: one of `METRICS`.
        period: the first day, and the day after the last one.
        granularity: the length of the periods.
        dimensions: at most two (botocore model of `ce`, `GroupBy`), without `provider`.
        filters: combined with AND. `is_empty` must be False for them.
    """
    start, end = period
    asked: GetCostAndUsageRequestTypeDef = {
        "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
        "Granularity": _GRANULARITIES[granularity],
        "Metrics": [metric],
    }
    if dimensions:
        asked["GroupBy"] = [_group(dimension) for dimension in dimensions]
    expressions = [condition for one in filters if not isinstance(condition := _condition(one), bool)]
    if expressions:
        asked["Filter"] = expressions[0] if len(expressions) == 1 else {"And": expressions}
    return asked


def is_empty(filters: Iterable[Filter]) -> bool:
    """Return True if no row can match the filters, so that no request is needed.

    Raises:
        SourceError: a filter names a charge category that FOCUS does not have.
    """
    return False in [_condition(one) for one in filters]


def value(dimension: str, key: str) -> str | None:
    """Convert the key of a group to a value.

    The key of a tag's group is `key$value`, and the value may contain `$`. Untagged cost is under `key$`.
    """
    tag = tag_key(dimension)
    if tag is not None:
        return key.removeprefix(f"{tag}$") or None
    if dimension == CHARGE_CATEGORY:
        return category(key)
    return None if key in ("", _NO_REGION) else key


def _group(dimension: str) -> GroupDefinitionTypeDef:
    key = tag_key(dimension)
    return {"Type": "DIMENSION", "Key": _KEYS[dimension]} if key is None else {"Type": "TAG", "Key": key}


def _condition(chosen: Filter) -> ExpressionTypeDef | bool:
    """Convert a filter to an expression; to True or False if every row or no row matches."""
    if chosen.dimension == PROVIDER:
        return (AWS in chosen.values) is not chosen.exclude
    expression = _one_of(chosen)
    if isinstance(expression, bool):
        return expression is not chosen.exclude
    return {"Not": expression} if chosen.exclude else expression


def _one_of(chosen: Filter) -> ExpressionTypeDef | bool:
    if chosen.dimension == CHARGE_CATEGORY:
        return _categories(chosen.values)
    key = tag_key(chosen.dimension)
    known = [v for v in chosen.values if v is not None]
    if key is None:
        absent = [_NO_REGION if chosen.dimension == REGION else ""] if None in chosen.values else []
        return {"Dimensions": {"Key": _KEYS[chosen.dimension], "Values": known + absent}} if known + absent else False
    either: list[ExpressionTypeDef] = []
    if known:
        either.append({"Tags": {"Key": key, "Values": known}})
    if None in chosen.values:
        either.append({"Tags": {"Key": key, "MatchOptions": ["ABSENT"]}})
    if not either:
        return False
    return either[0] if len(either) == 1 else {"Or": either}


def _categories(values: Iterable[str | None]) -> ExpressionTypeDef | bool:
    chosen = set(values) - {None}
    unknown = sorted(str(v) for v in chosen.difference(ChargeCategory))
    if unknown:
        raise SourceError(f'charge_category "{unknown[0]}" is unknown; allowed: {", ".join(ChargeCategory)}')
    others = [one for one in ChargeCategory if one not in chosen]
    if not others:
        return True
    if UNLISTED in chosen:
        # Unknown record types cannot be listed. They are selected by excluding all others.
        return {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": record_types(*others)}}}
    records = record_types(*(one for one in ChargeCategory if one in chosen))
    return {"Dimensions": {"Key": "RECORD_TYPE", "Values": records}} if records else False
