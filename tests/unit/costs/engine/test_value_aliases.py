"""Aliases of tag values, and their letter case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost_allocation import query
from cost_allocation.analysis.dead_rules import dead_rules
from cost_allocation.analysis.report import allocated_report
from cost_allocation.analysis.trace import Tracer
from cost_allocation.analysis.unknown_costs import DIMENSIONS
from cost_allocation.analysis.untagged import untagged
from cost_allocation.exact import text
from tests.support.costs import Cost, allocated, by_team, cost, decision, problems, rules, table

FORMS = ("prod", "Prod", "PRD", "production")
"""Spellings of one environment in a real export."""
ALIASES = {"prod": "production", "PRD": "production"}


def environments(*forms: str, column: str = "environment", **document: Any) -> dict[str | None, str]:
    """Report by environment, for a charge of 1 in each form."""
    given_rules = rules(**document)
    costs = [cost("1", **{"environment": one}) for one in forms]
    dimensions = (*given_rules.attribution_dimensions, query.tag("environment"))
    _, report = allocated_report(table(costs, dimensions), given_rules, [column])
    return {row.values[0]: text(row.cost) for row in report.rows}


@pytest.mark.parametrize("column", ["environment", "tag:environment"])
def test_aliases_and_letter_case_make_one_environment_of_four(column: str) -> None:
    found = environments(*FORMS, column=column, value_aliases={"environment": ALIASES}, ignore_case=True)
    assert found == {"production": "4"}


def test_letter_case_counts_unless_it_is_ignored() -> None:
    assert environments(*FORMS, value_aliases={"environment": ALIASES}) == {"production": "3", "Prod": "1"}
    assert environments("prod", " PROD ", ignore_case=True) == {"prod": "2"}
    assert environments("prod", " PROD ") == {"prod": "1", " PROD ": "1"}


def test_a_value_is_shown_as_the_rules_write_it() -> None:
    assert environments(
        "PRD", "pRODUCTION", value_aliases={"environment": {"prd": "Production"}}, ignore_case=True
    ) == {"Production": "2"}


@pytest.mark.parametrize("name", ["Env", "env", "ENV", "environment"])
def test_aliases_are_named_by_tag_key_in_any_case_or_by_what_the_rules_call_it(name: str) -> None:
    given_rules = rules(tag_keys={"environment": ["Env", "stage"]}, value_aliases={name: {"prd": "prod"}})
    dimensions = (*given_rules.attribution_dimensions, "tag:Env", "tag:stage")
    costs = [cost("1", **{"Env": "prd"}), cost("2", stage="prd")]
    _, report = allocated_report(table(costs, dimensions), given_rules, ["environment"])
    both = {"prod": "3"} if name == "environment" else {"prd": "2", "prod": "1"}
    assert {row.values[0]: text(row.cost) for row in report.rows} == both


def test_projects_teams_and_patterns_of_pools_know_aliases() -> None:
    given_rules = rules(
        tag_keys={"project": ["app"], "team": ["squad"]},
        projects={"web": "dev"},
        teams={"ops": None},
        shared={"base": {"split": "even", "match": {"tags": {"tier": ["plat*"]}}}},
        value_aliases={"app": {"wbe": "web"}, "team": {"operations": "ops"}, "Tier": {"base": "platform"}},
    )
    assert decision(given_rules, cost("1", app="wbe")).rule == 'projects.web (tag app "wbe")'
    assert decision(given_rules, cost("1", squad="operations")).target.name == "ops"
    assert decision(given_rules, cost("1", tier="base")).target.name == "base"
    assert decision(given_rules, cost("1", tier="other")).target.name == "unknown"


def test_a_rule_may_still_name_the_alias() -> None:
    given_rules = rules(
        shared={"base": {"to": {"dev": 1}, "match": {"tags": {"tier": ["base"]}}}},
        value_aliases={"tier": {"base": "platform"}},
    )
    assert decision(given_rules, cost("1", tier="base")).target.name == "base"


def test_a_shared_cost_keeps_its_environment_in_one_spelling() -> None:
    given_rules = rules(
        shared={"net": {"split": "even", "to": ["dev", "ops"]}},
        value_aliases={"environment": ALIASES},
        ignore_case=True,
    )
    costs = [cost("1", project="net", environment=one) for one in FORMS]
    allocation = allocated(given_rules, *costs, keep=("tag:environment",))
    assert [(row.cell.values, row.team, text(row.cost)) for row in allocation.rows] == [
        (("production",), "dev", "2"),
        (("production",), "ops", "2"),
    ]


def test_the_trace_goes_back_to_the_values_of_the_source() -> None:
    given_rules = rules(teams={"dev": None}, value_aliases={"environment": ALIASES}, ignore_case=True)
    costs = [cost("1", team="Dev", environment=one) for one in FORMS]
    allocation = allocated(given_rules, *costs, keep=("tag:environment",))
    (origin,) = Tracer(allocation).origins("dev")
    at = allocation.table.dimensions.index("tag:environment")
    assert origin.cell.values == ("production",)
    assert sorted(one.row.values[at] or "" for one in origin.rows) == sorted(FORMS)
    assert text(origin.cost) == "4"


def test_an_unknown_cost_is_named_by_what_its_tag_stands_for() -> None:
    given_rules = rules(value_aliases={"project": {"wbe": "web"}})
    costs = [cost("1", project=one, account="111122223333", service="EC2") for one in ("wbe", "web")]
    allocation = allocated(given_rules, *costs, keep=DIMENSIONS)
    (one,) = untagged(allocation, given_rules)
    assert (one.value, text(one.cost)) == ("web", "2")


def test_a_rule_that_matches_by_an_alias_alone_is_not_dead() -> None:
    given_rules = rules(projects={"web": "dev"}, value_aliases={"project": {"wbe": "web"}})
    assert dead_rules(allocated(given_rules, cost("1", project="wbe")), given_rules) == []
    assert dead_rules(allocated(given_rules, cost("1", project="bew")), given_rules) != []


def test_a_tag_that_no_rule_looks_at_is_shown_as_it_is() -> None:
    given_rules = rules(ignore_case=True)
    dimensions = (*given_rules.attribution_dimensions, "tag:owner")
    _, report = allocated_report(
        table([cost("1", owner="Ann"), cost("1", owner="ANN")], dimensions), given_rules, ["tag:owner"]
    )
    assert {row.values[0] for row in report.rows} == {"Ann", "ANN"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (
            {"value_aliases": {"stage": {"prd": "prod"}}},
            'value_aliases.stage: no rule uses the tag "stage"; they use customer, environment, project, team',
        ),
        (
            {"value_aliases": {"environment": {"prd": "prod", "prod": "production"}}},
            'value_aliases.environment.prd: "prod" is itself an alias of "production"; use that value',
        ),
        (
            {"value_aliases": {"environment": {"prd": "prod", "PRD": "live"}}, "ignore_case": True},
            'value_aliases.environment.PRD: "PRD" and "prd" are the same value when letter case is ignored',
        ),
    ],
)
def test_aliases_that_can_not_be_meant_are_refused(document: dict[str, Any], said: str) -> None:
    assert problems(**document) == [said]


def test_an_alias_may_differ_from_its_value_in_letter_case_alone() -> None:
    assert problems(value_aliases={"environment": {"Prod": "prod"}}, ignore_case=True) == []
    assert environments("Prod", "prod", value_aliases={"environment": {"Prod": "prod"}}) == {"prod": "2"}


def test_tag_keys_are_joined_unless_the_rules_say_otherwise() -> None:
    assert rules().ignore_key_case
    assert not rules(ignore_key_case=False).ignore_key_case


VALUES = st.none() | st.sampled_from([*FORMS, "dev", "Dev", "web", "wbe"])


@settings(max_examples=100)
@given(
    st.lists(
        st.builds(
            Cost,
            st.decimals(-100, 100, places=3),
            st.fixed_dictionaries({query.tag(key): VALUES for key in ("project", "team", "environment")}),
        ),
        max_size=12,
    ),
    st.booleans(),
    st.dictionaries(st.sampled_from(["prod", "PRD", "wbe"]), st.sampled_from(["production", "web", "dev"]), max_size=3),
)
def test_aliases_move_no_amount_between_teams_or_out_of_sight(
    costs: list[Cost], ignore_case: bool, aliases: dict[str, str]
) -> None:
    """Check that aliases of the environment change its names alone."""
    document: dict[str, Any] = {
        "teams": {"dev": None},
        "shared": {"web": {"split": "even"}},
        "ignore_case": ignore_case,
    }
    if aliases:
        document["value_aliases"] = {"environment": aliases}
    keep = ("tag:environment",)
    plain = allocated(rules(**{**document, "value_aliases": {}}), *costs, keep=keep)
    renamed = allocated(rules(**document), *costs, keep=keep)
    assert by_team(renamed) == by_team(plain)
    assert [row.target for row in renamed.attributions] == [row.target for row in plain.attributions]
    assert {row.cell.values[0] for row in renamed.rows}.isdisjoint(aliases)
