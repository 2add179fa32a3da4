from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cost_allocation.engine.split import MissingMetric
from cost_allocation.model import Transfer
from tests.support.costs import JUNE, MAY, allocated, by_team, cost, rules

TEAMS = {"dev": "ana", "ops": "bo", "qa": "cy"}
PROPORTIONAL = {"split": "proportional", "to": ["dev", "ops"]}


def handed_on(transfers: Any) -> list[tuple[str, str, str, str, str]]:
    """Each transfer as pool, target, amount, fraction and basis."""

    def said(one: Transfer) -> tuple[str, str, str, str, str]:
        return one.pool, one.target.name, f"{one.cost.normalize():f}", one.weight, one.basis

    return [said(one) for one in transfers]


def test_an_even_split_goes_to_every_team_when_the_file_names_none() -> None:
    given = rules(
        teams={"dev": "ana"},
        projects={"web": "ops"},
        accounts={"111122223333": "qa"},
        shared={"network": {"split": "even"}, "security": {"to": {"sec": 1}}},
    )

    allocation = allocated(given, cost("100", project="network"))

    assert by_team(allocation) == dict.fromkeys(("dev", "ops", "qa", "sec"), Decimal(25))


def test_thirds_stay_whole_to_the_finest_digit() -> None:
    given = rules(shared={"network": {"to": {"dev": "1/3", "ops": "1/3", "qa": "1/3"}}})

    allocation = allocated(given, cost("100.00", project="network"))

    assert handed_on(allocation.transfers) == [
        ("network", "dev", "33.333333333334", "1/3", "fixed"),
        ("network", "ops", "33.333333333333", "1/3", "fixed"),
        ("network", "qa", "33.333333333333", "1/3", "fixed"),
    ]


@pytest.mark.parametrize(
    "weights",
    [
        {"dev": 0.7, "ops": 0.3},
        {"dev": Decimal("0.7"), "ops": "0.3"},
        {"dev": 70, "ops": 30},
        {"dev": "7/10", "ops": "3/10"},
    ],
)
def test_weights_are_parts_of_one_or_per_cent(weights: dict[str, Any]) -> None:
    given = rules(shared={"network": weights, "other": {"to": weights}})

    assert by_team(allocated(given, cost("10", project="network"))) == {"dev": Decimal(7), "ops": Decimal(3)}
    assert by_team(allocated(given, cost("10", project="other"))) == {"dev": Decimal(7), "ops": Decimal(3)}
    assert given.on(MAY).pools["network"].weights == (Fraction(7, 10), Fraction(3, 10))


def test_a_target_of_weight_zero_gets_no_transfer() -> None:
    given = rules(shared={"network": {"dev": 1, "ops": 0}})

    assert handed_on(allocated(given, cost("5", project="network")).transfers) == [
        ("network", "dev", "5", "1", "fixed")
    ]


def test_a_part_may_stay_with_nobody() -> None:
    given = rules(shared={"network": {"dev": 0.5, "unknown": 0.5}})

    allocation = allocated(given, cost("5", project="network"))

    assert by_team(allocation) == {"dev": Decimal("2.5"), "unknown": Decimal("2.5")}
    assert allocation.totals["USD"].unknown == Decimal("2.5")


def test_a_proportional_split_goes_by_direct_cost_of_the_month_and_currency() -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL})

    allocation = allocated(
        given,
        cost("10", project="network"),
        cost("30", date(2026, 5, 20), team="dev"),
        cost("10", team="ops"),
        cost("99", team="qa"),
        cost("99", JUNE, team="ops"),
        cost("99", MAY, "EUR", team="ops"),
    )

    assert handed_on(allocation.transfers) == [
        ("network", "dev", "7.5", "3/4", "direct cost of 2026-05"),
        ("network", "ops", "2.5", "1/4", "direct cost of 2026-05"),
    ]


def test_each_currency_is_shared_by_its_own_direct_cost() -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL})

    allocation = allocated(
        given, cost("10", MAY, "EUR", project="network"), cost("1", MAY, "EUR", team="dev"), cost("9", team="ops")
    )

    assert [(row.team, row.cell.currency, row.cost) for row in allocation.rows if row.pool] == [
        ("dev", "EUR", Decimal(10))
    ]


def test_a_day_of_a_pool_is_shared_by_the_whole_month() -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL})

    allocation = allocated(
        given,
        cost("10", date(2026, 5, 20), project="network"),
        cost("1", date(2026, 5, 1), team="dev"),
        cost("4", date(2026, 5, 31), team="ops"),
    )

    assert handed_on(allocation.transfers) == [
        ("network", "dev", "2", "1/5", "direct cost of 2026-05"),
        ("network", "ops", "8", "4/5", "direct cost of 2026-05"),
    ]


def test_what_pools_and_nobody_have_is_no_direct_cost() -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL, "gift": {"to": {"ops": 1}}})

    allocation = allocated(
        given,
        cost("10", project="network"),
        cost("1", team="dev"),
        cost("1000", project="gift"),
        cost("1000", project="nobody's"),
    )

    assert by_team(allocation) == {"dev": Decimal(11), "ops": Decimal(1000), "unknown": Decimal(1000)}


def test_a_team_with_more_credits_than_charges_gets_nothing_of_a_pool() -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL})

    allocation = allocated(
        given, cost("10", project="network"), cost("-5", team="dev"), cost("1", team="dev"), cost("1", team="ops")
    )

    assert by_team(allocation) == {"dev": Decimal(-4), "ops": Decimal(11)}
    assert allocation.warnings == ()


