"""A query in the words of Cost Explorer, and its groups in ours."""

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
"""The one value of `provider`. Cost Explorer knows no other cloud, so it is never asked."""

_KEYS: Mapping[str, DimensionType] = MappingProxyType(
    {SERVICE: "SERVICE", ACCOUNT: "LINKED_ACCOUNT", REGION: "REGION", CHARGE_CATEGORY: "RECORD_TYPE"}
)

_GRANULARITIES: Mapping[Granularity, GranularityType] = MappingProxyType(
    {Granularity.MONTH: "MONTHLY", Granularity.DAY: "DAILY"}
)

_NO_REGION = "NoRegion"
"""The group of charges without a region, such as taxes."""


def request(
    metric: str,
    period: tuple[date, date],
    granularity: Granularity,
    dimensions: Sequence[str],
    filters: Iterable[Filter],
) -> GetCostAndUsageRequestTypeDef:
    """The parameters of `GetCostAndUsage`.

    Args:
        metric: one of `METRICS`.
        period: the first day, and the day after the last one.
        granularity: the length of the periods.
        dimensions: at most two (botocore model of `ce`, `GroupBy`), without `provider`.
        filters: all of them have to be met, and some rows can: see `is_empty`.
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
    """Tell whether no row can meet the filters, so that nobody has to be asked.

    Raises:
        SourceError: a filter names a charge category that FOCUS does not know.
    """
    return False in [_condition(one) for one in filters]


def value(dimension: str, key: str) -> str | None:
    """Return what the key of a group stands for.

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


def _condition(one: Filter) -> ExpressionTypeDef | bool:
    """The filter as an expression, or whether every row meets it."""
    if one.dimension == PROVIDER:
        return (AWS in one.values) is not one.exclude
    expression = _one_of(one)
    if isinstance(expression, bool):
        return expression is not one.exclude
    return {"Not": expression} if one.exclude else expression


def _one_of(one: Filter) -> ExpressionTypeDef | bool:
    if one.dimension == CHARGE_CATEGORY:
        return _categories(one.values)
    key = tag_key(one.dimension)
    known = [v for v in one.values if v is not None]
    if key is None:
        absent = [_NO_REGION if one.dimension == REGION else ""] if None in one.values else []
        return {"Dimensions": {"Key": _KEYS[one.dimension], "Values": known + absent}} if known + absent else False
    either: list[ExpressionTypeDef] = []
    if known:
        either.append({"Tags": {"Key": key, "Values": known}})
    if None in one.values:
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
        # Record types that nobody listed can not be named. They are what is left of the others.
        return {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": record_types(*others)}}}
    records = record_types(*(one for one in ChargeCategory if one in chosen))
    return {"Dimensions": {"Key": "RECORD_TYPE", "Values": records}} if records else False
