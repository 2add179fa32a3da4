"""Tags that AWS writes: who manages a resource, and what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.model import Observation, RelatedResource, Source
from tag_governance.domain.system_tags import load_system_tags

ROWS = load_system_tags()
INSTANCE = "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"


def seen(arn: str = INSTANCE, tags: Mapping[str, str] | None = None) -> Observation:
    return Observation(
        arn=arn,
        resource_type="ec2:instance",
        account="111122223333",
        region="eu-central-1",
        time=datetime(2026, 6, 1, tzinfo=UTC),
        source=Source.RECHECK,
        event_id="e",
        tags=tags or {},
    )


def tagged(key: str, value: str) -> Observation:
    return seen(tags={key: value})


@pytest.mark.parametrize(
    ("key", "value", "by"),
    [
        ("elasticbeanstalk:environment-id", "e-abcdefghij", None),  # anybody may write it
        ("aws:cloudformation:stack-name", "awseb-e-abcdefghij-stack", "AWS Elastic Beanstalk"),
        ("aws:cloudformation:stack-name", "SC-111122223333-pp-abcdefghijklm", "AWS Service Catalog"),
        ("aws:cloudformation:stack-name", "StackSet-AWSControlTowerBP-BASELINE-CLOUDTRAIL-1", "AWS Control Tower"),
        ("aws:cloudformation:stack-name", "my-awseb-e-stack", None),
        ("aws:cloudformation:stack-name", "shop", None),
        ("aws:eks:cluster-name", "shop", "Amazon EKS"),
        ("eks:cluster-name", "shop", None),
        ("aws:autoscaling:groupName", "shop", None),
        ("EKS:CLUSTER-NAME", "shop", None),
    ],
)
def test_the_service_that_manages_a_resource_is_known_by_its_tag(key: str, value: str, by: str | None) -> None:
    assert ROWS.manager_of(tagged(key, value)) == by


@pytest.mark.parametrize(
    ("role", "by"),
    [
        ("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "AWS Identity and Access Management"),
        ("aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_1", "AWS IAM Identity Center"),
        ("service-role/codebuild", None),
        ("shop", None),
    ],
)
def test_roles_of_services_are_known_by_their_path(role: str, by: str | None) -> None:
    assert ROWS.manager_of(seen(f"arn:aws:iam::111122223333:role/{role}")) == by


def test_an_instance_belongs_to_its_auto_scaling_group() -> None:
    (group,) = ROWS.related_to(tagged("aws:autoscaling:groupName", "shop-web"))

    assert group == RelatedResource(
        "arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:*:autoScalingGroupName/shop-web",
        "autoscaling:autoScalingGroup",
    )


def test_a_resource_belongs_to_its_stack() -> None:
    stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/11111111-2222-3333-4444-555555555555"

    made = tagged("aws:cloudformation:stack-id", stack)
    assert ROWS.stack_of(made) == (RelatedResource(stack, "cloudformation:stack"),)
    assert ROWS.related_to(made) == ()


@pytest.mark.parametrize(
    "stack",
    [
        "arn:aws:cloudformation:eu-central-1:444455556666:stack/shop/1",
        "arn:aws:sns:eu-central-1:111122223333:shop",
        "arn:aws-cn:cloudformation:eu-central-1:111122223333:stack/shop/1",
        "shop",
        "",
        "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop\n/1",
    ],
)
def test_a_tag_does_not_lead_to_another_account_or_service(stack: str) -> None:
    assert ROWS.stack_of(tagged("aws:cloudformation:stack-id", stack)) == ()


def test_a_global_resource_belongs_to_a_stack_of_any_region() -> None:
    stack = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/1"

    assert [related.arn for related in ROWS.stack_of(tagged("aws:cloudformation:stack-id", stack))] == [stack]


def test_a_group_may_have_spaces_in_its_name() -> None:
    (group,) = ROWS.related_to(tagged("aws:autoscaling:groupName", "shop web"))

    assert group.arn.endswith(":autoScalingGroupName/shop web")


def test_nobody_can_make_a_resource_look_managed_by_a_tag_of_his_own() -> None:
    assert [row.tag for row in ROWS.managed if row.tag is not None and not row.tag.startswith("aws:")] == []


def test_every_related_type_is_in_the_catalogue() -> None:
    catalogue = load_catalogue()

    assert [catalogue.type(relation.type).name for relation in ROWS.relations] == [row.type for row in ROWS.relations]


def test_every_row_has_its_source() -> None:
    sources = [*(row.source for row in ROWS.managed), *(row.source for row in ROWS.relations)]

    assert [source for source in sources if not source.startswith("https://docs.aws.amazon.com/")] == []
