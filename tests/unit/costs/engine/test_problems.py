from __future__ import annotations

from typing import Any

import pytest

from cost_allocation.rules.model import Problem, RulesError
from tests.support.costs import problems, rules

SUM = "they must add up to 1, or to 100 for percentages"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"shared": {"dev": 0.5, "ops": 0.6}}, f"shared: the weights add up to 1.1; {SUM}"),
        ({"shared": {"net": {"dev": 0.1, "ops": "1/3"}}}, f"shared.net: the weights add up to 13/30; {SUM}"),
        ({"shared": {"net": {"to": {"dev": 0}}}}, f"shared.net.to: the weights add up to 0; {SUM}"),
        (
            {"shared": {"net": {"split": "fixed", "to": ["dev"]}}},
            "shared.net: a fixed split needs weights: to: {shop: 0.5, search: 0.5}",
        ),
        (
            {"shared": {"net": {"split": "fixed"}}, "teams": {"dev": None}},
            "shared.net: a fixed split needs weights: to: {shop: 0.5, search: 0.5}",
        ),
        (
            {"shared": {"net": {"split": "even", "to": {"dev": 1}}}},
            "shared.net.to: a split that is even takes a list of names, not weights",
        ),
        (
            {"shared": {"net": {"split": "proportional", "to": {"dev": 1}}}},
            "shared.net.to: a split that is proportional takes a list of names, not weights",
        ),
        (
            {"shared": {"net": {"to": {"dev": 1}, "by": "requests"}}},
            "shared.net.by: requires split: proportional, but this split is fixed",
        ),
        (
            {"shared": {"net": {"to": ["dev"], "when_zero": "even"}}},
            "shared.net.when_zero: requires split: proportional, but this split is even",
        ),
        (
            {"shared": {"net": {"split": "even", "to": ["dev"]}, "ops": 0.5}},
            "shared.ops: is a weight among pools; put weights into a named pool",
        ),
        ({"shared": {"net": {"split": "even"}}}, "shared.net: there are no teams that could share it; name some in to"),
        (
            {"shared": {"net": {"split": "proportional", "to": ["dev", "hub"]}, "hub": {"dev": 1}}},
            'shared.net.to: "hub" is not a team, so it has no direct cost to split by',
        ),
        (
            {"shared": {"net": {"split": "proportional", "to": ["dev", "unknown"]}}},
            'shared.net.to: "unknown" is not a team, so it has no direct cost to split by',
        ),
        (
            {"shared": {"net": [{"to": ["dev"], "until": "2026-05-01"}, {"split": "fixed", "from": "2026-05-01"}]}},
            "shared.net[1]: a fixed split needs weights: to: {shop: 0.5, search: 0.5}",
        ),
        (
            {"projects": {"web": {"team": "dev", "from": "2026-05-10", "until": "2026-05-01"}}},
            "projects.web.until: 2026-05-01 is not after from, 2026-05-10",
        ),
        (
            {"projects": {"web": {"team": "dev", "from": "2026-05-10", "until": "2026-05-10"}}},
            "projects.web.until: 2026-05-10 is not after from, 2026-05-10",
        ),
        (
            {"accounts": {"111122223333": [{"team": "dev", "from": "2026-02-30"}]}},
            'accounts.111122223333[0].from: "2026-02-30" is not a valid date; write YYYY-MM-DD',
        ),
        (
            {"teams": {"unknown": "ana"}},
            'teams.unknown: "unknown" is the name of costs without a rule; choose another name',
        ),
        (
            {"shared": {"unknown": {"dev": 1}}},
            'shared.unknown: "unknown" is the name of costs without a rule; choose another name',
        ),
        (
            {"projects": {"web": "excluded"}},
            'projects.web: "excluded" is the name of costs that filters exclude; choose another name',
        ),
        (
            {"teams": {"net": "ana"}, "shared": {"net": {"split": "even"}}},
            "shared.net: there are no teams that could share it; name some in to",
        ),
        ({"shared": ["dev:0.5", "ops:0.6"]}, f"shared: the weights add up to 1.1; {SUM}"),
        ({"shared": {"net": ["dev:1/3", "ops:1/3"]}}, f"shared.net: the weights add up to 2/3; {SUM}"),
        ({"shared": ["dev:1", "dev: 1"]}, 'shared[1]: "dev" occurs twice'),
        (
            {"shared": {"net": {"split": "even", "to": [{"dev": 1}]}}},
            "shared.net.to: a split that is even takes a list of names, not weights",
        ),
        (
            {"shared": {"net": {"to": ["dev:1", "ops"]}}},
            'shared.net.to[1]: "ops" has no weight, but others have; write dev:0.5',
        ),
        (
            {"shared": {"net": ["dev:1", {"to": ["ops"], "from": "2026-05-01"}]}},
            "shared.net[1]: this entry has no weight, but others have; write dev:0.5",
        ),
        (
            {"currency_rates": {"2026-05": {"EUR": 1.1}}},
            "currency_rates.2026-05: no currency has the rate 1; name the currency of the rates: USD: 1",
        ),
        (
            {"currency_rates": {"2026-13": {"USD": 1}}},
            'currency_rates.2026-13: "2026-13" is not a valid month; write YYYY-MM',
        ),
        (
            {"currency_rates": {"2026-05": {"USD": 1, "EUR": 1e300}}},
            "currency_rates.2026-05.EUR: 1e+300 is too large or too small",
        ),
        (
            {"currency_rates": "rates.csv"},
            'currency_rates: names the file "rates.csv", which cannot be read here; list the rates instead',
        ),
        (
            {"projects": {"web": {"team": "dev", "aliases": ["shop"]}, "store": {"team": "dev", "aliases": ["shop"]}}},
            'projects.store: "shop" already means the project web',
        ),
        (
            {"projects": {"web": "dev", "store": {"team": "dev", "aliases": ["web"]}}},
            'projects.store: "web" already means the project web',
        ),
        (
            {"ignore_case": True, "projects": {"web": "dev", "Web": "ops"}},
            'projects.Web: "Web" already means the project web',
        ),
        (
            {"ignore_case": True, "teams": {"dev": "ana"}, "projects": {"web": "Dev"}},
            'projects.web: "Dev" and "dev" are the same name when letter case is ignored; use one spelling',
        ),
        (
            {"ignore_case": True, "shared": {"Net": {"dev": 1}, "hub": {"to": ["net"]}}},
            'shared.hub: "net" and "Net" are the same name when letter case is ignored; use one spelling',
        ),
        (
            {"ignore_case": True, "accounts": {"111122223333": "Unknown"}},
            'accounts.111122223333: "Unknown" and "unknown" are the same name when letter case is ignored; '
            "use one spelling",
        ),
        (
            {"teams": {"dev": "ana"}, "metrics": {"requests": {"dve": 1}}},
            'metrics.requests.dve: no other rule names a team "dve"',
        ),
        (
            {"teams": {"dev": "ana"}, "metrics": {"direct_cost": {"dev": 1}}},
            "metrics.direct_cost: is the built-in basis of splits; choose another name",
        ),
        (
            {"teams": {"dev": "ana"}, "metrics": {"requests": {"dev": 1e300}}},
            "metrics.requests.dev: 1e+300 is too large or too small",
        ),
    ],
)
def test_what_the_schema_cannot_say(document: dict[str, Any], problem: str) -> None:
    assert problems(**document) == [problem]


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e-300])
def test_a_number_that_cannot_be_counted_with_is_a_problem(number: float) -> None:
    said = f"metrics.requests.dev: {number} is too large or too small"

    assert said in problems(teams={"dev": "ana"}, metrics={"requests": {"dev": number}})


