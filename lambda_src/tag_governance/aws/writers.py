"""Writers of tags: the only calls that change resources. They write tags, and remove the keys that these replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.clients import Clients
from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.aws.native import tag_native, untag_native
from tag_governance.aws.readers import bucket_tags
from tag_governance.decision.plan import WriteCall
from tag_governance.domain.arn import group_name, resource_id
from tag_governance.domain.budget import WRITE
from tag_governance.domain.failure import Failure, FailureKind, postponement
from tag_governance.domain.model import Tags

FailureOfArn = Mapping[str, Failure | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a write for one resource.

    `written` is True if the tags were written, even if `failure` reports that the old keys could not be removed.
    """

    written: bool
    failure: Failure | None = None


def write_tags(calls: Iterable[WriteCall], clients: Clients, attempts: Attempts) -> dict[str, Outcome]:
    """Write the changes. Return the outcome by ARN. A refusal for one resource does not affect the others."""
    outcomes: dict[str, Outcome] = {}
    for call in calls:
        written: dict[str, Failure | None] = dict.fromkeys(call.arns)
        if call.tags or call.api == "s3":
            written = _call_step(call, "tag", call.arns, clients, attempts)
        tagged = tuple(arn for arn, failure in written.items() if failure is None)
        removed: dict[str, Failure | None] = dict.fromkeys(tagged)
        if call.remove_keys and tagged and call.api != "s3":
            removed = _call_step(call, "untag", tagged, clients, attempts)
        for arn, failure in written.items():
            left = removed.get(arn)
            outcomes[arn] = Outcome(written=failure is None, failure=failure or left)
    return outcomes


def _call_step(
    call: WriteCall, step: str, arns: tuple[str, ...], clients: Clients, attempts: Attempts
) -> dict[str, Failure | None]:
    api = _APIS[call.api]
    service, operation = api.service, api.tag_operation if step == "tag" else api.untag_operation
    if call.native is not None:
        service = call.native.service
        operation = (call.native.tag if step == "tag" else call.native.untag).operation
    write = api.tag if step == "tag" else api.untag
    found: dict[str, Failure | None] = {}
    for some in [arns] if api.takes_many else [(arn,) for arn in arns]:
        place = (call.account, call.region, service)
        found |= attempts.call_resources(
            place, f"{service}:{operation}", some, WRITE + api.more_calls, lambda part: write(part, call, clients)
        )
    return found


