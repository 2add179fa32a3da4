"""The verdict on one resource: violations, fixes, and what is not changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tag_governance.decision.decide import MAX_TAGS, decide
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import (
    Facts,
    Mode,
    NeedKind,
    Observation,
    Origin,
    Problem,
    RelatedResource,
    Source,
    Status,
    Verdict,
)
from tests.support.policies import ENVIRONMENT, HOME, MEMBER, OWNER, exemption, policy, scope
from tools.policy_document import rule

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NO_FACTS = Facts()
VOLUME = RelatedResource(f"arn:aws:ec2:us-east-1:{HOME}:volume/vol-1", "ec2:volume")


THROTTLED = Failure(FailureKind.TRANSIENT, "ThrottlingException: slow down")


def seen(
    tags: dict[str, str] | None,
    *,
    account: str = HOME,
    actor: str | None = "alice",
    request_tags: dict[str, str] | None = None,
    related: tuple[RelatedResource, ...] = (),
    **fields: Any,
) -> Observation:
    """Build the observation of a new instance."""
    given: dict[str, Any] = {
        "arn": f"arn:aws:ec2:us-east-1:{account}:instance/i-1",
        "resource_type": "ec2:instance",
        "account": account,
        "region": "us-east-1",
        "time": NOW,
        "source": Source.CREATION,
        "event_id": "e-1",
        "tags": tags,
        "origin": Origin(NOW, actor, request_tags or {}, related),
    }
    return Observation(**given | fields)


def judge(tags: dict[str, str] | None, *rules: dict[str, Any], facts: Facts = NO_FACTS, **fields: Any) -> Verdict:
    return decide(seen(tags, **fields), policy(scopes={"default": scope(tags=list(rules))}), facts, NOW)


def fixes(verdict: Verdict) -> dict[str, tuple[str, str]]:
    return {fix.key: (fix.value, fix.why) for fix in verdict.fixes}


def test_a_resource_whose_tags_the_schema_allows_is_compliant() -> None:
    assert judge({"Environment": "dev", "Owner": "x", "Other": "y"}, ENVIRONMENT, OWNER).status is Status.COMPLIANT


def test_a_derived_value_comes_before_the_default() -> None:
    verdict = judge({}, rule("Owner", derive_from=["actor"], default="platform"))
    assert fixes(verdict) == {"Owner": ("alice", "derived from actor:Owner")}


def test_a_missing_tag_without_a_derived_value_gets_the_default() -> None:
    verdict = judge({}, rule("Owner", derive_from=["actor"], default="platform"), actor=None)
    assert fixes(verdict) == {"Owner": ("platform", "default")}


def test_a_missing_tag_without_any_value_needs_a_person() -> None:
    verdict = judge({}, rule("Owner"))
    assert (verdict.status, verdict.fixes, verdict.violations[0].problem) == (
        Status.NON_COMPLIANT,
        (),
        Problem.MISSING,
    )


def test_a_derived_value_that_is_not_allowed_is_not_used() -> None:
    verdict = judge({}, rule("Owner", derive_from=["actor", "account_id"], pattern="[0-9]+"))
    assert fixes(verdict)["Owner"][0] == HOME


@pytest.mark.parametrize("value", ["a" * 257, "semi;colon", "tab\there", "line\nbreak"])
def test_a_derived_value_that_no_tagging_api_accepts_is_not_used(value: str) -> None:
    assert fixes(judge({}, rule("Owner", derive_from=["actor"], default="d"), actor=value)) == {
        "Owner": ("d", "default")
    }


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("account_id", HOME),
        ("region", "us-east-1"),
        ("date", "2026-06-01"),
        ("actor", "alice"),
        ("request_tag:Team", "x"),
    ],
)
def test_every_source_of_the_event_itself_gives_its_value(source: str, value: str) -> None:
    verdict = judge({}, rule("Key", derive_from=[source]), request_tags={"Team": "x"})
    assert fixes(verdict)["Key"][0] == value


def test_a_value_from_aws_is_requested_and_then_used() -> None:
    wanted = rule("Owner", derive_from=["related_tag", "account_tag:Team"])
    first = judge({}, wanted, related=(VOLUME,))
    assert first.status is Status.UNDECIDED
    assert [(n.kind, n.subject) for n in first.needs] == [(NeedKind.RELATED_TAGS, VOLUME.arn)]

    facts = Facts(related_tags={VOLUME.arn: {"owner": "carol"}})
    assert fixes(judge({}, wanted, facts=facts, related=(VOLUME,)))["Owner"][0] == "carol"

    second = judge({}, wanted, facts=Facts(related_tags={VOLUME.arn: {}}), related=(VOLUME,))
    assert [(n.kind, n.subject) for n in second.needs] == [(NeedKind.ACCOUNT_TAGS, HOME)]

    facts = Facts(related_tags={VOLUME.arn: {}}, account_tags={HOME: {"Team": "blue"}})
    assert fixes(judge({}, wanted, facts=facts, related=(VOLUME,)))["Owner"][0] == "blue"


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        ("account_tag:Team", Facts(account_tags={HOME: THROTTLED})),
        ("related_tag", Facts(related_tags={VOLUME.arn: THROTTLED})),
    ],
)
def test_an_unreadable_source_leaves_the_verdict_undecided_without_a_default(source: str, facts: Facts) -> None:
    verdict = judge({}, rule("Owner", derive_from=[source], default="platform"), facts=facts, related=(VOLUME,))

    assert (verdict.status, verdict.failure, verdict.fixes) == (Status.UNDECIDED, THROTTLED, ())


@pytest.mark.parametrize("key", ["environment", "ENVIRONMENT", "env", "Env", "stage"])
def test_a_misspelt_key_is_copied_to_the_right_key_and_stays(key: str) -> None:
    (fix,) = judge({key: "Production"}, ENVIRONMENT).fixes
    assert (fix.key, fix.value, fix.why, fix.remove_keys) == ("Environment", "prod", "key_spelling", ())


def test_the_old_key_is_removed_only_with_replace_key_aliases() -> None:
    (fix,) = judge({"env": "prod"}, ENVIRONMENT | {"replace_key_aliases": True}).fixes
    assert fix.remove_keys == ("env",)


def test_an_old_key_that_differs_by_case_is_not_removed_if_aws_ignores_case() -> None:
    replacing = ENVIRONMENT | {"replace_key_aliases": True}
    (fix,) = judge({"environment": "prod"}, replacing, case_sensitive_keys=False).fixes
    assert fix.remove_keys == ()


def test_two_spellings_with_different_values_need_a_person() -> None:
    (violation,) = judge({"env": "prod", "stage": "dev"}, ENVIRONMENT).violations
    assert (violation.problem, violation.found, violation.fix) == (Problem.AMBIGUOUS_KEY, "env, stage", None)


def test_a_misspelt_value_is_normalised() -> None:
    assert fixes(judge({"Environment": "PROD"}, ENVIRONMENT)) == {"Environment": ("prod", "value_spelling")}


@pytest.mark.parametrize("tags", [{"Environment": "staging"}, {"env": "staging"}])
def test_a_value_that_is_not_allowed_is_never_replaced_by_a_default(tags: dict[str, str]) -> None:
    (violation,) = judge(tags, ENVIRONMENT).violations
    assert (violation.problem, violation.found, violation.fix) == (Problem.VALUE_NOT_ALLOWED, "staging", None)


def test_a_type_without_tag_api_needs_a_person_and_no_facts() -> None:
    cost = rule("Cost", derive_from=["account_tag:CostCenter"])

    verdict = judge({"Environment": "DEV"}, ENVIRONMENT, OWNER, cost, taggable=False)

    assert verdict.status is Status.NON_COMPLIANT
    assert [(v.key, v.problem) for v in verdict.violations] == [
        ("Environment", Problem.MISSPELT_VALUE),
        ("Owner", Problem.MISSING),
        ("Cost", Problem.MISSING),
    ]
    assert verdict.fixes == ()
    assert verdict.needs == ()


def test_an_optional_tag_may_be_absent_but_not_wrong() -> None:
    optional = ENVIRONMENT | {"required": False}
    assert judge({}, optional).status is Status.COMPLIANT
    assert judge({"Environment": "staging"}, optional).status is Status.NON_COMPLIANT


def test_a_blank_value_of_a_required_tag_counts_as_missing() -> None:
    assert fixes(judge({"Owner": "  "}, OWNER)) == {"Owner": ("alice", "derived from actor:Owner")}


def test_a_rule_for_other_types_does_not_apply() -> None:
    assert judge({}, rule("Owner", resource_types=["s3:bucket"])).status is Status.IGNORED


def test_unknown_tags_leave_the_verdict_undecided() -> None:
    assert judge(None, OWNER).status is Status.UNDECIDED


def test_a_full_resource_gets_no_more_tags_but_a_violation() -> None:
    full = {f"k{i}": "v" for i in range(MAX_TAGS - 1)} | {"aws:cloudformation:stack-name": "s"}
    verdict = judge(full, ENVIRONMENT, OWNER)
    assert [fix.key for fix in verdict.fixes] == ["Environment"]
    assert [(v.key, v.problem) for v in verdict.violations if v.fix is None] == [("Owner", Problem.NO_ROOM)]


@pytest.mark.parametrize(("case_sensitive_keys", "problem"), [(False, Problem.MISSPELT_KEY), (True, Problem.NO_ROOM)])
def test_another_case_of_a_key_needs_no_room_if_aws_ignores_case(case_sensitive_keys: bool, problem: Problem) -> None:
    full = {f"key{i}": "x" for i in range(49)} | {"ENVIRONMENT": "dev"}

    verdict = judge(full, ENVIRONMENT | {"replace_key_aliases": True}, case_sensitive_keys=case_sensitive_keys)

    assert [v.problem for v in verdict.violations] == [problem]


def test_a_new_key_needs_room_even_if_aws_ignores_case() -> None:
    full = {f"key{i}": "x" for i in range(49)} | {"environment": "dev"}

    verdict = judge(full, ENVIRONMENT, OWNER, case_sensitive_keys=False)

    assert {v.key: v.problem for v in verdict.violations} == {
        "Environment": Problem.MISSPELT_KEY,
        "Owner": Problem.NO_ROOM,
    }


def test_a_full_resource_can_still_have_a_value_corrected() -> None:
    full = {f"k{i}": "v" for i in range(MAX_TAGS - 1)} | {"Environment": "PROD"}
    assert fixes(judge(full, ENVIRONMENT)) == {"Environment": ("prod", "value_spelling")}


def test_aws_tags_are_not_aliases() -> None:
    assert judge({"aws:owner": "x"}, rule("Owner", key_aliases=["aws:owner"])).violations[0].problem is Problem.MISSING


@pytest.mark.parametrize(
    ("selector", "covered"),
    [
        ({"arns": ["arn:aws:ec2:*:instance/i-*"]}, True),
        ({"arns": ["arn:aws:s3:::*"]}, False),
        ({"accounts": [HOME]}, True),
        ({"accounts": [MEMBER]}, False),
        ({"resource_types": ["ec2:instance"]}, True),
        ({"tags": {"legacy": "yes"}}, True),
        ({"tags": {"legacy": "no"}}, False),
        ({"tags": {"legacy": "yes", "tier": "gold"}}, True),
        ({"tags": {"legacy": "yes", "tier": "silver"}}, False),
        ({"tags": {"legacy": "yes", "team": "a"}}, False),
        ({"accounts": [HOME], "resource_types": ["s3:bucket"]}, False),
        ({"accounts": [HOME], "expires": "2026-06-01"}, True),
        ({"accounts": [HOME], "expires": "2026-05-31"}, False),
    ],
)
def test_an_exemption_covers_what_all_its_selectors_match_until_its_last_day(
    selector: dict[str, Any], covered: bool
) -> None:
    exempting = policy(exemptions=[exemption(**selector)])
    verdict = decide(seen({"legacy": "yes", "tier": "gold"}), exempting, Facts(), NOW)
    assert (verdict.status is Status.EXEMPT, verdict.reason == "legacy") == (covered, covered)


def test_an_exempt_resource_that_complies_is_simply_compliant() -> None:
    exempting = policy(exemptions=[exemption(accounts=[HOME])])
    assert decide(seen({"Environment": "dev", "Owner": "x"}), exempting, Facts(), NOW).status is Status.COMPLIANT


ORGANIZATION = policy(
    scopes={
        "default": scope("observe"),
        "sandbox": scope("remediate", target="ou-ab12-sandbox1"),
        "billing": scope("notify", target=MEMBER),
    },
)


@pytest.mark.parametrize(
    ("name", "mode"), [("default", Mode.OBSERVE), ("billing", Mode.NOTIFY), ("sandbox", Mode.REMEDIATE)]
)
def test_an_account_is_governed_by_its_scope(name: str, mode: Mode) -> None:
    verdict = decide(seen({}, account=MEMBER), ORGANIZATION, Facts(scope_of_account={MEMBER: name}), NOW)
    assert (verdict.scope, verdict.mode) == (name, mode)


@pytest.mark.parametrize("account", [HOME, MEMBER, "444444444444"], ids=["own", "target of a scope", "other"])
def test_every_account_of_an_organization_is_looked_up(account: str) -> None:
    (need,) = decide(seen({}, account=account), ORGANIZATION, Facts(), NOW).needs
    assert (need.kind, need.subject) == (NeedKind.SCOPE_OF_ACCOUNT, account)


def test_an_account_with_unreadable_position_waits() -> None:
    facts = Facts(scope_of_account={"444444444444": THROTTLED})
    verdict = decide(seen({}, account="444444444444"), ORGANIZATION, facts, NOW)
    assert (verdict.status, verdict.failure) == (Status.UNDECIDED, THROTTLED)


def test_an_account_that_is_not_in_the_organization_is_a_gap_and_never_compliant() -> None:
    facts = Facts(scope_of_account={"444444444444": None})
    verdict = decide(seen({"Environment": "dev", "Owner": "x"}, account="444444444444"), ORGANIZATION, facts, NOW)
    assert verdict.status is Status.NOT_EVALUATED


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        (f"arn:aws:ec2:us-east-1:{MEMBER}:instance/i-1", f"the ARN is of account {MEMBER}, the event of {HOME}"),
        (f"arn:aws-cn:ec2:cn-north-1:{HOME}:instance/i-1", "the ARN is of partition aws-cn"),
    ],
)
def test_a_resource_of_another_account_than_its_event_is_ignored(arn: str, reason: str) -> None:
    verdict = judge({}, OWNER, arn=arn)
    assert (verdict.status, verdict.reason, verdict.fixes) == (Status.IGNORED, reason, ())


def test_an_arn_without_account_belongs_to_the_account_of_its_event() -> None:
    verdict = judge({}, OWNER, arn="arn:aws:s3:::records", resource_type="s3:bucket")
    assert verdict.status is Status.NON_COMPLIANT


TAGS = st.dictionaries(
    st.sampled_from(["Environment", "environment", "env", "stage", "Owner", "OWNER", "Cost"]),
    st.sampled_from(["dev", "DEV", "prod", "Production", "staging", "", " prod", "x"]),
)


@given(TAGS)
def test_an_allowed_value_is_never_changed(tags: dict[str, str]) -> None:
    rules = {r.key: r for r in policy().scopes["default"].rules}
    verdict = decide(seen(tags), policy(), Facts(), NOW)
    touched = {fix.key for fix in verdict.fixes} | {key for fix in verdict.fixes for key in fix.remove_keys}
    assert [key for key in touched if key in tags and rules[key].allows(tags[key])] == []


@given(TAGS)
def test_a_fixed_resource_needs_no_further_fix(tags: dict[str, str]) -> None:
    fixed = dict(tags)
    for fix in decide(seen(tags), policy(), Facts(), NOW).fixes:
        fixed[fix.key] = fix.value
    assert decide(seen(fixed), policy(), Facts(), NOW).fixes == ()
