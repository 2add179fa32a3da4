from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cost_allocation.model import Kind, Target
from tests.support.costs import JUNE, MAY, allocated, by_team, cost, decision, rules

MOVED: dict[str, Any] = {
    "projects": {"web": [{"team": "dev", "until": "2026-05-15"}, {"team": "ops", "from": "2026-05-15"}]}
}


@pytest.mark.parametrize(("day", "team"), [(1, "dev"), (14, "dev"), (15, "ops"), (31, "ops")])
def test_a_project_moves_on_the_day_from_which_the_new_entry_holds(day: int, team: str) -> None:
    one = cost("1", date(2026, 5, day), project="web")

    assert decision(rules(**MOVED), one).target == Target(Kind.TEAM, team)


def test_entries_may_stand_in_any_order() -> None:
    backwards = rules(projects={"web": MOVED["projects"]["web"][::-1]})

    assert decision(backwards, cost("1", date(2026, 5, 14), project="web")).target.name == "dev"
    assert decision(backwards, cost("1", date(2026, 5, 15), project="web")).target.name == "ops"


def test_between_entries_a_value_means_nothing() -> None:
    given = rules(projects={"web": [{"team": "dev", "until": "2026-05-01"}, {"team": "ops", "from": "2026-06-01"}]})

    assert decision(given, cost("1", MAY, project="web")).target.kind is Kind.UNKNOWN
    assert decision(given, cost("1", MAY, project="web", team="dev")).target.name == "dev"
    assert decision(given, cost("1", JUNE, project="web")).target.name == "ops"


def test_an_alias_holds_as_long_as_its_entry() -> None:
    given = rules(
        projects={
            "web": [{"team": "dev", "aliases": ["shop"], "until": "2026-06-01"}, {"team": "dev", "from": "2026-06-01"}]
        }
    )

    assert decision(given, cost("1", MAY, project="shop")).target.name == "dev"
    assert decision(given, cost("1", JUNE, project="shop")).target.kind is Kind.UNKNOWN


def test_accounts_and_owners_change_as_well() -> None:
    given = rules(
        accounts={"111122223333": {"team": "dev", "from": "2026-06-01"}},
        teams={"dev": [{"owner": "ana", "until": "2026-07-01"}, {"owner": "bo", "from": "2026-07-01"}]},
        default_owner="cto",
    )

    assert decision(given, cost("1", MAY, account="111122223333")).target.kind is Kind.UNKNOWN
    assert decision(given, cost("1", JUNE, account="111122223333")).target.name == "dev"
    assert given.owner("dev", date(2026, 6, 30)) == "ana"
    assert given.owner("dev", date(2026, 7, 1)) == "bo"
    assert given.owner("other", MAY) == "cto"


def test_a_pool_that_is_not_in_effect_hands_to_nobody() -> None:
    given = rules(
        projects={"wires": "network"},
        shared={
            "network": {"to": ["dev"], "until": "2026-06-01"},
            "platform": {"to": ["network", "ops"]},
        },
    )

    before = allocated(given, cost("10", MAY, project="wires"), cost("10", MAY, project="platform"))
    after = allocated(given, cost("10", JUNE, project="wires"), cost("10", JUNE, project="platform"))

    assert by_team(before) == {"dev": Decimal(15), "ops": Decimal(5)}
    assert by_team(after) == {"unknown": Decimal(15), "ops": Decimal(5)}


def test_a_tag_that_names_a_pool_not_in_effect_decides_nothing() -> None:
    given = rules(accounts={"111122223333": "ops"}, shared={"network": {"to": ["dev"], "from": "2026-06-01"}})

    assert decision(given, cost("1", MAY, project="network", team="dev")).target.name == "dev"
    assert decision(given, cost("1", MAY, team="network", account="111122223333")).target.name == "ops"
    assert decision(given, cost("1", JUNE, project="network", team="dev")).target.name == "network"


def test_a_split_changes_on_its_day() -> None:
    given = rules(
        shared={
            "network": [
                {"to": {"dev": 1}, "until": "2026-05-15"},
                {"to": {"dev": "1/4", "ops": "3/4"}, "from": "2026-05-15"},
            ]
        }
    )

    allocation = allocated(
        given,
        cost("8", date(2026, 5, 14), project="network"),
        cost("8", date(2026, 5, 15), project="network"),
    )

    assert by_team(allocation) == {"dev": Decimal(10), "ops": Decimal(6)}


def test_a_team_that_ended_has_what_its_tags_say_and_no_part_of_what_goes_to_every_team() -> None:
    given = rules(
        teams={"dev": "ana", "old": {"owner": "bo", "until": "2026-06-01"}},
        default_owner="cto",
        shared={"network": {"split": "even"}},
    )

    in_may = allocated(given, cost("10", MAY, project="network"), cost("1", MAY, team="old"))
    in_june = allocated(given, cost("10", JUNE, project="network"), cost("1", JUNE, team="old"))

    assert by_team(in_may) == {"dev": Decimal(5), "old": Decimal(6)}
    assert by_team(in_june) == {"dev": Decimal(10), "old": Decimal(1)}
    assert {row.owner for row in in_june.rows if row.team == "old"} == {"cto"}


def test_before_there_is_any_team_a_pool_goes_to_nobody_and_says_so() -> None:
    given = rules(teams={"dev": {"owner": "ana", "from": "2026-06-01"}}, shared={"network": {"split": "even"}})

    allocation = allocated(given, cost("10", MAY, project="network"), cost("10", JUNE, project="network"))

    assert by_team(allocation) == {"unknown": Decimal(10), "dev": Decimal(10)}
    assert allocation.warnings == ("shared.network: there is no team in 2026-05, so it went to unknown",)


@pytest.mark.parametrize(
    ("start", "end", "needed"),
    [
        (date(2026, 5, 1), date(2026, 6, 1), True),
        (date(2026, 4, 1), date(2026, 5, 1), False),
        (date(2026, 6, 1), date(2026, 7, 1), False),
        (date(2026, 5, 1), date(2026, 5, 15), False),
        (date(2026, 5, 1), date(2026, 5, 16), True),
        # A monthly sum would get the rules of the first of May.
        (date(2026, 5, 15), date(2026, 6, 1), True),
        (date(2026, 5, 20), date(2026, 6, 1), True),
        (None, None, True),
        (None, date(2026, 5, 1), False),
        (date(2026, 6, 1), None, False),
    ],
)
def test_a_change_inside_a_month_needs_days(start: date | None, end: date | None, needed: bool) -> None:
    assert rules(**MOVED).needs_days(start, end) is needed


def test_a_change_between_months_needs_no_days() -> None:
    given = rules(projects={"web": {"team": "dev", "from": "2026-05-01"}})

    assert not given.needs_days(None, None)
