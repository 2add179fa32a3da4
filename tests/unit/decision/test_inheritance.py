"""Values from what a resource belongs to, in the order of the schema; and resources that AWS services manage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tag_governance.decision.decide import decide
from tag_governance.domain.model import (
    Facts,
    Mode,
    NeedKind,
    Observation,
    Origin,
    RelatedResource,
    Source,
    Status,
    Verdict,
)
from tests.support.policies import HOME, policy, scope
from tools.policy_document import rule

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STACK = f"arn:aws:cloudformation:us-east-1:{HOME}:stack/shop/11111111-2222-3333-4444-555555555555"
GROUP = f"arn:aws:autoscaling:us-east-1:{HOME}:autoScalingGroup:*:autoScalingGroupName/web"
IMAGE = RelatedResource("arn:aws:ec2:us-east-1::image/ami-1", "ec2:image")
OF_STACK = {"aws:cloudformation:stack-id": STACK}
OF_GROUP = {"aws:autoscaling:groupName": "web"}
OF_EKS = {"aws:eks:cluster-name": "shop"}


def judge(
    tags: dict[str, str], derive_from: list[str], facts: Facts | None = None, related: tuple[RelatedResource, ...] = ()
) -> Verdict:
    governing = policy(scopes={"default": scope(tags=[rule("Owner", derive_from=derive_from, default="nobody")])})
    return decide(seen(tags, related), governing, facts or Facts(), NOW)


def seen(tags: dict[str, str], related: tuple[RelatedResource, ...] = (), **fields: Any) -> Observation:
    given: dict[str, Any] = {
        "arn": f"arn:aws:ec2:us-east-1:{HOME}:instance/i-0123456789abcdef0",
        "resource_type": "ec2:instance",
        "account": HOME,
        "region": "us-east-1",
        "time": NOW,
        "source": Source.CREATION,
        "event_id": "e",
        "tags": tags,
        "origin": Origin(NOW, related=related),
    }
    return Observation(**given | fields)


def value(verdict: Verdict) -> str:
    (fix,) = verdict.fixes
    return fix.value


def test_a_resource_takes_the_tag_of_its_stack() -> None:
    first = judge(OF_STACK, ["stack_tag"])
    assert [(need.kind, need.subject) for need in first.needs] == [(NeedKind.RELATED_TAGS, STACK)]

    assert value(judge(OF_STACK, ["stack_tag"], Facts(related_tags={STACK: {"Owner": "carol"}}))) == "carol"


def test_an_instance_takes_the_tag_of_its_auto_scaling_group() -> None:
    first = judge(OF_GROUP, ["related_tag"])
    assert [need.subject for need in first.needs] == [GROUP]

    assert value(judge(OF_GROUP, ["related_tag"], Facts(related_tags={GROUP: {"Owner": "carol"}}))) == "carol"


def test_what_it_was_made_from_comes_before_what_it_belongs_to() -> None:
    facts = Facts(related_tags={IMAGE.arn: {"Owner": "ann"}, GROUP: {"Owner": "carol"}})

    assert value(judge(OF_GROUP, ["related_tag"], facts, (IMAGE,))) == "ann"


def test_the_stack_is_not_asked_unless_the_schema_says_so() -> None:
    assert value(judge(OF_STACK, ["related_tag"])) == "nobody"
    assert value(judge(OF_GROUP, ["stack_tag"])) == "nobody"


def test_an_account_takes_the_tag_of_its_organizational_units() -> None:
    first = judge({}, ["ou_tag"])
    assert [(need.kind, need.subject) for need in first.needs] == [(NeedKind.UNIT_TAGS, HOME)]

    assert value(judge({}, ["ou_tag:Team"], Facts(unit_tags={HOME: {"Team": "platform"}}))) == "platform"


def test_sources_are_tried_in_the_order_of_the_schema() -> None:
    facts = Facts(
        related_tags={STACK: {"Owner": "stack"}},
        unit_tags={HOME: {"Owner": "unit"}},
        account_tags={HOME: {"Owner": "a"}},
    )

    assert value(judge(OF_STACK, ["stack_tag", "ou_tag", "account_tag"], facts)) == "stack"
    assert value(judge(OF_STACK, ["ou_tag", "stack_tag"], facts)) == "unit"
    assert value(judge({}, ["stack_tag", "account_tag", "ou_tag"], facts)) == "a"


@pytest.mark.parametrize(
    ("managed_by_aws", "status", "mode"),
    [
        ("govern", Status.NON_COMPLIANT, Mode.REMEDIATE),
        ("report", Status.NON_COMPLIANT, Mode.NOTIFY),
        ("ignore", Status.IGNORED, Mode.REMEDIATE),
    ],
)
def test_resources_of_services_are_treated_as_the_schema_says(managed_by_aws: str, status: Status, mode: Mode) -> None:
    governing = policy(managed_by_aws=managed_by_aws)

    verdict = decide(seen(OF_EKS), governing, Facts(), NOW)

    assert (verdict.status, verdict.mode) == (status, mode)
    assert verdict.is_to_be_written == (managed_by_aws == "govern")
    if managed_by_aws == "ignore":
        assert verdict.reason == "Amazon EKS manages it"


@pytest.mark.parametrize("managed_by_aws", ["govern", "report", "ignore"])
def test_resources_of_people_are_not_affected(managed_by_aws: str) -> None:
    verdict = decide(seen(OF_GROUP), policy(managed_by_aws=managed_by_aws), Facts(), NOW)

    assert (verdict.status, verdict.mode) == (Status.NON_COMPLIANT, Mode.REMEDIATE)


@pytest.mark.parametrize("mode", ["observe", "notify"])
def test_a_report_never_does_more_than_the_scope(mode: str) -> None:
    governing = policy(managed_by_aws="report", scopes={"default": scope(mode=mode)})

    assert decide(seen(OF_EKS), governing, Facts(), NOW).mode == mode
