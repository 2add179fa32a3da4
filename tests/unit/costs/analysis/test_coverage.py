"""The part of the costs that has somebody: gross, net and by charge category."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from cost_allocation.analysis.coverage import Coverage, coverage
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.query import CHARGE_CATEGORY
from cost_allocation.rules.model import Rules
from tests.support.cost_strategies import DIMENSIONS, any_costs, any_rules
from tests.support.costs import JUNE, Cost, allocated, cost, rules, table

RULES = rules(projects={"web": "dev", "lost": "unknown"}, shared={"net": {"to": ["dev", "ops"]}})


def covered(*costs: Cost, given: Rules = RULES) -> dict[str, Coverage]:
    """Coverage by what it is of; for costs in one currency."""
    return {one.of: one for one in coverage(allocated(given, *costs, keep=(CHARGE_CATEGORY,)))}


def usage(amount: str, **values: str) -> Cost:
    return cost(amount, charge_category="Usage", **values)


def credit(amount: str, **values: str) -> Cost:
    return cost(amount, charge_category="Credit", **values)


def test_an_untagged_credit_makes_net_meaningless_and_leaves_gross_alone() -> None:
    found = covered(usage("90", project="web"), usage("10"), credit("-20"))

    assert found["net"].ratio == Fraction(90, 80)
    assert found["gross"].ratio == Fraction(90, 100)
    assert found["gross"].total == Decimal(100)


def test_adjustments_are_not_gross_either() -> None:
    found = covered(usage("10", project="web"), cost("-5", charge_category="Adjustment", project="web"))

    assert (found["gross"].allocated, found["gross"].total) == (Decimal(10), Decimal(10))
    assert (found["net"].allocated, found["net"].total) == (Decimal(5), Decimal(5))


def test_taxes_and_purchases_are_gross() -> None:
    found = covered(cost("3", charge_category="Tax"), cost("4", charge_category="Purchase", project="web"))

    assert (found["gross"].allocated, found["gross"].total) == (Decimal(4), Decimal(7))


def test_each_charge_category_stands_by_itself() -> None:
    found = covered(usage("90", project="web"), usage("10"), credit("-20"), cost("5", project="web"))

    assert list(found) == ["gross", "net", "Credit", "Usage", "none"]
    assert (found["Usage"].allocated, found["Usage"].total) == (Decimal(90), Decimal(100))
    assert (found["Credit"].allocated, found["Credit"].total) == (Decimal(0), Decimal(-20))
    assert found["none"].ratio == 1


@pytest.mark.parametrize("costs", [[usage("0", project="web")], [usage("5", project="web"), usage("-5")]])
def test_nothing_is_a_part_of_zero(costs: list[Cost]) -> None:
    assert {one.ratio for one in covered(*costs).values()} == {None}


def test_nothing_is_a_part_of_less_than_zero() -> None:
    found = covered(credit("-5", project="web"))

    assert found["net"].ratio is None
    assert found["Credit"].ratio is None


def test_a_currency_with_credits_alone_has_a_gross_that_can_not_be_told() -> None:
    gross = covered(credit("-5", project="web"))["gross"]

    assert (gross.allocated, gross.total, gross.ratio) == (Decimal(0), Decimal(0), None)


def test_two_currencies_are_never_added() -> None:
    costs = [usage("1", project="web"), cost("4", JUNE, "EUR", charge_category="Usage"), usage("3")]

    found = coverage(allocated(RULES, *costs, keep=(CHARGE_CATEGORY,)))

    assert [(one.currency, one.of, one.ratio) for one in found] == [
        ("EUR", "gross", 0),
        ("EUR", "net", 0),
        ("EUR", "Usage", 0),
        ("USD", "gross", Fraction(1, 4)),
        ("USD", "net", Fraction(1, 4)),
        ("USD", "Usage", Fraction(1, 4)),
    ]


def test_what_filters_leave_out_does_not_count() -> None:
    given = rules(projects={"web": "dev"}, filters={"services": {"exclude": ["Support"]}})

    found = covered(usage("1", project="web"), usage("9", service="Support"), given=given)

    assert (found["gross"].allocated, found["gross"].total) == (Decimal(1), Decimal(1))


def test_a_shared_cost_has_somebody() -> None:
    assert covered(usage("10", project="net"))["gross"].ratio == 1


def test_a_rule_that_says_unknown_gives_a_cost_to_nobody() -> None:
    assert covered(usage("10", project="lost"))["gross"].ratio == 0


def test_what_a_pool_hands_to_nobody_has_nobody() -> None:
    given = rules(
        teams={"dev": None},
        shared={"net": {"to": {"desk": "1/2", "dev": "1/2"}}, "desk": {"to": {"unknown": "1/2", "dev": "1/2"}}},
    )

    found = covered(usage("40", project="net"), usage("60"), given=given)

    assert found["gross"].ratio == Fraction(30, 100)


def test_a_part_that_is_no_decimal_is_rounded_as_splits_are() -> None:
    given = rules(teams={"dev": None}, shared={"net": {"to": {"unknown": "1/3", "dev": "2/3"}}})

    found = covered(usage("10", project="net"), given=given)

    assert found["gross"].allocated == Decimal("6.666666666667")


def test_costs_without_a_charge_category_are_refused() -> None:
    with pytest.raises(MissingDimension, match="coverage needs charge_category, but the costs are not grouped by it"):
        coverage(allocated(RULES, usage("1")))


def test_no_costs_have_no_coverage() -> None:
    assert covered() == {}


@given(any_rules(), any_costs())
def test_coverage_agrees_with_the_proof(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, DIMENSIONS), given_rules, (CHARGE_CATEGORY,))

    for one in coverage(allocation):
        total = allocation.totals[one.currency]
        if one.of == "net":
            assert one.total == total.output
            # A split to nobody is rounded in each cell, and here once.
            assert abs(one.allocated - (total.output - total.unknown)) < Decimal("1e-9")


@given(any_rules(), any_costs())
def test_gross_is_a_part_of_the_whole_where_only_credits_are_negative(given_rules: Rules, costs: list[Cost]) -> None:
    positive = [
        one._replace(amount=abs(one.amount)) if one.values[CHARGE_CATEGORY] != "Credit" else one for one in costs
    ]

    allocation = allocate(table(positive, DIMENSIONS), given_rules, (CHARGE_CATEGORY,))

    assert all(0 <= one.ratio <= 1 for one in coverage(allocation) if one.of == "gross" and one.ratio is not None)
