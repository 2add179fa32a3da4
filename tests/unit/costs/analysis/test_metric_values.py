"""Values of business metrics: every complaint, and the form that splits take."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from cost_allocation.engine.metric_values import MetricError, MetricValue, by_team, read_metric_values
from tests.support.costs import JUNE, MAY


def read(*lines: str) -> list[MetricValue]:
    names = ("month", "metric", "team", "value")
    return read_metric_values(
        (number, dict(zip(names, line.split("|"), strict=False))) for number, line in enumerate(lines, 2)
    )


def test_a_line_is_a_value() -> None:
    assert read("2026-05|orders|dev|1200.5", " 2026-06 | orders ||7") == [
        MetricValue(MAY, "orders", "dev", Decimal("1200.5")),
        MetricValue(JUNE, "orders", None, Decimal(7)),
    ]


def test_a_day_stands_for_its_month() -> None:
    assert read("2026-05-17|orders||1")[0].month == MAY


@pytest.mark.parametrize("value", ["0", "1200", "0.5", ".5", "5.", "+5", "1e3", "2.5E-3"])
def test_a_number_may_be_written_in_many_ways(value: str) -> None:
    assert read(f"2026-05|orders||{value}")[0].value == Decimal(value)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("|orders||1", "month"),
        ("2026-05||dev|1", "metric"),
        ("2026-05|orders|dev| ", "value"),
        ("2026-05|orders", "value"),
    ],
)
def test_a_field_that_is_missing_is_named(line: str, missing: str) -> None:
    with pytest.raises(MetricError) as caught:
        read("2026-05|orders||1", line)

    assert str(caught.value) == f"line 3: {missing} is missing; the columns are month, metric, team, value"


@pytest.mark.parametrize(
    "month",
    ["May", "2026", "202605", "20260501", "2026-5", "2026-13", "2026-00", "2026-05-32", "2026-W05-1", "05/2026"],
)
def test_a_month_that_is_none_is_refused(month: str) -> None:
    with pytest.raises(MetricError) as caught:
        read(f"{month}|orders||1")

    assert str(caught.value) == f'line 2: month "{month}" must be written YYYY-MM'


@pytest.mark.parametrize(
    "value", ["many", "-1", "NaN", "Infinity", "1,000", "1_000", "0x10", "1/3", "1e999999999", "9" * 50, "\u0661"]
)
def test_a_number_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(MetricError) as caught:
        read(f"2026-05|orders||{value}")

    assert str(caught.value) == f'line 2: value "{value}" must be a number that is not negative, such as 1234.5'


@pytest.mark.parametrize(("team", "who"), [("dev", "dev"), ("", "all")])
def test_a_value_that_is_there_twice_is_refused(team: str, who: str) -> None:
    with pytest.raises(MetricError) as caught:
        read(f"2026-05|orders|{team}|1", f"2026-05-09|orders|{team}|2")

    assert str(caught.value) == f"line 3: orders of {who} in 2026-05 occurs twice"


def test_splits_get_the_values_of_teams_by_metric_and_month() -> None:
    values = read("2026-05|orders|dev|1.5", "2026-05|orders|ops|3", "2026-06|orders|dev|0", "2026-05|users||9")

    assert by_team(values) == {
        ("orders", MAY): {"dev": Fraction(3, 2), "ops": Fraction(3)},
        ("orders", JUNE): {"dev": Fraction(0)},
        ("users", MAY): {},
    }
