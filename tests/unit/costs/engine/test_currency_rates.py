"""Proportional splits among teams that pay in several currencies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cost_allocation.model import Allocation
from tests.support.costs import JUNE, MAY, Cost, allocated, cost, rules

POOL = {"net": {"split": "proportional", "to": ["dev", "ops"]}}
RATES = {"2026-05": {"USD": 1, "EUR": 2}}


def shares(allocation: Allocation) -> dict[tuple[str, str], Decimal]:
    """Add up what pools handed to each team in each currency."""
    return {(one.cell.currency, one.target.name): one.cost for one in allocation.transfers}


def split(*costs: Cost, **more: Any) -> Allocation:
    """Costs by a pool that goes by direct cost."""
    return allocated(rules(**{"shared": POOL} | more), *costs)


def test_opposite_direct_costs_in_two_currencies_share_a_pool_oppositely() -> None:
    """The shares of one currency must never serve the other."""
    allocation = split(
        cost("100", MAY, "USD", project="net"),
        cost("100", MAY, "EUR", project="net"),
        cost("9", MAY, "USD", team="dev"),
        cost("1", MAY, "USD", team="ops"),
        cost("1", MAY, "EUR", team="dev"),
        cost("9", MAY, "EUR", team="ops"),
    )

    assert shares(allocation) == {
        ("USD", "dev"): 90,
        ("USD", "ops"): 10,
        ("EUR", "dev"): 10,
        ("EUR", "ops"): 90,
    }
    assert allocation.warnings == ()


def test_months_and_pools_do_not_lend_each_other_their_shares() -> None:
    allocation = allocated(
        rules(shared={"net": POOL["net"], "hub": {"split": "proportional", "to": ["ops", "qa"]}}),
        cost("10", MAY, project="net"),
        cost("10", JUNE, project="net"),
        cost("10", MAY, project="hub"),
        cost("3", MAY, team="dev"),
        cost("2", MAY, team="ops"),
        cost("3", MAY, team="qa"),
        cost("4", JUNE, team="ops"),
    )

    found = {(one.pool, one.cell.period, one.target.name): one.cost for one in allocation.transfers}
    assert found == {
        ("net", MAY, "dev"): 6,
        ("net", MAY, "ops"): 4,
        ("net", JUNE, "ops"): 10,
        ("hub", MAY, "ops"): 4,
        ("hub", MAY, "qa"): 6,
    }


def test_with_rates_a_split_goes_by_the_costs_in_all_currencies() -> None:
    allocation = split(
        cost("80", MAY, "USD", project="net"),
        cost("8", MAY, "EUR", project="net"),
        cost("10", MAY, "USD", team="dev"),
        cost("15", MAY, "EUR", team="ops"),
        currency_rates=RATES,
    )

    assert shares(allocation) == {("USD", "dev"): 20, ("USD", "ops"): 60, ("EUR", "dev"): 2, ("EUR", "ops"): 6}
    assert {one.basis for one in allocation.transfers} == {"direct cost of 2026-05 in EUR, USD"}
    assert allocation.warnings == ()


def test_rates_never_convert_an_amount() -> None:
    costs = [cost("80", MAY, "USD", project="net"), cost("15", MAY, "EUR", team="ops")]

    allocation = split(*costs, currency_rates=RATES)

    assert {currency: total.output for currency, total in allocation.totals.items()} == {"EUR": 15, "USD": 80}
    assert {(row.team, row.cell.currency): row.cost for row in allocation.rows} == {
        ("ops", "EUR"): Decimal(15),
        ("ops", "USD"): Decimal(80),
    }


def test_each_month_has_its_own_rates() -> None:
    allocation = split(
        *(cost("30", month, "USD", project="net") for month in (MAY, JUNE)),
        *(cost("10", month, "USD", team="dev") for month in (MAY, JUNE)),
        *(cost("10", month, "EUR", team="ops") for month in (MAY, JUNE)),
        currency_rates={"2026-05": {"USD": 1, "EUR": 2}, "2026-06": {"EUR": 1, "USD": 0.5}},
    )

    found = {(one.cell.period, one.target.name): one.cost for one in allocation.transfers}
    assert found == {(MAY, "dev"): 10, (MAY, "ops"): 20, (JUNE, "dev"): 10, (JUNE, "ops"): 20}


def test_only_what_targets_pay_counts() -> None:
    allocation = split(
        cost("10", MAY, "USD", project="net"),
        cost("1", MAY, "USD", team="dev"),
        cost("5", MAY, "GBP", team="qa"),
        currency_rates=RATES,
    )

    assert shares(allocation) == {("USD", "dev"): 10}
    assert allocation.warnings == ()


def test_without_rates_there_is_one_warning_for_all_months_currencies_and_pools() -> None:
    months = [date(2026, month, 1) for month in (4, 5, 6)]

    allocation = allocated(
        rules(shared={"net": POOL["net"], "hub": POOL["net"]}),
        *(
            cost("10", month, currency, project=pool)
            for month in months
            for currency in ("EUR", "GBP")
            for pool in ("net", "hub")
        ),
        *(cost("5", month, "USD", team="dev") for month in months),
    )

    assert {one.weight for one in allocation.transfers} == {"1/2"}
    assert allocation.warnings == (
        "shared.hub, shared.net: no target has any direct cost of 2026-04, 2026-05, 2026-06 in EUR, GBP, only in other "
        "currencies, so it went evenly; with currency_rates they count",
    )


def test_a_pool_that_stays_with_nobody_says_so_once() -> None:
    pool = {"net": POOL["net"] | {"when_zero": "unknown"}}

    allocation = split(
        *(cost("10", date(2026, month, 1), "EUR", project="net") for month in range(1, 7)),
        *(cost("5", date(2026, month, 1), team="dev") for month in range(1, 7)),
        shared=pool,
    )

    assert allocation.warnings == (
        "shared.net: no target has any direct cost of 2026-01 to 2026-06 in EUR, only in other currencies, "
        "so it went to unknown; with currency_rates they count",
    )


@pytest.mark.parametrize("lacking", ["EUR", "USD"])
def test_a_rate_that_is_missing_is_named_and_each_currency_goes_by_itself(lacking: str) -> None:
    rates = {"2026-05": {code: rate for code, rate in {"USD": 1, "EUR": 2, "GBP": 1}.items() if code != lacking}}

    allocation = split(
        cost("10", MAY, "USD", project="net"),
        cost("1", MAY, "USD", team="dev"),
        cost("5", MAY, "EUR", team="ops"),
        currency_rates=rates,
    )

    assert shares(allocation) == {("USD", "dev"): 10}
    assert allocation.warnings == (
        f"currency_rates has no rate for {lacking} in 2026-05: splits ignore costs in other currencies",
    )


def test_a_month_without_rates_among_months_with_them_is_named() -> None:
    allocation = split(cost("10", JUNE, "USD", project="net"), cost("5", JUNE, "EUR", team="ops"), currency_rates=RATES)

    assert {one.weight for one in allocation.transfers} == {"1/2"}
    assert allocation.warnings == (
        "currency_rates has no rate for EUR in 2026-06; USD in 2026-06: splits ignore costs in other currencies",
        "shared.net: no target has any direct cost of 2026-06 in USD, only in other currencies, so it went evenly; "
        "with currency_rates they count",
    )


def test_more_credits_than_charges_across_currencies_count_as_nothing() -> None:
    allocation = split(
        cost("10", MAY, "USD", project="net"),
        cost("5", MAY, "USD", team="dev"),
        cost("-3", MAY, "EUR", team="dev"),
        cost("1", MAY, "USD", team="ops"),
        currency_rates=RATES,
    )

    assert shares(allocation) == {("USD", "ops"): 10}


def test_a_split_by_a_metric_does_not_look_at_rates() -> None:
    allocation = split(
        cost("10", MAY, "USD", project="net"),
        cost("5", MAY, "EUR", team="ops"),
        shared={"net": POOL["net"] | {"by": "requests"}},
        metrics={"requests": {"dev": 3, "ops": 1}},
        currency_rates={"2026-04": {"USD": 1}},
    )

    assert shares(allocation) == {("USD", "dev"): Decimal("7.5"), ("USD", "ops"): Decimal("2.5")}
    assert allocation.warnings == ()


def test_a_team_that_pays_in_two_currencies_has_their_sum() -> None:
    allocation = split(
        cost("40", MAY, "USD", project="net"),
        cost("1", MAY, "USD", team="dev"),
        cost("1", MAY, "EUR", team="dev"),
        cost("1", MAY, "USD", team="ops"),
        currency_rates=RATES,
    )

    assert shares(allocation) == {("USD", "dev"): 30, ("USD", "ops"): 10}


def test_a_currency_in_which_nobody_pays_goes_by_the_others() -> None:
    allocation = split(
        cost("40", MAY, "USD", project="net"),
        cost("1", MAY, "EUR", team="dev"),
        cost("3", MAY, "EUR", team="ops"),
        currency_rates=RATES,
    )

    assert shares(allocation) == {("USD", "dev"): 10, ("USD", "ops"): 30}


@pytest.mark.parametrize(("known", "said"), [("USD", True), ("EUR", True), ("both", False)])
def test_other_currencies_are_named_where_a_rate_is_all_that_is_missing(known: str, said: bool) -> None:
    allocation = split(
        cost("10", MAY, "USD", project="net"),
        cost("-3", MAY, "EUR", team="dev"),
        currency_rates={"2026-05": {code: 1 for code in ("USD", "EUR") if known in (code, "both")}},
    )

    assert {one.weight for one in allocation.transfers} == {"1/2"}
    assert any("only in other currencies" in line for line in allocation.warnings) is said
