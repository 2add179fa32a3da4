"""Costs that move between teams when the rules change."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings

from cost_allocation.analysis.movement import Balance, Move, Movement, Reason, movement
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import EXCLUDED, CostTable
from cost_allocation.query import SERVICE
from cost_allocation.rules.model import Rules
from tests.support import cost_strategies
from tests.support.costs import JUNE, MAY, Cost, cost, rules, table

OLD = rules(projects={"web": "dev", "api": "ops"})


def moved(before: Rules, after: Rules, *costs: Cost, keep: tuple[str, ...] = ()) -> Movement:
    bill = both(before, after, costs, keep)
    return movement(allocate(bill, before, keep), allocate(bill, after, keep))


def both(before: Rules, after: Rules, costs: tuple[Cost, ...], keep: tuple[str, ...]) -> CostTable:
    dimensions = (*before.attribution_dimensions, *after.attribution_dimensions, *keep)
    return table(costs, tuple(dict.fromkeys(dimensions)))


def test_a_project_that_changes_hands_moves_its_costs() -> None:
    after = rules(projects={"web": "ops", "api": "ops"})

    found = moved(OLD, after, cost("10", project="web"), cost("5", project="api"))

    assert found.moves == [Move("USD", "dev", "ops", Decimal(10))]
    assert found.balances == [
        Balance("USD", "dev", Decimal(10), Decimal(0)),
        Balance("USD", "ops", Decimal(5), Decimal(15)),
    ]
    assert [one.delta for one in found.balances] == [Decimal(-10), Decimal(10)]


def test_rules_that_say_the_same_move_nothing() -> None:
    found = moved(OLD, rules(projects={"api": "ops", "web": "dev"}), cost("10", project="web"), cost("1"))

    assert (found.moves, found.reasons) == ([], [])
    assert {one.delta for one in found.balances} == {Decimal(0)}


def test_a_credit_moves_as_a_charge_the_other_way() -> None:
    after = rules(projects={"web": "ops", "api": "ops"})

    found = moved(OLD, after, cost("-10", project="web"))

    assert found.moves == [Move("USD", "ops", "dev", Decimal(10))]
    assert found.reasons[0].cost == Decimal(-10)


def test_what_two_teams_give_each_other_is_set_off() -> None:
    after = rules(projects={"web": "ops", "api": "dev"})

    found = moved(OLD, after, cost("10", project="web"), cost("4", JUNE, project="api"))

    assert found.moves == [Move("USD", "dev", "ops", Decimal(6))]


def test_what_is_set_off_entirely_does_not_move() -> None:
    after = rules(projects={"web": "ops", "api": "dev"})

    assert moved(OLD, after, cost("10", project="web"), cost("10", JUNE, project="api")).moves == []


@pytest.mark.parametrize("keep", [(), (SERVICE,)])
def test_a_filter_takes_costs_out(keep: tuple[str, ...]) -> None:
    after = rules(projects={"web": "dev", "api": "ops"}, filters={"services": {"exclude": ["Support"]}})
    costs = [cost("10", project="web", service="Support"), cost("1", project="web", service="EC2")]

    found = moved(OLD, after, *costs, keep=keep)

    assert found.moves == [Move("USD", "dev", EXCLUDED, Decimal(10))]
    assert found.reasons == [
        Reason("USD", 'projects.web (tag project "web")', 'filters (service "Support")', Decimal(10))
    ]


def test_a_filter_that_goes_lets_costs_in() -> None:
    before = rules(projects={"web": "dev"}, filters={"services": {"exclude": ["Support"]}})

    found = moved(before, OLD, cost("10", service="Support"))

    assert found.moves == [Move("USD", EXCLUDED, "unknown", Decimal(10))]


def test_a_split_that_changes_is_the_reason() -> None:
    before = rules(shared={"net": {"to": {"dev": 0.5, "ops": 0.5}}})
    after = rules(shared={"net": {"to": {"dev": 0.2, "ops": 0.3, "sales": 0.5}}})

    found = moved(before, after, cost("10", project="net"))

    assert found.moves == [Move("USD", "dev", "sales", Decimal(3)), Move("USD", "ops", "sales", Decimal(2))]
    assert found.reasons == [
        Reason(
            "USD",
            "shared.net (fixed): dev 1/2, ops 1/2",
            "shared.net (fixed): dev 1/5, ops 3/10, sales 1/2",
            Decimal(10),
        )
    ]


def test_the_reason_of_a_split_names_the_weights_that_changed() -> None:
    before = rules(shared={"net": {"to": {"dev": 0.5, "ops": 0.25, "sales": 0.25}}})
    after = rules(shared={"net": {"to": {"dev": 0.5, "ops": 0.5}}})

    found = moved(before, after, cost("10", project="net"), cost("6", JUNE, project="net"))

    assert found.reasons == [
        Reason("USD", "shared.net (fixed): ops 1/4, sales 1/4", "shared.net (fixed): ops 1/2", Decimal(16))
    ]


def test_a_split_by_direct_cost_changes_with_the_costs_that_it_goes_by() -> None:
    shared = {"net": {"split": "proportional", "to": ["dev", "ops"]}}
    before, after = (rules(projects={"web": "dev", "api": team}, shared=shared) for team in ("ops", "dev"))

    found = moved(before, after, cost("3", project="web"), cost("1", project="api"), cost("8", project="net"))

    assert {(one.before, one.after, one.cost) for one in found.reasons} == {
        ('projects.api (tag project "api"): ops', 'projects.api (tag project "api"): dev', Decimal(1)),
        (
            "shared.net (direct cost of 2026-05): dev 3/4, ops 1/4",
            "shared.net (direct cost of 2026-05): dev 1",
            Decimal(8),
        ),
    }


def test_the_largest_loss_meets_the_largest_gain() -> None:
    before = rules(shared={"net": {"to": {"a": 0.6, "b": 0.4}}})
    after = rules(shared={"net": {"to": {"c": 0.9, "d": 0.1}}})

    found = moved(before, after, cost("10", project="net"))

    assert found.moves == [
        Move("USD", "a", "c", Decimal(6)),
        Move("USD", "b", "c", Decimal(3)),
        Move("USD", "b", "d", Decimal(1)),
    ]


def test_currencies_and_months_never_mix() -> None:
    after = rules(projects={"web": "ops", "api": "dev"})

    found = moved(OLD, after, cost("10", project="web"), cost("7", MAY, "EUR", project="api"))

    assert found.moves == [Move("EUR", "ops", "dev", Decimal(7)), Move("USD", "dev", "ops", Decimal(10))]


def test_reasons_add_up_the_rows_they_are_about_and_the_largest_come_first() -> None:
    after = rules(projects={"web": "ops", "api": "dev"})
    costs = [cost("1", project="web"), cost("2", JUNE, project="web"), cost("-9", project="api")]

    found = moved(OLD, after, *costs)

    assert [(one.before, one.cost) for one in found.reasons] == [
        ('projects.api (tag project "api"): ops', Decimal(-9)),
        ('projects.web (tag project "web"): dev', Decimal(3)),
    ]


def test_an_alias_is_a_reason_though_nothing_moves() -> None:
    before, after = rules(projects={"web": "dev"}, accounts={"1": "dev"}), rules(projects={"web": "dev", "w": "dev"})

    found = moved(before, after, cost("3", project="w", account="1"))

    assert found.moves == []
    assert found.reasons == [Reason("USD", "accounts.1", 'projects.w (tag project "w")', Decimal(3))]


@settings(max_examples=60)
@given(cost_strategies.any_rules(), cost_strategies.any_rules(), cost_strategies.any_costs())
def test_what_a_team_gains_and_loses_is_the_difference_of_its_balance(
    before: Rules, after: Rules, costs: list[Cost]
) -> None:
    bill = table(costs, cost_strategies.DIMENSIONS)
    old, new = (allocate(bill, one, cost_strategies.KEEP) for one in (before, after))

    found = movement(old, new)

    flows: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in found.moves:
        assert one.cost > 0
        flows[one.currency, one.source] -= one.cost
        flows[one.currency, one.target] += one.cost
    assert {key: cost for key, cost in flows.items() if cost} == {
        (one.currency, one.team): one.delta for one in found.balances if one.delta
    }
    for currency, total in bill.sums().items():
        mine = [one for one in found.balances if one.currency == currency]
        assert sum((one.before for one in mine), Decimal(0)) == total
        assert sum((one.after for one in mine), Decimal(0)) == total


@settings(max_examples=40)
@given(cost_strategies.any_rules(), cost_strategies.any_costs())
def test_nothing_moves_between_rules_and_themselves(same: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, cost_strategies.DIMENSIONS), same, cost_strategies.KEEP)

    found = movement(allocation, allocation)

    assert (list(found.moves), list(found.reasons)) == ([], [])
