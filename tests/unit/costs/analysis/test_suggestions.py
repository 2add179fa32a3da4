"""Suggested rules: what is said when, and that each takes out of the unknown bucket what it says."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cost_allocation.analysis.unknown_costs import DIMENSIONS
from cost_allocation.analysis.untagged import Suggestion, suggestions
from cost_allocation.engine.allocate import allocate
from cost_allocation.rules.model import Rules
from taggov.costs.rules.file import read_rules_text
from taggov.costs.rules.lines import load
from tests.support.costs import JUNE, MAY, Cost, allocated, by_team, cost, rules, table

A, B = "111122223333", "012345678901"
DEV = {"projects": {"checkout": "dev"}, "teams": {"dev": None, "ops": None}}


def said(*costs: Cost, **document: Any) -> list[tuple[str, str, Decimal]]:
    return [(one.rule, one.reason, one.cost) for one in found(rules(**document), costs)]


def found(given_rules: Rules, costs: tuple[Cost, ...] | list[Cost]) -> list[Suggestion]:
    return suggestions(allocated(given_rules, *costs, keep=DIMENSIONS), given_rules)


@pytest.mark.parametrize("typo", ["chekout", "Checkout", "check-out", " checkout", "CHECKOUT"])
def test_a_slip_of_the_pen_becomes_an_alias(typo: str) -> None:
    ((rule, reason, amount),) = said(cost("7", project=typo), **DEV)

    assert load(rule).value == {"projects": {"checkout": {"team": "dev", "aliases": [typo]}}}
    assert (reason, amount) == ("similar spelling to checkout", Decimal(7))


def test_an_alias_stands_beside_those_there_are() -> None:
    projects = {"checkout": {"team": "dev", "aliases": ["kasse"]}}

    ((rule, _, _),) = said(cost("7", project="kase"), projects=projects)

    assert rule == "projects: {checkout: {team: dev, aliases: [kasse, kase]}}"


def test_several_slips_of_the_pen_are_one_rule() -> None:
    costs = [cost("7", project="chekout"), cost("2", project="chckout"), cost("4", project="chekout", service="S3")]

    assert said(*costs, **DEV) == [
        ("projects: {checkout: {team: dev, aliases: [chekout, chckout]}}", "similar spelling to checkout", Decimal(13))
    ]


def test_a_name_with_another_number_is_no_slip_of_the_pen() -> None:
    assert said(cost("7", project="shop-2"), projects={"shop-1": "dev"}) == []


def test_a_project_of_a_pool_gets_its_alias_too() -> None:
    ((rule, _, _),) = said(cost("7", project="transitt"), projects={"transit": "net"}, shared={"net": {"to": ["dev"]}})

    assert rule == "projects: {transit: {team: net, aliases: [transitt]}}"


def test_a_project_that_changes_with_time_gets_no_alias() -> None:
    dated = [{"team": "dev", "until": "2026-06-01"}, {"team": "ops", "from": "2026-06-01"}]

    assert said(cost("7", project="chekout"), projects={"checkout": dated}) == []


def test_a_project_that_has_ended_is_no_slip_of_the_pen() -> None:
    ended = {"team": "dev", "until": "2026-05-01"}

    assert said(cost("7", JUNE, project="checkout"), projects={"checkout": ended}) == []


def test_a_project_that_has_ended_is_no_new_one() -> None:
    ended = {"team": "ops", "until": "2026-05-01"}
    costs = [cost("80", JUNE, team="dev", account=A), cost("5", JUNE, project="shop", account=A)]

    assert [rule for rule, _, _ in said(*costs, projects={"shop": ended}, teams={"dev": None})] == [
        f'accounts: {{"{A}": dev}}'
    ]


def test_a_new_project_goes_to_the_team_that_has_most_of_the_account() -> None:
    costs = [
        cost("80", project="checkout", account=A),
        cost("20", team="ops", account=A),
        cost("5", project="x", account=A),
    ]

    assert said(*costs, **DEV) == [("projects: {x: dev}", "most costs of its account belong to dev", Decimal(5))]


def test_of_several_accounts_the_most_expensive_decides_about_a_new_project() -> None:
    owned = [cost("80", project="checkout", account=A), cost("80", team="ops", account=B)]
    costs = [cost("2", project="x", account=A), cost("3", project="x", account=B)]

    assert said(*owned, *costs, **DEV) == [
        ("projects: {x: ops}", "most costs of its account belong to ops", Decimal(5))
    ]


def test_untagged_costs_go_to_the_team_that_has_most_of_the_account() -> None:
    costs = [cost("80", project="checkout", account=B), cost("20", team="ops", account=B), cost("5", account=B)]

    assert said(*costs, **DEV) == [
        (f'accounts: {{"{B}": dev}}', "dev has most of the account's known costs", Decimal(5))
    ]


def test_an_account_of_several_teams_is_nobodys() -> None:
    costs = [cost("79", project="checkout", account=A), cost("21", team="ops", account=A), cost("5", account=A)]

    assert said(*costs, **DEV) == []


def test_an_account_that_is_different_in_each_currency_is_nobodys() -> None:
    costs = [
        cost("100", project="checkout", account=A),
        cost("1", MAY, "JPY", team="ops", account=A),
        cost("5", account=A),
    ]

    assert said(*costs, **DEV) == []


def test_credits_do_not_make_an_owner() -> None:
    costs = [cost("80", project="checkout", account=A), cost("30", team="ops", account=A)]
    credit = cost("-25", team="ops", account=A, service="EC2")

    assert said(*costs, credit, cost("5", account=A), **DEV) == []


def test_an_account_that_has_a_rule_gets_no_other() -> None:
    ended = {A: {"team": "ops", "until": "2026-05-01"}}

    assert (
        said(cost("80", JUNE, project="checkout", account=A), cost("5", JUNE, account=A), accounts=ended, **DEV) == []
    )


def test_a_team_that_only_tags_know_is_a_team() -> None:
    assert said(cost("5", team="growth"), **DEV) == [("teams: {growth: null}", "a team tag has this value", Decimal(5))]


@pytest.mark.parametrize("name", ["Dev", "dev ", "unknown", "excluded"])
def test_a_team_that_is_no_new_team_is_none(name: str) -> None:
    assert said(cost("5", team=name), **DEV) == []


def test_a_service_without_any_tag_becomes_a_pool_of_every_team() -> None:
    costs = [cost("5", service="AWS Cost Explorer"), cost("5", service="EC2"), cost("5", service="EC2", project="x")]

    assert said(*costs, **DEV) == [
        (
            'shared: {aws-cost-explorer: {match: {services: ["AWS Cost Explorer"]}, split: even}}',
            "no row of the service has a tag",
            Decimal(5),
        )
    ]


def test_a_pool_gets_a_name_that_nothing_else_has() -> None:
    ((rule, _, _),) = said(cost("5", service="Dev"), **DEV)

    assert load(rule).value["shared"].keys() == {"dev-costs"}


def test_a_pool_gets_no_name_that_rules_can_not_give() -> None:
    for service in ("Excluded", "Unknown"):
        ((rule, _, _),) = said(cost("5", service=service), **DEV)
        assert load(rule).value["shared"].keys() == {f"{service.lower()}-costs"}


def test_a_pool_takes_no_name_that_a_tag_has() -> None:
    rules_said = [rule for rule, _, _ in said(cost("5", service="Batch"), cost("1", project="batch"), **DEV)]

    assert [load(rule).value["shared"].keys() for rule in rules_said] == [{"batch-costs"}]


def test_what_a_filter_leaves_out_says_nothing_about_a_service() -> None:
    filters = {"charge_categories": {"exclude": ["Tax"]}}
    costs = [cost("5", service="Batch"), cost("1", service="Batch", charge_category="Tax", project="checkout")]

    assert [amount for _, _, amount in said(*costs, filters=filters, **DEV)] == [Decimal(5)]


@pytest.mark.parametrize(
    "shared",
    [
        {"shared": {"split": "even", "to": ["dev", "ops"]}},
        {"shared": {"to": {"dev": 1}, "match": {"services": ["S3"]}}},
        {"shared": {"to": {"dev": 1}}, "net": {"split": "even"}},
        {"network": {"dev": 1}},
    ],
)
def test_a_pool_beside_pools_stands_by_itself(shared: dict[str, Any]) -> None:
    ((rule, _, _),) = said(cost("5", service="Support"), shared=shared, **DEV)

    assert rule == "shared: {support: {match: {services: [Support]}, split: even}}"


def test_a_pool_beside_the_short_form_writes_that_out() -> None:
    document = {"projects": {"checkout": "dev"}, "shared": {"dev": 0.25, "ops": 0.75}}

    ((rule, _, _),) = said(cost("5", service="Support"), **document)

    assert rule == (
        "shared: {shared: {to: {dev: 1/4, ops: 3/4}}, support: {match: {services: [Support]}, split: even}}"
    )


def test_without_a_team_there_is_nobody_to_share_with() -> None:
    assert said(cost("5", service="Support")) == []


def test_the_most_valuable_comes_first_in_each_currency() -> None:
    costs = [
        cost("1", project="chekout"),
        cost("3", team="growth"),
        cost("9", MAY, "EUR", project="chekout"),
    ]

    found_rules = found(rules(**DEV), costs)

    assert [(one.currency, one.cost) for one in found_rules] == [
        ("EUR", Decimal(9)),
        ("USD", Decimal(3)),
        ("USD", Decimal(1)),
    ]


def test_what_a_credit_makes_negative_is_not_worth_a_rule() -> None:
    assert said(cost("5", project="chekout"), cost("-5", project="chekout"), **DEV) == []


def test_a_rule_that_says_unknown_is_not_overruled() -> None:
    costs = [cost("80", project="checkout", account=A), cost("5", project="lost", account=A)]

    assert said(*costs, projects={"checkout": "dev", "lost": "unknown"}) == []


TAGGED = (
    "checkout",
    "search",
    "chekout",
    "Search",
    "kasse",
    "kase",
    "new thing",
    "1e5",
    " ",
    "a\tb",
    "net",
    "dev",
    "*",
)
TEAM_TAGS = ("dev", "ops", "Ops", "growth", "net", "unknown", "tim")
SERVICES = ("EC2", "Support [Business]", "S3", "Dev", "Net*")
COSTS = st.lists(
    st.builds(
        lambda amount, day, currency, values: Cost(
            amount, {name: value for name, value in values.items() if value is not None}, day, currency
        ),
        st.decimals(-20, 100, places=2),
        st.sampled_from((MAY, JUNE)),
        st.sampled_from(("USD", "EUR")),
        st.fixed_dictionaries(
            {
                "tag:project": st.none() | st.sampled_from(TAGGED),
                "tag:app": st.none() | st.sampled_from(TAGGED),
                "tag:team": st.none() | st.sampled_from(TEAM_TAGS),
                "account": st.none() | st.sampled_from((A, B)),
                "service": st.none() | st.sampled_from(SERVICES),
            }
        ),
    ),
    min_size=1,
    max_size=25,
)
PROJECTS = st.fixed_dictionaries(
    {"checkout": st.sampled_from(("dev", "net", {"team": "dev", "aliases": ["kasse"]}))},
    optional={
        "search": st.sampled_from(
            (
                "ops",
                {"team": "ops", "from": "2026-06-01"},
                [{"team": "ops", "until": "2026-06-01"}, {"team": "dev", "from": "2026-06-01"}],
            )
        )
    },
)
SHARED = st.sampled_from(
    (
        {"net": {"split": "even", "to": ["dev", "ops"]}},
        {"net": {"dev": 0.5, "ops": 0.5}, "shared": {"to": {"dev": "1/3", "ops": "2/3"}}},
        {"net": {"split": "even", "match": {"services": ["Net*"]}}},
    )
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "tag_keys": st.just({"project": ["project", "app"]}),
        "ignore_case": st.booleans(),
        "projects": PROJECTS,
        "teams": st.just({"dev": None, "ops": "bo"}),
        "shared": SHARED,
    },
    optional={
        "accounts": st.just({A: "ops"}),
        "filters": st.just({"services": {"exclude": ["S3"]}}),
    },
)
SHORT_FORM = DOCUMENTS.map(
    lambda document: {
        **document,
        "projects": {"checkout": "shared"},
        "shared": {"dev": 0.5, "ops": "1/2"},
    }
)


@settings(max_examples=150)
@given(DOCUMENTS | SHORT_FORM, COSTS)
def test_every_rule_takes_out_of_unknown_what_it_says(document: dict[str, Any], costs: list[Cost]) -> None:
    before = rules(**document)
    bill = table(costs, (*before.attribution_dimensions, *DIMENSIONS))
    unknown = unknown_costs(before, bill)
    promised: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for one in suggestions(allocate(bill, before), before):
        promised[one.rule][one.currency] = one.cost

    for rule, amounts in promised.items():
        text = yaml.safe_dump(pasted(document, load(rule).value), sort_keys=False, allow_unicode=True)
        after = unknown_costs(read_rules_text(text, "pasted"), bill)
        for currency, amount in amounts.items():
            assert unknown[currency] - after.get(currency, Decimal(0)) == amount, rule


def pasted(document: dict[str, Any], suggestion: dict[str, Any]) -> dict[str, Any]:
    """The document with the entries of a suggestion in place of those of the same name."""
    ((section, entries),) = suggestion.items()
    there = document.get(section, {})
    # Weights straight below `shared` are written out by the suggestion.
    kept = {} if all(isinstance(entry, str | float) for entry in there.values()) and section == "shared" else there
    return {**document, section: {**kept, **entries}}


def unknown_costs(given_rules: Rules, bill: Any) -> dict[str, Decimal]:
    wanted = [one for one in given_rules.attribution_dimensions if one not in bill.dimensions]
    assert wanted == []
    return {currency: total.unknown for currency, total in allocate(bill, given_rules).totals.items()}


def test_a_pasted_alias_gives_the_cost_to_the_team() -> None:
    costs = [cost("7", project="chekout")]
    ((rule, _, _),) = said(*costs, **DEV)

    after = read_rules_text(yaml.safe_dump(pasted(DEV, load(rule).value)), "pasted")

    assert by_team(allocated(after, *costs)) == {"dev": Decimal(7)}
