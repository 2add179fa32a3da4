"""A name that is a team and a pool, and weights in their short form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.costs import JUNE, MAY, allocated, by_team, cost, problems, rules

TUTORIAL = {
    "projects": {"alpha": "dev", "beta": "ops", "shared": "shared"},
    "teams": {"dev": "Alice", "ops": "Bob", "shared": "Management"},
    "default_owner": "Unassigned",
    "filters": {"services": ["EC2", "S3", "Lambda"]},
}


def owned(given: dict[str, Any], *costs: Any) -> dict[tuple[str, str | None], Decimal]:
    """Add up what each team and owner has."""
    return {(row.team, row.owner): row.cost for row in allocated(rules(**given), *costs).rows}


def test_without_a_pool_the_team_owns_what_is_shared() -> None:
    costs = [
        cost("100", project="alpha", service="Amazon EC2"),
        cost("40", project="shared", service="AWS Lambda"),
        cost("5", service="Amazon Simple Storage Service"),
        cost("9", project="alpha", service="Amazon Athena"),
    ]

    assert owned(TUTORIAL, *costs) == {
        ("dev", "Alice"): Decimal(100),
        ("shared", "Management"): Decimal(40),
        ("unknown", "Unassigned"): Decimal(5),
    }


@pytest.mark.parametrize(
    "shared",
    [
        ["dev:0.5", "ops:0.5"],
        ["dev: 0.5", "ops : 1/2"],
        ["dev:50", "ops:50"],
        [{"dev": 0.5}, {"ops": "1/2"}],
        {"shared": [{"dev": 0.5}, {"ops": 0.5}]},
        {"shared": {"to": [{"dev": 0.5}, "ops:0.5"]}},
        {"dev": 0.5, "ops": 0.5},
        {"shared": ["dev:0.5", "ops:0.5"]},
        {"shared": {"to": ["dev:0.5", "ops:0.5"]}},
    ],
)
def test_a_team_that_is_a_pool_hands_on_what_it_gets(shared: Any) -> None:
    given = TUTORIAL | {"shared": shared}

    assert owned(given, cost("40", project="shared", service="AmazonEC2")) == {
        ("dev", "Alice"): Decimal(20),
        ("ops", "Bob"): Decimal(20),
    }


def test_what_a_pool_can_not_hand_on_belongs_to_the_owner_of_its_team() -> None:
    shared = {"shared": {"split": "proportional", "to": ["dev", "ops"], "when_zero": "unknown"}}

    allocation = allocated(rules(**TUTORIAL | {"shared": shared}), cost("40", project="shared", service="S3"))

    assert [(row.team, row.owner, row.pool, row.cost) for row in allocation.rows] == [
        ("shared", "Management", "shared", Decimal(40))
    ]
    assert allocation.warnings == (
        "shared.shared: no target has any direct cost of 2026-05 in USD, so it went to shared",
    )
    assert allocation.totals["USD"].unknown == 0


def test_before_a_pool_is_in_effect_its_team_owns_the_costs() -> None:
    given = rules(
        teams={"dev": "ana", "net": "nora"},
        shared={"net": {"to": ["dev"], "from": "2026-06-01"}},
        tag_keys={"team": ["t"]},
    )

    allocation = allocated(given, cost("1", MAY, t="net"), cost("2", JUNE, t="net"))

    assert [(row.team, row.owner, row.cost) for row in allocation.rows] == [
        ("net", "nora", Decimal(1)),
        ("dev", "ana", Decimal(2)),
    ]


def test_a_part_may_stay_with_the_team_of_the_pool() -> None:
    given = rules(teams={"dev": "ana", "net": "nora"}, shared={"net": {"dev": 0.75, "net": 0.25}})

    assert by_team(allocated(given, cost("8", project="net"))) == {"dev": Decimal(6), "net": Decimal(2)}


def test_what_goes_to_every_team_does_not_go_to_pools() -> None:
    given = rules(
        teams={"dev": None, "ops": None, "net": None}, shared={"net": {"split": "even"}, "hub": {"split": "even"}}
    )

    assert by_team(allocated(given, cost("8", project="net"), cost("2", project="hub"))) == {"dev": 5, "ops": 5}


def test_names_that_look_like_weights_are_names_where_the_split_says_so() -> None:
    given = rules(shared={"net": {"split": "even", "to": ["squad:7", "squad:8"]}})

    assert by_team(allocated(given, cost("8", project="net"))) == {"squad:7": 4, "squad:8": 4}


def test_a_name_may_have_colons_of_its_own() -> None:
    given = rules(shared=["team:dev:0.25", "team:ops:0.75"])

    assert by_team(allocated(given, cost("8", project="shared"))) == {"team:dev": 2, "team:ops": 6}


def test_a_team_that_is_a_pool_has_no_direct_cost_to_split_by() -> None:
    shared = {"net": {"to": ["dev"]}, "hub": {"split": "proportional", "to": ["dev", "net"]}}

    assert problems(teams={"net": "nora"}, shared=shared) == [
        'shared.hub.to: "net" is not a team, so it has no direct cost to split by'
    ]
