from __future__ import annotations

from typing import Any

import pytest

from cost_allocation.engine.attribute import MissingDimension, attributions
from cost_allocation.model import Kind, Target
from cost_allocation.query import ACCOUNT, tag
from tests.support.costs import MAY, Cost, cost, decision, rules, table

EVERYTHING: dict[str, Any] = {
    "tag_keys": {"project": ["project", "app"], "team": ["team", "squad"]},
    "projects": {"web": "dev", "api": {"team": "ops", "aliases": ["api-v2"]}, "wires": "network"},
    "teams": {"dev": "ana", "ops": "bo"},
    "accounts": {"111122223333": {"team": "ops", "project": "sandbox"}, "444455556666": "network"},
    "filters": {"charge_categories": {"exclude": ["Tax"]}},
    "shared": {
        "network": {"split": "even", "to": ["dev", "ops"]},
        "support": {"split": "even", "match": {"services": ["AWS Support*"]}},
    },
}
DEV, OPS = Target(Kind.TEAM, "dev"), Target(Kind.TEAM, "ops")
NETWORK, SUPPORT = Target(Kind.POOL, "network"), Target(Kind.POOL, "support")
UNKNOWN = Target(Kind.UNKNOWN, "unknown")


def decided(one: Cost, **changes: Any) -> tuple[Target, str | None, str]:
    attribution = decision(rules(**EVERYTHING | changes), one)
    return attribution.target, attribution.project, attribution.rule


def test_a_filter_goes_before_everything() -> None:
    one = cost("1", charge_category="Tax", service="AWS Support (Business)", project="web", account="111122223333")

    assert decided(one) == (Target(Kind.EXCLUDED, "excluded"), None, 'filters (charge_category "Tax")')


def test_a_pool_that_claims_a_row_goes_before_its_tags() -> None:
    one = cost("1", service="AWS Support (Business)", project="web", team="ops", account="111122223333")

    assert decided(one) == (SUPPORT, None, 'shared.support.match (service "AWS Support (Business)")')


def test_a_project_goes_before_a_team() -> None:
    one = cost("1", project="web", team="ops", account="111122223333")

    assert decided(one) == (DEV, "web", 'projects.web (tag project "web")')


def test_a_team_goes_before_an_account() -> None:
    assert decided(cost("1", team="dev", account="111122223333")) == (DEV, None, 'teams.dev (tag team "dev")')


def test_an_account_takes_what_no_tag_decides() -> None:
    assert decided(cost("1", account="111122223333")) == (OPS, "sandbox", "accounts.111122223333")


def test_an_account_may_fall_back_to_a_pool() -> None:
    assert decided(cost("1", account="444455556666")) == (NETWORK, None, "accounts.444455556666")


def test_the_rest_is_unknown_and_says_which_values_no_rule_knows() -> None:
    assert decided(cost("1")) == (UNKNOWN, None, "unknown (no tag that the rules look at)")
    assert decided(cost("1", project="wbe", squad="dve", account="777788889999")) == (
        UNKNOWN,
        None,
        'unknown (tag project "wbe" is in no rule, tag squad "dve" is in no rule)',
    )


def test_a_tag_key_with_colons_is_named_as_it_is() -> None:
    keys = {"project": ["acme:cost:project"]}

    assert decided(cost("1", **{"acme:cost:project": "x"}), tag_keys=keys)[2] == (
        'unknown (tag acme:cost:project "x" is in no rule)'
    )


def test_the_first_key_whose_value_means_something_decides() -> None:
    assert decided(cost("1", project="web", app="api"))[0] == DEV
    assert decided(cost("1", app="api")) == (OPS, "api", 'projects.api (tag app "api")')
    assert decided(cost("1", team="dev", squad="ops"))[0] == DEV
    assert decided(cost("1", squad="ops")) == (OPS, None, 'teams.ops (tag squad "ops")')


def test_an_unknown_value_falls_through_to_the_next_key() -> None:
    assert decided(cost("1", project="wbe", app="api"))[0] == OPS
    assert decided(cost("1", project="wbe", team="nobody", squad="dev"))[0] == DEV
    assert decided(cost("1", project="wbe", account="111122223333"))[0] == OPS


def test_an_alias_means_its_project() -> None:
    assert decided(cost("1", project="api-v2")) == (OPS, "api", 'projects.api (tag project "api-v2")')


def test_a_project_may_belong_to_a_pool() -> None:
    assert decided(cost("1", project="wires")) == (NETWORK, "wires", 'projects.wires (tag project "wires")')


@pytest.mark.parametrize("key", ["project", "app", "team", "squad"])
def test_any_tag_may_name_a_pool(key: str) -> None:
    assert decided(cost("1", **{key: "network"})) == (NETWORK, None, f'shared.network (tag {key} "network")')


