"""Business metrics, such as orders or active customers, for proportional splits and unit costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cost_allocation.engine.split import Metrics

FIELDS = ("month", "metric", "team", "value")
"""Columns of a metric file. An empty team means the whole organization."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"\+?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][-+]?[0-9]{1,2})?")
"""Numbers of limited size: exact arithmetic with huge exponents is slow."""


class MetricError(Exception):
    """A value is invalid. The message names line, field, value and what is allowed."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """The value of a metric in a month."""

    month: date
    metric: str
    team: str | None
    value: Decimal


def read_metric_values(lines: Iterable[tuple[int, Mapping[str, str | None]]]) -> list[MetricValue]:
    """Read the values of a metric file.

    Args:
        lines: number and fields of each line, by name.

    Raises:
        MetricError: a field is missing or invalid, a value is negative, or a line is a duplicate.
    """
    values: dict[tuple[date, str, str | None], MetricValue] = {}
    for number, fields in lines:
        given = {name: (fields.get(name) or "").strip() for name in FIELDS}
        for name in ("month", "metric", "value"):
            if not given[name]:
                raise MetricError(f"line {number}: {name} is missing; the columns are {', '.join(FIELDS)}")
        one = MetricValue(
            _month(number, given["month"]), given["metric"], given["team"] or None, _value(number, given["value"])
        )
        key = (one.month, one.metric, one.team)
        if key in values:
            raise MetricError(f"line {number}: {one.metric} of {one.team or 'all'} in {one.month:%Y-%m} occurs twice")
        values[key] = one
    return list(values.values())


def by_team(values: Iterable[MetricValue]) -> Metrics:
    """Group values by metric, month and team. Values of the whole organization are left out."""
    found: dict[tuple[str, date], dict[str, Fraction]] = {}
    for one in values:
        teams = found.setdefault((one.metric, one.month), {})
        if one.team is not None:
            teams[one.team] = Fraction(one.value)
    return found


def _month(number: int, given: str) -> date:
    # `fromisoformat` would also accept weeks and dates without hyphens.
    day = given if _DAY.fullmatch(given) else f"{given}-01"
    try:
        return date.fromisoformat(day if _DAY.fullmatch(day) else "").replace(day=1)
    except ValueError:
        raise MetricError(f'line {number}: month "{given}" must be written YYYY-MM') from None


def _value(number: int, given: str) -> Decimal:
    if not _NUMBER.fullmatch(given):
        raise MetricError(f'line {number}: value "{given}" must be a number that is not negative, such as 1234.5')
    return Decimal(given)
