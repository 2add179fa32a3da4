"""Changes from month to month, and what drove them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from cost_allocation.analysis.kpis import Change, Driver, changes
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.rules.model import Rules
from tests.support import cost_strategies
from tests.support.costs import JUNE, MAY, Cost, allocated, cost, rules, table

RULES = rules(projects={"web": "dev", "api": "ops"}, shared={"net": {"split": "even", "to": ["dev", "ops"]}})
JULY = date(2026, 7, 1)


def found(*costs: Cost, drivers: int = 3) -> list[Change]:
    return changes(allocated(RULES, *costs, keep=("service",)), "service", drivers)


def web(amount: str, day: date = MAY, service: str = "EC2") -> Cost:
    return cost(amount, day, project="web", service=service)


def test_a_change_has_both_months_and_what_drove_it() -> None:
    (one,) = found(web("10"), web("5", service="S3"), web("14", JUNE), web("4", JUNE, "S3"))

    assert one == Change(
        JUNE, "USD", "dev", Decimal(15), Decimal(18), (Driver("EC2", Decimal(4)), Driver("S3", Decimal(-1)))
    )
    assert (one.delta, one.ratio) == (Decimal(3), Fraction(1, 5))


def test_a_new_team_had_nothing_before() -> None:
    one = next(one for one in found(web("10"), cost("7", JUNE, project="api", service="S3")) if one.team == "ops")

    assert (one.before, one.after, one.ratio) == (Decimal(0), Decimal(7), None)
    assert one.drivers == (Driver("S3", Decimal(7)),)


def test_a_team_that_vanished_has_nothing_any_more() -> None:
    one = next(one for one in found(web("10"), cost("7", JUNE, project="api")) if one.team == "dev")

    assert (one.before, one.after, one.ratio) == (Decimal(10), Decimal(0), Fraction(-1))


def test_a_ratio_of_less_than_nothing_can_not_be_told() -> None:
    (one,) = found(web("-10"), web("5", JUNE))

    assert (one.delta, one.ratio) == (Decimal(15), None)


def test_what_did_not_change_is_there_without_a_driver() -> None:
    (one,) = found(web("10"), web("10", JUNE))

    assert (one.delta, one.ratio, one.drivers) == (Decimal(0), Fraction(0), ())


def test_months_that_do_not_follow_each_other_are_not_compared() -> None:
    assert found(web("10"), web("90", JULY)) == []


def test_a_team_that_paused_fell_and_rose() -> None:
    costs = [web("10"), cost("1", JUNE, project="api"), web("30", JULY)]

    assert [(one.month, one.before, one.after) for one in found(*costs) if one.team == "dev"] == [
        (JUNE, Decimal(10), Decimal(0)),
        (JULY, Decimal(0), Decimal(30)),
    ]


def test_december_is_the_month_before_january() -> None:
    (one,) = found(web("10", date(2025, 12, 1)), web("11", date(2026, 1, 1)))

    assert (one.month, one.delta) == (date(2026, 1, 1), Decimal(1))


@pytest.mark.parametrize("last", [28, 29, 30, 31])
def test_days_count_for_their_month(last: int) -> None:
    month = {28: 2, 29: 1, 30: 4, 31: 3}[last]
    costs = [web("1", date(2026, month, last)), web("2", date(2026, month + 1, 1)), web("2", date(2026, month + 1, 3))]

    (one,) = found(*costs)

    assert (one.before, one.after) == (Decimal(1), Decimal(4))


def test_drivers_are_the_largest_amounts_whichever_way_they_go() -> None:
    before = [web("10", service="down"), web("5", service="same"), web("1", service="a"), web("1", service="b")]
    after = [web("2", JUNE, "a"), web("2", JUNE, "b"), web("5", JUNE, "same"), web("3", JUNE, "up")]

    (one,) = found(*before, *after)
    (more,) = found(*before, *after, drivers=9)

    assert [driver.name for driver in one.drivers] == ["down", "up", "a"]
    assert sum(driver.delta for driver in more.drivers) == more.delta


def test_costs_without_a_service_are_a_driver_as_well() -> None:
    (one,) = found(cost("1", project="web"), cost("3", JUNE, project="web"))

    assert one.drivers == (Driver("none", Decimal(2)),)


def test_the_largest_change_of_a_month_comes_first_in_each_currency() -> None:
    costs = [
        *[cost("1", day, project=project) for day in (MAY, JUNE) for project in ("web", "api")],
        cost("-5", JUNE, project="api"),
        cost("1", JUNE, project="web"),
        cost("1", JUNE, "EUR", project="web"),
    ]

    assert [(one.currency, one.team, one.delta) for one in found(*costs)] == [
        ("EUR", "dev", Decimal(1)),
        ("USD", "ops", Decimal(-5)),
        ("USD", "dev", Decimal(1)),
    ]


def test_what_explains_a_change_has_to_be_kept() -> None:
    with pytest.raises(MissingDimension, match="changes are explained by service, and the allocation kept nothing"):
        changes(allocated(RULES, web("1")), "service")


@given(cost_strategies.any_rules(), cost_strategies.any_costs())
def test_the_changes_of_all_teams_are_the_change_of_the_whole(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, cost_strategies.DIMENSIONS), given_rules, ("service",))
    months = {row.cell.period.replace(day=1) for row in allocation.rows}

    compared = changes(allocation, "service", drivers=9)

    for currency, total in allocation.totals.items():
        mine = [one for one in compared if one.currency == currency]
        if months == {MAY, JUNE}:
            assert sum((one.before + one.after for one in mine), Decimal(0)) == total.output
        assert all(sum((driver.delta for driver in one.drivers), Decimal(0)) == one.delta for one in mine)