OVERLAP = "overlaps with another entry; until is exclusive, so it may be the start of the next entry"


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ({"until": "2026-05-11"}, {"from": "2026-05-10"}, 1),
        ({"from": "2026-05-01"}, {"from": "2026-05-10"}, 1),
        ({"from": "2026-05-10"}, {"until": "2026-05-11"}, 0),
        ({}, {"from": "2026-05-10"}, 1),
        ({}, {}, 1),
    ],
)
def test_entries_that_overlap(first: dict[str, str], second: dict[str, str], where: int) -> None:
    entries = [{"team": "dev"} | first, {"team": "ops"} | second]

    assert problems(projects={"web": entries}) == [f"projects.web[{where}]: {OVERLAP}"]


def test_entries_that_meet_do_not_overlap() -> None:
    entries = [{"team": "dev", "until": "2026-05-10"}, {"team": "ops", "from": "2026-05-10"}]

    assert problems(projects={"web": entries}) == []


def test_a_day_that_is_none_overlaps_with_nothing() -> None:
    entries = [{"team": "dev", "until": "2026-05-32"}, {"team": "ops", "from": "2026-05-10"}]

    assert problems(projects={"web": entries}) == [
        'projects.web[0].until: "2026-05-32" is not a valid date; write YYYY-MM-DD'
    ]


@pytest.mark.parametrize(
    ("shared", "circle"),
    [
        ({"net": {"to": ["net", "dev"]}}, "shared.net: is part of a cycle: net -> net"),
        (
            {"net": {"hub": 1}, "hub": {"to": ["dev", "core"]}, "core": {"to": ["net"]}},
            "shared.core: is part of a cycle: core -> net -> hub -> core",
        ),
        ({"shared": 0.5, "dev": 0.5}, "shared.shared: is part of a cycle: shared -> shared"),
    ],
)
def test_a_circle_is_named_once(shared: dict[str, Any], circle: str) -> None:
    assert problems(shared=shared, projects={"web": {"team": "dev", "from": "2026-05-01"}}) == [circle]


def test_a_circle_that_closes_on_a_day_is_one() -> None:
    shared = {
        "net": [{"to": ["dev"], "until": "2026-05-01"}, {"to": ["hub"], "from": "2026-05-01"}],
        "hub": {"to": ["net"], "from": "2026-06-01"},
    }

    assert problems(shared=shared) == ["shared.hub: is part of a cycle: hub -> net -> hub"]


def test_pools_may_change_their_direction_on_a_day() -> None:
    shared = {
        "net": [{"to": ["hub"], "until": "2026-05-01"}, {"to": ["dev"], "from": "2026-05-01"}],
        "hub": [{"to": ["dev"], "until": "2026-05-01"}, {"to": ["net"], "from": "2026-05-01"}],
    }

    assert problems(shared=shared) == []


def test_a_chain_may_be_as_long_as_the_file() -> None:
    names = [f"pool-{number}" for number in range(2000)]
    shared = {name: {"to": [onward]} for name, onward in zip(names, [*names[1:], "dev"], strict=True)}

    assert rules(shared=shared).snapshots[0].order == tuple(names)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(RulesError) as refused:
        rules(teams={"unknown": "ana"}, shared={"dev": 0.5, "ops": 0.6})

    assert refused.value.problems == (
        Problem(("shared",), f"the weights add up to 1.1; {SUM}"),
        Problem(("teams", "unknown"), '"unknown" is the name of costs without a rule; choose another name'),
    )
    assert str(refused.value) == "; ".join(f"{one.place}: {one.message}" for one in refused.value.problems)


def test_places_in_words() -> None:
    assert Problem((), "").place == "the document"
    assert Problem(("projects", "web", 1, "from"), "").place == "projects.web[1].from"
