"""The templates of `modules/member-stackset` make what `modules/member-account` makes, statement for statement."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloudformation import Place, Template
from tests.terraform.conftest import Rendered

PLACE = Place(account="444455556666", region="eu-central-1")

BODY_LIMIT = 51200
"""Bytes of a template in a call. Source: CloudFormation endpoints and quotas."""
URL_LIMIT = 460800
"""Bytes of a template in a bucket. Source: aws_cloudformation_stack_set of the AWS provider; AWS allows 1 MB."""

Resources = dict[str, dict[str, Any]]


class Planned:
    """The plan of both ways."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def of_account(self, resource_type: str) -> list[dict[str, Any]]:
        """Return what the Terraform module makes of a type."""
        return [
            resource
            for address, resource in self.resources.items()
            if address.startswith("module.account.") and f".{resource_type}." in address
        ]

    def stack_set(self, kind: str) -> dict[str, Any]:
        """Return the StackSet `role` or `forwarding`."""
        return self.resources[f'module.stackset.aws_cloudformation_stack_set.this["{kind}"]']

    def template_text(self, kind: str) -> str:
        """Return the template of a StackSet, from the call or from the bucket."""
        text: str | None = self.stack_set(kind).get("template_body")
        uploaded = self.resources.get(f'module.stackset.aws_s3_object.template["{kind}"]')
        assert (text is None) != (uploaded is None)
        return text if text is not None else str(uploaded and uploaded["content"])

    def template(self, kind: str) -> Template:
        """Return the template of a StackSet as it is in `PLACE`."""
        return Template.read(self.template_text(kind), PLACE, self.stack_set(kind)["parameters"])

    def of_templates(self, resource_type: str) -> list[dict[str, Any]]:
        """Return what both templates make of a type."""
        return [made for kind in ("role", "forwarding") for made in self.template(kind).of_type(resource_type)]


@pytest.fixture(scope="module")
def few(rendered: Rendered) -> Planned:
    """Plan both ways for a few resource types, with everything that is optional."""
    return Planned(rendered.plan("member_ways.tftest.hcl", "few_types"))


@pytest.fixture(scope="module")
def every(rendered: Rendered) -> Planned:
    """Plan both ways for every resource type."""
    return Planned(rendered.plan("member_ways.tftest.hcl", "every_type"))


@pytest.fixture(params=["few", "every"])
def planned(request: pytest.FixtureRequest) -> Planned:
    """Return each of the two plans."""
    found: Planned = request.getfixturevalue(request.param)
    return found


def statements(document: str | dict[str, Any]) -> list[str]:
    """Return the statements of a policy, one text each, with lists of one as their value and sorted."""
    policy = json.loads(document) if isinstance(document, str) else document
    assert policy.keys() == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    return sorted(json.dumps(plain(statement), sort_keys=True) for statement in policy["Statement"])


def plain(value: Any) -> Any:
    """Write a part of a policy in one way: IAM reads a value and a list of it alike, in any order."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return plain(value[0]) if len(value) == 1 else sorted(plain(part) for part in value)
    return value


def by(key: str, made: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Index resources by the value of a property."""
    found = {resource[key]: resource for resource in made}
    assert len(found) == len(made)
    return found


def test_the_same_roles_are_trusted_by_the_same(planned: Planned) -> None:
    terraform = {
        role["name"]: (
            role["description"],
            role["permissions_boundary"],
            role["path"] or "/",
            statements(role["assume_role_policy"]),
        )
        for role in planned.of_account("aws_iam_role")
    }
    template = {
        role["RoleName"]: (
            role["Description"],
            role.get("PermissionsBoundary"),
            role.get("Path", "/"),
            statements(role["AssumeRolePolicyDocument"]),
        )
        for role in planned.of_templates("AWS::IAM::Role")
    }

    assert terraform.keys() == {"tags-member", "tags-forwarding-eu-central-1"}
    assert template == terraform


def test_the_member_role_may_do_the_same(planned: Planned) -> None:
    terraform = {
        policy["name"]: (policy["description"], policy["path"], statements(policy["policy"]))
        for policy in planned.of_account("aws_iam_policy")
    }
    template = {
        policy["ManagedPolicyName"]: (
            policy["Description"],
            policy.get("Path", "/"),
            statements(policy["PolicyDocument"]),
        )
        for policy in planned.of_templates("AWS::IAM::ManagedPolicy")
    }

    assert sum(len(documents) for _, _, documents in terraform.values()) >= 5
    assert template == terraform


def test_the_policies_are_those_of_the_member_role(planned: Planned) -> None:
    attached = [attachment["role"] for attachment in planned.of_account("aws_iam_role_policy_attachment")]
    roles = [policy["Roles"] for policy in planned.of_templates("AWS::IAM::ManagedPolicy")]

    assert roles == [[role] for role in attached]
    assert set(attached) == {"tags-member"}


def test_each_policy_of_the_template_fits_the_quotas_of_iam(planned: Planned) -> None:
    policies = by("ManagedPolicyName", planned.of_templates("AWS::IAM::ManagedPolicy"))

    # Of an account and a partition with the longest names.
    longest = Place(account="444455556666", region="us-gov-west-1", partition="aws-us-gov")
    template = Template.read(planned.template_text("role"), longest, planned.stack_set("role")["parameters"])
    sizes = [
        len(json.dumps(policy["PolicyDocument"], separators=(",", ":")))
        for policy in template.of_type("AWS::IAM::ManagedPolicy")
    ]
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert max(sizes) <= 6144
    assert 1 <= len(policies) <= 10


