"""The only calls that change anything: tags on, and the keys they take the place of off.

Each writer answers for every resource: None when it is done, else the failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tag_governance.aws.clients import Clients
from tag_governance.aws.native import resource_id, tag_native, untag_native
from tag_governance.aws.readers import AWS_ERRORS, bucket_tags, failure_of, group_name, native_of
from tag_governance.decision.plan import WriteCall
from tag_governance.domain.failure import Failure, FailureKind

Outcome = Failure | None


def write_tags(calls: Iterable[WriteCall], clients: Clients) -> dict[str, Outcome]:
    """Make the changes; the outcome by ARN. A failed call fails the resources it was for, and no others."""
    outcomes: dict[str, Outcome] = {}
    for call in calls:
        try:
            outcomes.update(_WRITERS[call.api](call, clients))
        except AWS_ERRORS as error:
            outcomes.update(dict.fromkeys(call.arns, failure_of(error)))
    return outcomes


def _write_ec2(call: WriteCall, clients: Clients) -> dict[str, Outcome]:
    client = clients.for_tags("ec2", call.account, call.region)
    return _write_ec2_ids(client, call, call.arns)


def _write_ec2_ids(client: Any, call: WriteCall, arns: tuple[str, ...]) -> dict[str, Outcome]:
    ids = [resource_id(arn) for arn in arns]
    try:
        client.create_tags(Resources=ids, Tags=_pairs(call.tags))
        if call.remove_keys:
            client.delete_tags(Resources=ids, Tags=[{"Key": key} for key in call.remove_keys])
    except ClientError as error:
        failure = failure_of(error)
        # One id that does not exist fails the whole call: halve until it stands alone.
        if failure.kind is FailureKind.NOT_FOUND and len(arns) > 1:
            middle = len(arns) // 2
            return _write_ec2_ids(client, call, arns[:middle]) | _write_ec2_ids(client, call, arns[middle:])
        return dict.fromkeys(arns, failure)
    return dict.fromkeys(arns)


def _write_tagging(call: WriteCall, clients: Clients) -> dict[str, Outcome]:
    client = clients.for_tags("resourcegroupstaggingapi", call.account, call.region)
    outcomes: dict[str, Outcome] = dict.fromkeys(call.arns)
    answer = client.tag_resources(ResourceARNList=list(call.arns), Tags=dict(call.tags))
    outcomes |= _failed_resources(answer)
    tagged = [arn for arn, outcome in outcomes.items() if outcome is None]
    if call.remove_keys and tagged:
        answer = client.untag_resources(ResourceARNList=tagged, TagKeys=list(call.remove_keys))
        outcomes |= _failed_resources(answer)
    return outcomes


def _failed_resources(answer: Mapping[str, Any]) -> dict[str, Outcome]:
    """A 200 answer of the Tagging API can still carry failures, one for each resource."""
    return {
        arn: Failure.of(
            "Throttling" if failed.get("StatusCode") == 429 else failed.get("ErrorCode", "Unknown"),
            failed.get("ErrorMessage", ""),
        )
        for arn, failed in answer.get("FailedResourcesMap", {}).items()
    }


def _write_s3(call: WriteCall, clients: Clients) -> dict[str, Outcome]:
    client = clients.for_tags("s3", call.account, call.region)
    for arn in call.arns:
        try:
            _merge_bucket_tags(client, call, arn)
        except ClientError as error:
            if failure_of(error).kind is not FailureKind.REFUSED or not _tag_bucket(call, arn, clients):
                raise
    return dict.fromkeys(call.arns)


_S3_CONFLICTS = frozenset({"OperationAborted", "ConditionalRequestConflict"})
"""Somebody else changed the bucket at the same time. Source: S3 API reference, error responses."""


def _merge_bucket_tags(client: Any, call: WriteCall, arn: str, again: bool = True) -> None:
    """PutBucketTagging replaces the whole set, so the set is read as late as can be, and again after a conflict."""
    bucket = resource_id(arn)
    kept = {key: value for key, value in bucket_tags(client, bucket).items() if key not in call.remove_keys}
    merged = {**kept, **dict(call.tags)}
    try:
        client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": _pairs(merged.items())})
    except ClientError as error:
        if not again or error.response["Error"]["Code"] not in _S3_CONFLICTS:
            raise
        _merge_bucket_tags(client, call, arn, again=False)


def _tag_bucket(call: WriteCall, arn: str, clients: Clients) -> bool:
    """A bucket with attribute-based access control takes tags one by one, and only so; False where this fails, too."""
    control = clients.for_tags("s3control", call.account, call.region)
    try:
        control.tag_resource(AccountId=call.account, ResourceArn=arn, Tags=_pairs(call.tags))
        if call.remove_keys:
            control.untag_resource(AccountId=call.account, ResourceArn=arn, TagKeys=list(call.remove_keys))
    except AWS_ERRORS:
        return False
    return True


def _write_autoscaling(call: WriteCall, clients: Clients) -> dict[str, Outcome]:
    client = clients.for_tags("autoscaling", call.account, call.region)
    for arn in call.arns:
        group = {"ResourceType": "auto-scaling-group", "ResourceId": group_name(arn)}
        filters = [{"Name": "auto-scaling-group", "Values": [group["ResourceId"]]}]
        pages = client.get_paginator("describe_tags").paginate(Filters=filters)
        propagated = {tag["Key"]: tag["PropagateAtLaunch"] for page in pages for tag in page["Tags"]}
        # A tag is written whole. What a group launches is governed too, and complies from birth by the tags of its
        # group; only where somebody decided otherwise for a tag does it stay so.
        tags = [{**group, **tag, "PropagateAtLaunch": propagated.get(tag["Key"], True)} for tag in _pairs(call.tags)]
        client.create_or_update_tags(Tags=tags)
        if call.remove_keys:
            client.delete_tags(Tags=[{**group, "Key": key} for key in call.remove_keys])
    return dict.fromkeys(call.arns)


def _write_native(call: WriteCall, clients: Clients) -> dict[str, Outcome]:
    native = native_of(call)
    client = clients.for_tags(native.service, call.account, call.region)
    for arn in call.arns:
        tag_native(client, native.tag, arn, dict(call.tags))
        if call.remove_keys:
            untag_native(client, native.untag, arn, call.remove_keys)
    return dict.fromkeys(call.arns)


def _pairs(tags: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


_WRITERS: dict[str, Callable[[WriteCall, Clients], dict[str, Outcome]]] = {
    "ec2": _write_ec2,
    "tagging": _write_tagging,
    "s3": _write_s3,
    "autoscaling": _write_autoscaling,
    "native": _write_native,
}
