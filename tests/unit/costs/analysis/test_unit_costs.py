"""The cost of a unit of a metric."""

from __future__ import annotations

from decimal import Decimal

from cost_allocation.analysis.kpis import UnitCost, unit_costs
from cost_allocation.engine.metric_values import MetricValue
from tests.support.costs import JUNE, MAY, Cost, allocated, cost, rules

RULES = rules(projects={"web": "dev", "api": "ops"}, shared={"net": {"split": "even", "to": ["dev", "ops"]}})


def found(*costs: Cost, metrics: list[MetricValue]) -> list[UnitCost]:
    return unit_costs(allocated(RULES, *costs), metrics)


def orders(value: str, team: str | None = None, metric: str = "orders") -> MetricValue:
    return MetricValue(MAY, metric, team, Decimal(value))


def test_a_team_pays_for_its_units_with_its_direct_and_shared_costs() -> None:
    costs = [cost("10", project="web"), cost("4", project="net")]

    (one,) = found(*costs, metrics=[orders("6", "dev")])

    assert one == UnitCost(MAY, "orders", "dev", "USD", Decimal(12), Decimal(6))
    assert one.per_unit == 2


def test_without_a_team_all_costs_count_the_unknown_too() -> None:
    costs = [cost("10", project="web"), cost("5", project="api"), cost("1")]

    (one,) = found(*costs, metrics=[orders("4")])

    assert (one.team, one.cost, one.per_unit) == (None, Decimal(16), Decimal(4))


def test_a_quotient_without_an_end_is_rounded_to_28_digits() -> None:
    (one,) = found(cost("10", project="web"), metrics=[orders("3")])

    assert one.per_unit == Decimal("3.333333333333333333333333333")


def test_a_month_without_units_has_no_cost_of_a_unit() -> None:
    (one,) = found(cost("10", project="web"), metrics=[orders("0")])

    assert (one.cost, one.per_unit) == (Decimal(10), None)


def test_credits_can_make_a_unit_negative() -> None:
    (one,) = found(cost("-10", project="web"), metrics=[orders("4", "dev")])

    assert one.per_unit == Decimal("-2.5")


def test_each_currency_has_its_own() -> None:
    costs = [cost("10", project="web"), cost("8", MAY, "EUR", project="web")]

    assert [(one.currency, one.per_unit) for one in found(*costs, metrics=[orders("2")])] == [
        ("EUR", Decimal(4)),
        ("USD", Decimal(5)),
    ]


def test_the_days_of_a_month_are_added_up() -> None:
    costs = [cost("1", MAY.replace(day=3), project="web"), cost("2", MAY.replace(day=31), project="web")]

    (one,) = found(*costs, metrics=[orders("1")])

    assert (one.month, one.cost) == (MAY, Decimal(3))


def test_a_month_or_team_without_costs_is_left_out() -> None:
    metrics = [orders("1", "sales"), MetricValue(JUNE, "orders", "dev", Decimal(1))]

    assert found(cost("10", project="web"), metrics=metrics) == []


def test_they_come_by_metric_month_and_team_and_all_teams_first() -> None:
    costs = [cost("1", JUNE, project="web"), cost("1", project="web"), cost("1", project="api")]
    metrics = [
        orders("1", "ops"),
        orders("1", "dev"),
        orders("1"),
        MetricValue(JUNE, "orders", None, Decimal(1)),
        orders("1", None, "customers"),
    ]

    assert [(one.metric, one.month, one.team) for one in found(*costs, metrics=metrics)] == [
        ("customers", MAY, None),
        ("orders", MAY, None),
        ("orders", MAY, "dev"),
        ("orders", MAY, "ops"),
        ("orders", JUNE, None),
    ]