def test_the_same_events_are_forwarded_to_the_same_bus(planned: Planned) -> None:
    terraform = {
        rule["name"]: (rule["description"], json.loads(rule["event_pattern"]), rule["event_bus_name"] or "default")
        for rule in planned.of_account("aws_cloudwatch_event_rule")
    }
    rules = by("Name", planned.of_templates("AWS::Events::Rule"))
    template = {
        name: (rule["Description"], rule["EventPattern"], rule.get("EventBusName", "default"))
        for name, rule in rules.items()
    }

    assert {"tags-alarms", "tags-creation-01", "tags-tag-changes"} <= terraform.keys()
    assert template == terraform
    assert {rule.get("State", "ENABLED") for rule in rules.values()} == {"ENABLED"}


def test_each_rule_has_the_same_target(planned: Planned) -> None:
    terraform = {
        target["rule"]: {
            "Id": target["target_id"],
            "Arn": target["arn"],
            "RoleArn": target["role_arn"],
            "DeadLetterConfig": {"Arn": target["dead_letter_config"][0]["arn"]},
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": target["retry_policy"][0]["maximum_event_age_in_seconds"],
                "MaximumRetryAttempts": target["retry_policy"][0]["maximum_retry_attempts"],
            },
        }
        for target in planned.of_account("aws_cloudwatch_event_target")
    }
    template = {rule["Name"]: rule["Targets"] for rule in planned.of_templates("AWS::Events::Rule")}

    assert template == {rule: [target] for rule, target in terraform.items()}


def test_the_forwarding_role_may_do_the_same(planned: Planned) -> None:
    (terraform,) = planned.of_account("aws_iam_role_policy")
    (template,) = planned.of_templates("AWS::IAM::RolePolicy")

    assert (template["RoleName"], template["PolicyName"]) == (terraform["role"], terraform["name"])
    assert statements(template["PolicyDocument"]) == statements(terraform["policy"])


def test_undelivered_events_wait_in_the_same_queue(planned: Planned) -> None:
    (queue,) = planned.of_account("aws_sqs_queue")
    (queue_policy,) = planned.of_account("aws_sqs_queue_policy")
    (template,) = planned.of_templates("AWS::SQS::Queue")
    (template_policy,) = planned.of_templates("AWS::SQS::QueuePolicy")

    assert template == {
        "QueueName": queue["name"],
        "MessageRetentionPeriod": queue["message_retention_seconds"],
        "SqsManagedSseEnabled": queue["sqs_managed_sse_enabled"],
    }
    assert template_policy["Queues"] == [queue_policy["queue_url"]]
    assert statements(template_policy["PolicyDocument"]) == statements(queue_policy["policy"])


def test_the_same_alarm_watches_the_queue(planned: Planned) -> None:
    (terraform,) = planned.of_account("aws_cloudwatch_metric_alarm")
    (template,) = planned.of_templates("AWS::CloudWatch::Alarm")

    assert template == {
        "AlarmName": terraform["alarm_name"],
        "AlarmDescription": terraform["alarm_description"],
        "Namespace": terraform["namespace"],
        "MetricName": terraform["metric_name"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in terraform["dimensions"].items()],
        "Statistic": terraform["statistic"],
        "Period": terraform["period"],
        "EvaluationPeriods": terraform["evaluation_periods"],
        "Threshold": terraform["threshold"],
        "ComparisonOperator": terraform["comparison_operator"],
        "TreatMissingData": terraform["treat_missing_data"],
    }


def test_everything_has_the_same_tags(planned: Planned) -> None:
    tagged = [resource["tags"] for resource in planned.resources.values() if resource.get("tags") is not None]

    assert len(tagged) >= 10
    assert all(tags == {"Owner": "platform-team", "Purpose": "${governance}"} for tags in tagged)


def test_templates_make_nothing_else(planned: Planned) -> None:
    types = {
        resource["Type"]
        for kind in ("role", "forwarding")
        for resource in json.loads(planned.template_text(kind))["Resources"].values()
    }

    assert types == {
        "AWS::CloudWatch::Alarm",
        "AWS::Events::Rule",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::IAM::RolePolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }


@pytest.mark.parametrize("kind", ["role", "forwarding"])
def test_a_template_of_every_type_fits(every: Planned, kind: str) -> None:
    size = len(every.template_text(kind).encode())

    assert size <= (BODY_LIMIT if every.stack_set(kind).get("template_body") else URL_LIMIT)


def test_rules_of_every_type_come_from_the_bucket(every: Planned) -> None:
    template = every.resources['module.stackset.aws_s3_object.template["forwarding"]']
    url = every.stack_set("forwarding")["template_url"]

    assert len(template["content"].encode()) > BODY_LIMIT
    assert url == f"https://{template['bucket']}.s3.eu-central-1.amazonaws.com/{template['key']}"


@pytest.mark.parametrize("kind", ["role", "forwarding"])
def test_cloudformation_knows_every_property_of_the_templates(planned: Planned, kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"{kind}.json"
    file.write_text(planned.template_text(kind))
    cfn_lint = Path(sys.executable).with_name("cfn-lint")

    # W3037: its list of actions lacks services that AWS has closed; the catalogue's tests check the actions.
    command = [str(cfn_lint), "--ignore-checks", "W3037", "--", str(file)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)

    assert linted.returncode == 0, linted.stdout + linted.stderr