def _tag_ec2(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    client = clients.for_tags("ec2", call.account, call.region)
    client.create_tags(Resources=[resource_id(arn) for arn in arns], Tags=_pairs(call.tags))
    return dict.fromkeys(arns)


def _untag_ec2(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    client = clients.for_tags("ec2", call.account, call.region)
    # EC2 removes a tag that is given with its value only if it still has that value.
    removed = [{"Key": key, "Value": value} for key, value in call.expected or ()]
    if removed:  # a call without tags would remove all of them
        client.delete_tags(Resources=[resource_id(arn) for arn in arns], Tags=removed)
    return dict.fromkeys(arns)


def _tag_tagging(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    client = clients.for_tags("resourcegroupstaggingapi", call.account, call.region)
    answer = client.tag_resources(ResourceARNList=list(arns), Tags=dict(call.tags))
    return dict.fromkeys(arns) | _failed_resources(answer)


def _untag_tagging(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    client = clients.for_tags("resourcegroupstaggingapi", call.account, call.region)
    answer = client.untag_resources(ResourceARNList=list(arns), TagKeys=list(call.remove_keys))
    return dict.fromkeys(arns) | _failed_resources(answer)


def _failed_resources(answer: Mapping[str, Any]) -> dict[str, Failure | None]:
    """Read the failures of single resources, which an answer of the Tagging API with status 200 can contain."""
    return {
        arn: Failure.of(
            str(failed.get("ErrorCode", "Unknown")),
            str(failed.get("ErrorMessage", "")),
            int(failed.get("StatusCode", 400)),
            subject=resource_id(arn),
        )
        for arn, failed in answer.get("FailedResourcesMap", {}).items()
    }


def _tag_s3(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    """Write and remove tags with PutBucketTagging, which replaces the whole set. The set is read right before."""
    client, arn = clients.for_tags("s3", call.account, call.region), arns[0]
    bucket = resource_id(arn)
    try:
        before = bucket_tags(client, bucket, call.account)
        if call.expected is not None and before != dict(call.expected):
            return {arn: postponement("the tags changed between the decision and the write")}
        remaining = {key: value for key, value in before.items() if key not in call.remove_keys}
        _put_tag_set(client, bucket, call.account, {**remaining, **dict(call.tags)})
    except ClientError as error:
        if failure_of(error).kind is not FailureKind.REFUSED or not _tag_bucket_by_key(call, arn, clients):
            raise
        return {arn: None}
    _restore_lost_tags(client, bucket, call.account, {**remaining, **dict(call.tags)})
    return {arn: None}


def _put_tag_set(client: Any, bucket: str, account: str, tags: Tags) -> None:
    tagging = {"TagSet": _pairs(tags.items())}
    # The bucket may have been deleted and created again in another account.
    client.put_bucket_tagging(Bucket=bucket, Tagging=tagging, ExpectedBucketOwner=account)


def _restore_lost_tags(client: Any, bucket: str, account: str, put: Tags) -> None:
    """Restore tags that are missing right after the write: another tool read the set before the write and put its own
    after.

    A failure here does not count, since the write itself succeeded.
    """
    try:
        now = bucket_tags(client, bucket, account)
        if put.keys() - now.keys():
            _put_tag_set(client, bucket, account, {**put, **now})
    except AWS_ERRORS:
        return


def _tag_bucket_by_key(call: WriteCall, arn: str, clients: Clients) -> bool:
    """Write tags of a bucket one by one. Buckets with attribute-based access control allow no other way. Return False
    on error."""
    control = clients.for_tags("s3control", call.account, call.region)
    try:
        control.tag_resource(AccountId=call.account, ResourceArn=arn, Tags=_pairs(call.tags))
        if call.remove_keys:
            control.untag_resource(AccountId=call.account, ResourceArn=arn, TagKeys=list(call.remove_keys))
    except AWS_ERRORS:
        return False
    return True


def _tag_autoscaling(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    client = clients.for_tags("autoscaling", call.account, call.region)
    group = {"ResourceType": "auto-scaling-group", "ResourceId": group_name(arns[0])}
    filters = [{"Name": "auto-scaling-group", "Values": [group["ResourceId"]]}]
    pages = client.get_paginator("describe_tags").paginate(Filters=filters)
    propagated = {tag["Key"]: tag["PropagateAtLaunch"] for page in pages for tag in page["Tags"]}
    # Instances that a group launches are governed too, so a new tag of the group propagates to them. An existing tag
    # keeps its PropagateAtLaunch, which somebody may have chosen.
    tags = [{**group, **tag, "PropagateAtLaunch": propagated.get(tag["Key"], True)} for tag in _pairs(call.tags)]
    client.create_or_update_tags(Tags=tags)
    return dict.fromkeys(arns)


def _untag_autoscaling(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    client = clients.for_tags("autoscaling", call.account, call.region)
    group = {"ResourceType": "auto-scaling-group", "ResourceId": group_name(arns[0])}
    client.delete_tags(Tags=[{**group, "Key": key} for key in call.remove_keys])
    return dict.fromkeys(arns)


def _tag_native(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    native = call.native
    assert native is not None  # a test checks that the catalogue has it for every type of this API
    tag_native(clients.for_tags(native.service, call.account, call.region), native.tag, arns[0], dict(call.tags))
    return dict.fromkeys(arns)


def _untag_native(arns: tuple[str, ...], call: WriteCall, clients: Clients) -> FailureOfArn:
    native = call.native
    assert native is not None  # a test checks that the catalogue has it for every type of this API
    untag_native(clients.for_tags(native.service, call.account, call.region), native.untag, arns[0], call.remove_keys)
    return dict.fromkeys(arns)


def _pairs(tags: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


_Step = Callable[[tuple[str, ...], WriteCall, Clients], FailureOfArn]


@dataclass(frozen=True, slots=True)
class _Api:
    """Operations of one API that write and remove tags."""

    service: str
    takes_many: bool
    tag_operation: str
    tag: _Step
    untag_operation: str
    untag: _Step
    more_calls: int = 0
    """Calls of one step in addition to the first."""


_APIS = {
    "ec2": _Api("ec2", True, "CreateTags", _tag_ec2, "DeleteTags", _untag_ec2),
    "tagging": _Api("resourcegroupstaggingapi", True, "TagResources", _tag_tagging, "UntagResources", _untag_tagging),
    "s3": _Api("s3", False, "PutBucketTagging", _tag_s3, "PutBucketTagging", _tag_s3, more_calls=3),
    "autoscaling": _Api(
        "autoscaling", False, "CreateOrUpdateTags", _tag_autoscaling, "DeleteTags", _untag_autoscaling, more_calls=1
    ),
    "native": _Api("", False, "", _tag_native, "", _untag_native),
}