def test_a_project_tag_does_not_name_a_team() -> None:
    assert decided(cost("1", project="dev"))[0] == UNKNOWN


def test_nobody_is_called_unknown() -> None:
    assert decided(cost("1", team="unknown"))[0] == UNKNOWN


def test_a_project_may_be_given_to_nobody() -> None:
    assert decided(cost("1", project="old", team="dev"), projects={"old": "unknown"})[:2] == (UNKNOWN, "old")


def test_letter_case_counts_unless_it_is_ignored() -> None:
    shouted = cost("1", project=" WEB ")

    assert decided(shouted)[0] == UNKNOWN
    assert decided(shouted, ignore_case=True) == (DEV, "web", 'projects.web (tag project " WEB ")')
    assert decided(cost("1", project="API-V2"), ignore_case=True)[0] == OPS
    assert decided(cost("1", team="Network"), ignore_case=True)[0] == NETWORK


def test_a_match_ignores_letter_case_with_the_rest() -> None:
    shared = {"pool": {"match": {"tags": {"tier": ["Shared*"]}}}}
    one = cost("1", tier="shared services")

    assert decided(one, shared=shared, projects={}, accounts={})[0] == UNKNOWN
    assert decided(one, shared=shared, projects={}, accounts={}, ignore_case=True)[0] == Target(Kind.POOL, "pool")


def test_a_match_wants_one_pattern_of_every_dimension() -> None:
    shared = {"pool": {"match": {"services": ["EC2", "S3"], "tags": {"tier": ["core"]}, "regions": ["eu-*"]}}}

    def found(**values: str) -> tuple[Target, str | None, str]:
        return decided(cost("1", **values), shared=shared, projects={}, accounts={})

    assert found(service="S3", tier="core", region="eu-west-1") == (
        Target(Kind.POOL, "pool"),
        None,
        'shared.pool.match (service "S3", region "eu-west-1", tag tier "core")',
    )
    assert found(service="RDS", tier="core", region="eu-west-1")[0] == UNKNOWN
    assert found(service="S3", region="eu-west-1")[0] == UNKNOWN
    assert found(service="S3", tier="core", region="us-east-1")[0] == UNKNOWN


def test_of_two_pools_that_claim_a_row_the_first_in_the_file_has_it() -> None:
    shared = {"second": {"match": {"services": ["EC2"]}}, "first": {"match": {"services": ["E*"]}}}

    assert decided(cost("1", service="EC2"), shared=shared, projects={}, accounts={})[0].name == "second"


@pytest.mark.parametrize(
    ("patterns", "service", "passes"),
    [
        (["EC2"], "EC2", True),
        (["EC2"], "S3", False),
        (["EC2"], None, False),
        ({"exclude": ["S*"]}, "S3", False),
        ({"exclude": ["S*"]}, "EC2", True),
        ({"exclude": ["S*"]}, None, True),
        ({"include": ["S*"], "exclude": ["S3"]}, "SNS", True),
        ({"include": ["S*"], "exclude": ["S3"]}, "S3", False),
    ],
)
def test_filters(patterns: Any, service: str | None, passes: bool) -> None:
    values = {} if service is None else {"service": service}
    target, _, rule = decided(cost("1", project="web", **values), filters={"services": patterns})

    assert target == (DEV if passes else Target(Kind.EXCLUDED, "excluded"))
    if not passes:
        assert rule == ('filters (service "' + service + '")' if service else "filters (service without a value)")


def test_costs_without_what_the_rules_look_at_are_refused() -> None:
    given = rules(projects={"web": "dev"}, accounts={"111122223333": "dev"})

    with pytest.raises(MissingDimension, match=r"need tag:team, account, but the costs are grouped by tag:project$"):
        attributions(table([cost("1")], [tag("project")]), given)
    with pytest.raises(MissingDimension, match=r"but the costs are grouped by nothing$"):
        attributions(table([cost("1")], []), given)


def test_rules_look_at_nothing_that_they_do_not_need() -> None:
    assert rules().attribution_dimensions == ("tag:project", "tag:team")
    assert rules(accounts={"111122223333": "dev"}).attribution_dimensions == ("tag:project", "tag:team", ACCOUNT)
    assert rules(
        tag_keys={"project": ["app"], "team": ["app", "squad"]},
        filters={"regions": ["eu-*"]},
        shared={"pool": {"to": ["dev"], "match": {"services": ["S3"], "tags": {"app": ["x"], "tier": ["y"]}}}},
    ).attribution_dimensions == ("tag:app", "tag:squad", "region", "service", "tag:tier")


def test_rows_of_one_kind_share_a_decision() -> None:
    given = rules(projects={"web": "dev"})
    source = table(
        [cost("1", project="web"), cost("2", project="web"), cost("3", MAY, project="api")], ["tag:project", "tag:team"]
    )

    first, second, third = attributions(source, given)

    assert first is second
    assert third.target == UNKNOWN
