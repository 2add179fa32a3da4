"""examples/tooling-account, applied on an embedded AWS: delegation, function and policies in three accounts.

The emulator refuses every call of Organizations that is not delegated; service control policies it only keeps, so the
calls that were made are judged here. The tests share one apply and run in the order they are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from botocore.exceptions import ClientError

from tools.emulator import examples, organization
from tools.emulator.calls import Call
from tools.emulator.cloudtrail import Trail, delayed_copy
from tools.emulator.deliver import deliver
from tools.emulator.deployed_stack import DeployedStack
from tools.emulator.examples import ToolingAccount
from tools.emulator.organization import Organization
from tools.emulator.polling import wait_until
from tools.emulator.stack import REGION, Stack
from tools.emulator.tags import tags_of
from tools.emulator.terraform import Terraform, copy_module
from tools.permissions.calls import needs, role_request
from tools.permissions.estate import Estate, applied_resources, read_estate
from tools.permissions.policy import Request, Statement, read_policy
from tools.permissions.review import review_applied

DEADLINE_SECONDS = 60
PROTECTED = {"aws_ResourceTag/CostCenter": "CC-4711"}
"""The worst case of a call: the resource carries the protected tag."""

# How each kind of resource is deleted.
DELETIONS = {
    "aws_cloudwatch_event_bus": "events:DeleteEventBus",
    "aws_cloudwatch_event_rule": "events:DeleteRule",
    "aws_cloudwatch_log_group": "logs:DeleteLogGroup",
    "aws_dynamodb_table": "dynamodb:DeleteTable",
    "aws_iam_policy": "iam:DeletePolicy",
    "aws_iam_role": "iam:DeleteRole",
    "aws_lambda_function": "lambda:DeleteFunction",
    "aws_s3_bucket": "s3:DeleteBucket",
    "aws_scheduler_schedule": "scheduler:DeleteSchedule",
    "aws_sns_topic": "sns:DeleteTopic",
    "aws_sqs_queue": "sqs:DeleteQueue",
}

# Calls of the functions on the stack that change nothing of it. Policies leave them to the account's own permissions.
USES = {
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "sns:Publish",
    "sqs:ChangeMessageVisibility",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "sts:SetSourceIdentity",
}


@dataclass(frozen=True)
class Applied:
    """The applied example, and the accounts of its parts."""

    stack: Stack
    parts: ToolingAccount
    deployed: DeployedStack
    organization: Organization
    tooling_account: str
    policies_account: str

    @property
    def calls(self) -> list[Call]:
        """List the calls of the functions so far."""
        return self.stack.calls()


@dataclass(frozen=True)
class Made:
    """The calls that the functions made until now, as permissions on resources that carry the protected tag.

    `estate` has the roles and resource policies of the tooling account and of the member account.
    """

    estate: Estate
    requests: list[Request]


@pytest.fixture(scope="module")
def applied(stack: Stack, created: Organization) -> Iterator[Applied]:
    client = stack.client(created.governance_account, "organizations")
    unit = client.create_organizational_unit(ParentId=created.root_id, Name="Infrastructure")["OrganizationalUnit"][
        "Id"
    ]
    tooling, policies = (organization.add_account(stack, name, unit) for name in ("tooling", "policies"))
    parts = examples.tooling_account(stack, created, tooling, policies, copy_module(stack.folder / "module"))
    for part in (parts.management, parts.tooling, parts.policies):
        part.init()
    stack.clear_calls()
    parts.management.apply()
    parts.tooling.apply()
    outputs = parts.tooling.outputs()
    parts.policies.environment["TF_VAR_tooling_stack"] = json.dumps(outputs["stack"])
    parts.policies.apply()
    yield Applied(stack, parts, DeployedStack(stack, outputs, tooling), created, tooling, policies)
    parts.policies.destroy(refresh=False)
    parts.management.destroy(refresh=False)


@pytest.fixture(scope="module")
def made(applied: Applied) -> Made:
    estate = read_estate(applied_resources(state_of(applied.parts.tooling)), applied.organization.id)
    return Made(estate, [request.with_context(**PROTECTED) for request in needs(applied.calls, estate)])


def test_second_plans_by_other_identities_are_empty(applied: Applied) -> None:
    for part, account in (
        (applied.parts.management, applied.organization.governance_account),
        (applied.parts.tooling, applied.tooling_account),
        (applied.parts.policies, applied.policies_account),
    ):
        auditor = Terraform(part.folder, {**part.environment, **session_of("Auditor", account, applied.stack)})

        assert auditor.changes() == "", part.folder.name


def test_accounts_may_do_what_is_delegated_and_no_more(applied: Applied) -> None:
    tooling, policies = (
        applied.stack.client(account, "organizations")
        for account in (applied.tooling_account, applied.policies_account)
    )
    child = applied.organization.member_account

    assert policies.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert tooling.list_parents(ChildId=child)["Parents"]
    for call in (tooling.list_accounts, policies.leave_organization):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_the_function_corrects_in_the_member_account_and_in_its_own(applied: Applied) -> None:
    applied.deployed.disable_delays()
    for account in (applied.organization.member_account, applied.tooling_account):
        session, trail = applied.stack.session(account), Trail()
        trail.attach(session, account, "bob@example.com")
        session.client("sqs").create_queue(QueueName="untagged")
        volume = session.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]

        assert deliver(applied.stack, *[delayed_copy(event) for event in trail.events])

        wait_for_tags(applied, account, f"arn:aws:sqs:{REGION}:{account}:untagged")
        wait_for_tags(applied, account, f"arn:aws:ec2:{REGION}:{account}:volume/{volume}")
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    applied.deployed.settle()


def test_every_call_of_the_functions_passes_all_policies(applied: Applied, made: Made) -> None:
    outputs = applied.deployed.outputs
    roles = {*outputs["stack"]["function_role_arns"], outputs["member_role_arn"]}

    assert {request.principal.name for request in made.requests} == roles
    assert [request for request in made.requests if is_denied(applied, request)] == []
    review = review_applied(state_of(applied.parts.tooling), applied.calls, applied.organization.id)
    assert review.refused_requests == []


def test_every_call_to_organizations_is_delegated(applied: Applied, made: Made) -> None:
    delegated = read_policy("delegation", applied.parts.management.outputs()["delegation_policy_document"])
    asked = [request for request in made.requests if request.action.startswith("organizations:")]

    assert asked
    for request in asked:
        assert any(s.names_account(request.principal) and s.is_about(request) for s in delegated), request


def test_the_same_calls_of_others_are_denied(applied: Applied, made: Made) -> None:
    other = developer(applied.organization.member_account)
    same = [as_role(other, request, made.estate) for request in made.requests]
    of_stack = tuple(arn for arns in made.estate.arns.values() for arn in arns)
    on_stack = [request for request in same if request.resource.startswith(of_stack)]
    protected = [request for request in same if "CostCenter" in request.tag_keys]

    assert "dynamodb:PutItem" in {request.action for request in on_stack if is_denied(applied, request)}
    assert {request.action for request in on_stack if not is_denied(applied, request)} <= USES
    assert protected
    assert [request for request in protected if not is_denied(applied, request)] == []


def test_only_those_who_are_named_may_delete_the_stack_and_the_member_role(applied: Applied, made: Made) -> None:
    deletions = [
        (DELETIONS[kind], arn)
        for name, arns in made.estate.arns.items()
        if (kind := name.partition(".")[0]) in DELETIONS
        for arn in arns
    ]
    assert {arn for _, arn in deletions} >= {
        applied.deployed.outputs["member_role_arn"],
        *applied.deployed.outputs["stack"]["function_role_arns"],
    }

    for action, arn in deletions:
        account = arn.split(":")[4] or applied.tooling_account
        deletion = role_request(developer(account), action, arn, account, made.estate)
        assert is_denied(applied, deletion), deletion
        for name in ("Deployment", "OrganizationAdministrator"):
            assert not is_denied(applied, as_role(f"arn:aws:iam::{account}:role/{name}", deletion, made.estate))


def test_unless_it_is_named_the_stack_is_open_and_protected_tags_are_out_of_its_reach(
    applied: Applied, made: Made
) -> None:
    other_stack = {
        "name": "other",
        "function_role_arns": [f"arn:aws:iam::{applied.tooling_account}:role/other-remediation"],
        "member_role_name": "other-member",
    }
    part, saved = applied.parts.policies, applied.stack.folder / "unaware.tfplan"
    unaware = Terraform(part.folder, {**part.environment, "TF_VAR_tooling_stack": json.dumps(other_stack)})
    unaware.plan(out=saved)
    outputs = json.loads(unaware.run("show", "-json", "-no-color", str(saved)))["planned_values"]["outputs"]
    (document,) = outputs["service_control_policy_documents"]["value"]["organization"]
    statements = read_policy("unaware", document)

    denied = [request for request in made.requests if is_denied_by(statements, request)]

    assert {r.principal.account for r in denied} == {applied.tooling_account, applied.organization.member_account}
    assert all("CostCenter" in request.tag_keys for request in denied)
    (ledger,) = made.estate.arns["aws_dynamodb_table.ledger"]
    account = applied.tooling_account
    deletion = role_request(developer(account), "dynamodb:DeleteTable", ledger, account, made.estate)
    assert is_denied(applied, deletion)
    assert not is_denied_by(statements, deletion)


def wait_for_tags(applied: Applied, account: str, arn: str) -> None:
    wanted = {"Environment": "dev", "Owner": "bob@example.com", "CostCenter": "CC-4711"}
    wait_until(f"{arn} has {wanted}", lambda: tags_of(applied.stack, account, arn) == wanted, DEADLINE_SECONDS)


def as_role(arn: str, request: Request, estate: Estate) -> Request:
    """Make the same request as another role."""
    asked = role_request(arn, request.action, request.resource, request.account, estate)
    return asked.with_tag_keys(*request.tag_keys).with_context(**PROTECTED)


def is_denied(applied: Applied, request: Request) -> bool:
    """Judge a request by the policies attached to the account of its principal, and to what is above it."""
    return is_denied_by(statements_of(applied.stack, str(request.principal.account)), request)


def is_denied_by(statements: Iterable[Statement], request: Request) -> bool:
    return any(not statement.allows and statement.is_about(request) for statement in statements)


@cache
def statements_of(stack: Stack, account: str) -> tuple[Statement, ...]:
    policies = organization.service_control_policies_of(stack, account)
    return tuple(statement for name, text in policies.items() for statement in read_policy(name, text))


def developer(account: str) -> str:
    return f"arn:aws:iam::{account}:role/Developer"


def state_of(terraform: Terraform) -> str:
    return terraform.run("show", "-json", "-no-color")


def session_of(role: str, account: str, stack: Stack) -> dict[str, str]:
    """Assume a role; returns the variables of its session."""
    sts = stack.client(account, "sts")
    credentials = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="plan")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
