"""Requests that must be refused, whatever the requester's own account allows. A careless policy would allow each of
them."""

from __future__ import annotations

from collections.abc import Iterator

from tools.permissions.calls import role_request, service_request
from tools.permissions.estate import Estate
from tools.permissions.policy import Request
from tools.permissions.simulated import EXTERNAL_ID
from tools.simulation.scenario import HOME, MEMBERS

OUTSIDER = "999988887777"
ADMINISTRATOR = f"arn:aws:iam::{HOME}:role/Administrator"
OTHER_ORGANIZATION = "o-zzzzzzzzzz"


def forbidden_requests(estate: Estate) -> Iterator[Request]:
    """Yield the requests that an estate must refuse."""
    yield from _insecure(estate)
    yield from _other_accounts(estate)
    yield from _confused_deputies(estate)
    yield from _own_roles(estate)


def _insecure(estate: Estate) -> Iterator[Request]:
    """Yield requests of an administrator without TLS."""
    for selector, action in (
        ("aws_s3_bucket.policy", "s3:GetBucketLocation"),
        ("aws_sns_topic.this", "sns:Publish"),
        ("aws_sqs_queue.dead_letter", "sqs:ReceiveMessage"),
        ("aws_sqs_queue.events", "sqs:SendMessage"),
        ("aws_sqs_queue.undelivered", "sqs:ReceiveMessage"),
    ):
        for arn in estate.arns[selector]:
            owner = arn.split(":")[4] or HOME
            administrator = ADMINISTRATOR.replace(HOME, owner)
            request = role_request(administrator, action, arn, owner, estate)
            yield request.with_context(aws_SecureTransport="false")


def _other_accounts(estate: Estate) -> Iterator[Request]:
    """Yield requests of roles without any grant, inside and outside the organization."""
    (bus,) = estate.arns["aws_cloudwatch_event_bus.governance"]
    stranger = f"arn:aws:iam::{OUTSIDER}:role/tag-governance-remediation"
    for request in (
        role_request(stranger, "events:PutEvents", bus, HOME, estate),
        *(role_request(stranger, "sts:AssumeRole", arn, arn.split(":")[4], estate) for arn in estate.roles),
    ):
        yield request.with_context(aws_PrincipalOrgID=OTHER_ORGANIZATION)
    for member in estate.arns.get("aws_iam_role.member", ()):
        account = member.split(":")[4]
        yield role_request(ADMINISTRATOR, "sts:AssumeRole", member, account, estate)
        (function,) = estate.arns["aws_iam_role.function"]
        joined = role_request(function, "sts:AssumeRole", member, account, estate)
        for external_id in (None, "governance:test"):
            yield joined.with_context(sts_ExternalId=external_id)
        joined = joined.with_context(sts_ExternalId=EXTERNAL_ID)
        yield joined.with_context(aws_PrincipalOrgID=OTHER_ORGANIZATION)
        yield joined.with_context(aws_ResourceOrgID=OTHER_ORGANIZATION)
    for selector, action in (("aws_kms_key.this", "kms:Decrypt"), ("aws_sqs_queue.events", "sqs:SendMessage")):
        for arn in estate.arns[selector]:
            yield role_request(f"arn:aws:iam::{MEMBERS[0]}:role/Administrator", action, arn, HOME, estate)


def _own_roles(estate: Estate) -> Iterator[Request]:
    """Yield requests to tag the stack's own roles: a role that can tag itself gets what others grant by tags."""
    for tagging in (*estate.arns["aws_iam_role.function"], *estate.arns.get("aws_iam_role.member", ())):
        account = tagging.split(":")[4]
        for own in (arn for arn in estate.roles if arn.split(":")[4] == account):
            for action in ("iam:TagRole", "iam:UntagRole"):
                yield role_request(tagging, action, own, account, estate).with_tag_keys("Environment")


def _confused_deputies(estate: Estate) -> Iterator[Request]:
    """Yield requests of AWS services on behalf of another account, or of a resource outside the stack."""
    rule = f"arn:aws:events:us-east-1:{OUTSIDER}:rule/tag-governance/tag-governance-creations"
    other_rule = f"arn:aws:events:us-east-1:{HOME}:rule/other"
    alarm = f"arn:aws:cloudwatch:us-east-1:{OUTSIDER}:alarm:tag-governance-dead-letters"
    other_alarm = f"arn:aws:cloudwatch:us-east-1:{HOME}:alarm:other"
    (key,) = estate.arns["aws_kms_key.this"]
    queues = [*estate.arns["aws_sqs_queue.events"], *estate.arns["aws_sqs_queue.dead_letter"]]
    topics = estate.arns["aws_sns_topic.this"]
    for source in (rule, other_rule):
        yield service_request("events.amazonaws.com", "kms:Decrypt", key, HOME, source, estate)
        for queue in (*queues, *estate.arns["aws_sqs_queue.undelivered"]):
            yield service_request("events.amazonaws.com", "sqs:SendMessage", queue, queue.split(":")[4], source, estate)
        for role in estate.arns["aws_iam_role.forwarding"]:
            yield service_request("events.amazonaws.com", "sts:AssumeRole", role, role.split(":")[4], source, estate)
    yield service_request("events.amazonaws.com", "kms:DescribeKey", key, HOME, OUTSIDER, estate)
    for source in (alarm, other_alarm):
        for action, resources in (("sns:Publish", topics), ("kms:GenerateDataKey", (key,))):
            for resource in resources:
                request = service_request("cloudwatch.amazonaws.com", action, resource, HOME, source, estate)
                yield request.with_context(aws_SourceOrgID=OTHER_ORGANIZATION) if source == alarm else request
    # Services on behalf of another account.
    for service, roles in (("lambda", ("function", "settlement")), ("scheduler", ("schedule",))):
        for arn in (arn for name in roles for arn in estate.arns[f"aws_iam_role.{name}"]):
            yield service_request(f"{service}.amazonaws.com", "sts:AssumeRole", arn, HOME, OUTSIDER, estate)
    yield service_request("logs.us-east-1.amazonaws.com", "kms:Decrypt", key, HOME, None, estate)