@pytest.mark.parametrize("base", [(), ("-5", "-1"), ("0", "0")])
def test_without_a_base_a_split_is_even_and_says_so(base: tuple[str, ...]) -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL})
    direct = [cost(amount, team=team) for amount, team in zip(base, ("dev", "ops"), strict=False)]

    allocation = allocated(given, cost("10", project="network"), *direct)

    assert handed_on(allocation.transfers) == [
        ("network", "dev", "5", "1/2", "even: no direct cost of 2026-05"),
        ("network", "ops", "5", "1/2", "even: no direct cost of 2026-05"),
    ]
    assert allocation.warnings == (
        "shared.network: no target has any direct cost of 2026-05 in USD, so it went evenly",
    )


def test_without_a_base_a_split_may_leave_the_pool_unknown() -> None:
    given = rules(teams=TEAMS, shared={"network": PROPORTIONAL | {"when_zero": "unknown"}})

    allocation = allocated(given, cost("10", project="network"))

    assert handed_on(allocation.transfers) == [("network", "unknown", "10", "1", "unknown: no direct cost of 2026-05")]
    assert allocation.warnings == (
        "shared.network: no target has any direct cost of 2026-05 in USD, so it went to unknown",
    )


def test_a_credit_of_a_pool_is_shared_as_its_charge() -> None:
    given = rules(shared={"network": {"split": "even", "to": ["dev", "ops", "qa"]}})

    charged = allocated(given, cost("0.000000000002", project="network"))
    credited = allocated(given, cost("-0.000000000002", project="network"))

    finest = Decimal("0.000000000001")
    assert by_team(charged) == {"dev": finest, "ops": finest, "qa": 0}
    assert by_team(credited) == {"dev": -finest, "ops": -finest, "qa": 0}


def test_a_split_goes_by_a_metric_of_the_rules() -> None:
    given = rules(shared={"network": PROPORTIONAL | {"by": "requests"}}, metrics={"requests": {"dev": 2.5, "ops": 7.5}})

    allocation = allocated(given, cost("10", project="network"), cost("99", team="dev"))

    assert handed_on(allocation.transfers) == [
        ("network", "dev", "2.5", "1/4", "requests of 2026-05"),
        ("network", "ops", "7.5", "3/4", "requests of 2026-05"),
    ]


def test_a_metric_of_the_month_goes_before_that_of_every_month() -> None:
    given = rules(shared={"network": PROPORTIONAL | {"by": "requests"}}, metrics={"requests": {"dev": 1}})

    allocation = allocated(
        given,
        cost("10", MAY, project="network"),
        cost("10", JUNE, project="network"),
        metrics={("requests", JUNE): {"ops": Fraction(1)}},
    )

    assert handed_on(allocation.transfers) == [
        ("network", "dev", "10", "1", "requests of 2026-05"),
        ("network", "ops", "10", "1", "requests of 2026-06"),
    ]


def test_a_month_without_values_of_a_metric_has_no_base() -> None:
    given = rules(shared={"network": PROPORTIONAL | {"by": "requests"}})

    allocation = allocated(given, cost("10", project="network"), metrics={("requests", JUNE): {"ops": Fraction(1)}})

    assert by_team(allocation) == {"dev": Decimal(5), "ops": Decimal(5)}
    assert allocation.warnings == ("shared.network: no target has any requests of 2026-05, so it went evenly",)


@pytest.mark.parametrize(
    ("metrics", "known"),
    [
        ({}, "there is only direct_cost"),
        ({("users", MAY): {}, ("orders", MAY): {}}, "there are direct_cost, orders, users"),
    ],
)
def test_a_metric_that_nobody_gave_is_refused(metrics: Any, known: str) -> None:
    given = rules(shared={"network": PROPORTIONAL | {"by": "requests"}})

    with pytest.raises(MissingMetric) as refused:
        allocated(given, cost("10", project="network"), metrics=metrics)

    assert str(refused.value) == f'shared.network.by: there is no metric "requests"; {known}'


def test_a_pool_may_get_a_part_by_a_metric() -> None:
    given = rules(
        shared={
            "network": {"split": "proportional", "by": "requests", "to": ["dev", "support"]},
            "support": {"to": {"ops": 1}},
        },
        metrics={"requests": {"dev": 1, "support": 3}},
    )

    assert by_team(allocated(given, cost("8", project="network"))) == {"dev": Decimal(2), "ops": Decimal(6)}


def test_a_chain_of_three_hands_everything_on() -> None:
    given = rules(
        shared={
            "support": {"to": {"dev": "1/3", "ops": "2/3"}},
            "network": {"to": {"dev": "1/2", "security": "1/2"}},
            "security": {"split": "even", "to": ["support", "qa"]},
        }
    )

    allocation = allocated(
        given, cost("120", project="network"), cost("12", project="security"), cost("3", project="support")
    )

    assert by_team(allocation) == {"dev": Decimal(73), "ops": Decimal(26), "qa": Decimal(36)}
    assert [one.pool for one in allocation.transfers] == [
        "network",
        "network",
        "security",
        "security",
        "support",
        "support",
    ]
    assert {row.pool for row in allocation.rows} == {"network", "security", "support"}
    assert {row.project for row in allocation.rows} == {None}


def test_a_split_keeps_what_it_is_told_to_keep_apart() -> None:
    given = rules(shared={"network": {"split": "even", "to": ["dev", "ops"]}})

    allocation = allocated(
        given,
        cost("10", project="network", service="EC2"),
        cost("4", project="network", service="S3"),
        cost("2", project="network"),
        keep=("service",),
    )

    assert [(row.cell.values, row.team, row.cost) for row in allocation.rows] == [
        ((None,), "dev", Decimal(1)),
        ((None,), "ops", Decimal(1)),
        (("EC2",), "dev", Decimal(5)),
        (("EC2",), "ops", Decimal(5)),
        (("S3",), "dev", Decimal(2)),
        (("S3",), "ops", Decimal(2)),
    ]
