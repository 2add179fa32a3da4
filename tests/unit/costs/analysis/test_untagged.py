"""Costs that no rule knows, the most expensive first."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from cost_allocation.analysis.unknown_costs import DIMENSIONS
from cost_allocation.analysis.unknown_costs import DIMENSIONS as NEEDED
from cost_allocation.analysis.untagged import Untagged, untagged
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.model import Allocation
from cost_allocation.rules.model import Rules
from tests.support import cost_strategies
from tests.support.costs import MAY, Cost, allocated, cost, rules, table

RULES = rules(projects={"web": "dev"}, tag_keys={"project": ["project", "app"]})


def found(*costs: Cost, given: Rules = RULES) -> list[Untagged]:
    return untagged(allocated(given, *costs, keep=DIMENSIONS), given)


def test_the_most_expensive_come_first_and_credits_last() -> None:
    costs = [cost("1", service="S3"), cost("-9", service="Support"), cost("5", service="EC2")]

    assert [(one.service, one.cost) for one in found(*costs)] == [
        ("EC2", Decimal(5)),
        ("S3", Decimal(1)),
        ("Support", Decimal(-9)),
    ]


def test_costs_that_agree_are_one_line() -> None:
    costs = [cost("1.10", account="1", service="S3"), cost("2.20", account="1", service="S3")]

    assert found(*costs) == [Untagged("USD", "1", "S3", None, Decimal("3.30"), 2)]


def test_what_a_rule_knows_or_leaves_out_is_not_there() -> None:
    given = rules(
        projects={"web": "dev"}, filters={"services": {"exclude": ["Support"]}}, shared={"net": {"split": "even"}}
    )
    costs = [cost("1", project="web"), cost("1", project="net"), cost("1", service="Support")]

    assert found(*costs, given=given) == []


def test_the_value_is_that_of_the_first_tag_that_has_one() -> None:
    costs = [cost("4", app="b", team="c"), cost("3", team="c"), cost("2", project="a", app="b"), cost("1")]

    assert [one.value for one in found(*costs)] == ["b", "c", "a", None]


def test_currencies_are_ranked_apart() -> None:
    costs = [cost("1"), cost("100", MAY, "EUR"), cost("2", service="S3")]

    assert [(one.currency, one.cost) for one in found(*costs)] == [
        ("EUR", Decimal(100)),
        ("USD", Decimal(2)),
        ("USD", Decimal(1)),
    ]


def test_equal_costs_come_in_the_order_of_their_names() -> None:
    costs = [cost("1", service="S3"), cost("1", account="2"), cost("1", account="1"), cost("1", service="EC2")]

    assert [(one.account, one.service) for one in found(*costs)] == [
        (None, "EC2"),
        (None, "S3"),
        ("1", None),
        ("2", None),
    ]


@pytest.mark.parametrize("missing", NEEDED)
def test_costs_that_do_not_say_where_they_are_from_are_refused(missing: str) -> None:
    kept = [dimension for dimension in NEEDED if dimension != missing]
    allocation = allocated(RULES, cost("1"), keep=kept)

    with pytest.raises(
        MissingDimension, match=f"unknown costs are listed by {missing}, but the costs are grouped by tag:"
    ):
        untagged(allocation, RULES)


@given(cost_strategies.any_rules(), cost_strategies.any_costs())
def test_it_adds_up_to_what_was_attributed_to_nobody(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, cost_strategies.DIMENSIONS), given_rules)

    ranked = untagged(allocation, given_rules)

    for currency, total in allocation.totals.items():
        listed = sum((one.cost for one in ranked if one.currency == currency), Decimal(0))
        assert listed == total.unknown - handed_to_nobody(allocation, currency)


def handed_to_nobody(allocation: Allocation, currency: str) -> Decimal:
    return sum(
        (row.cost for row in allocation.rows if row.cell.currency == currency and row.team == "unknown" and row.pool),
        Decimal(0),
    )
