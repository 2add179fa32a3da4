"""What only AWS can tell: the tags of resources now, the tags of accounts, the place of an account in the tree.

Each reader answers for every resource it was asked about, with tags or with the failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tag_governance.aws.clients import Clients, NoRoute
from tag_governance.aws.native import read_native, resource_id
from tag_governance.decision.plan import ReadCall, WriteCall, plan_reads
from tag_governance.domain.catalogue import Catalogue, Native
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Observation, Tags

TagsOrFailure = Tags | Failure
_VOLUME = "ec2:volume"
AWS_ERRORS = (ClientError, BotoCoreError, NoRoute)


def failure_of(error: Exception) -> Failure:
    """The failure that an exception of botocore stands for."""
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        return Failure.of(detail.get("Code", "Unknown"), detail.get("Message", ""))
    if isinstance(error, NoRoute):
        return Failure(FailureKind.ACCESS_DENIED, str(error))
    return Failure(FailureKind.REFUSED, f"{type(error).__name__}: {error}")


def read_tags(calls: Iterable[ReadCall], clients: Clients) -> dict[str, TagsOrFailure]:
    """The current tags by ARN. A failed call fails the resources it asked about, and no others."""
    answers: dict[str, TagsOrFailure] = {}
    for call in calls:
        try:
            found = _READERS[call.api](call, clients)
        except AWS_ERRORS as error:
            answers.update(dict.fromkeys(call.arns, failure_of(error)))
        else:
            answers.update({arn: found.get(arn, {}) for arn in call.arns})
    return answers


def find_attached(
    seen: Iterable[Observation], catalogue: Catalogue, partition: str, clients: Clients
) -> dict[tuple[str, str], list[str] | Failure]:
    """The ARNs of what hangs on resources that were just created, by the subject of the observation."""
    answers: dict[tuple[str, str], list[str] | Failure] = {}
    for call in plan_reads(seen, catalogue):
        volume = catalogue.type(_VOLUME)
        try:
            found = _attached_volumes(call, clients)
        except AWS_ERRORS as error:
            answers.update(dict.fromkeys(((_VOLUME, arn) for arn in call.arns), failure_of(error)))
            continue
        for holder in call.arns:
            ids = found.get(resource_id(holder), [])
            arns = [volume.arn(partition, call.region, call.account, {"VolumeId": i}) for i in ids]
            nothing = Failure(FailureKind.NOT_FOUND, f"no volume is attached to {holder}")
            answers[_VOLUME, holder] = arns or nothing
    return answers


def _attached_volumes(call: ReadCall, clients: Clients) -> dict[str, list[str]]:
    holders = [resource_id(arn) for arn in call.arns]
    pages = clients.for_tags("ec2", call.account, call.region).get_paginator("describe_volumes")
    found: dict[str, list[str]] = {}
    for page in pages.paginate(Filters=[{"Name": "attachment.instance-id", "Values": holders}]):
        for volume in page["Volumes"]:
            for attachment in volume["Attachments"]:
                found.setdefault(attachment["InstanceId"], []).append(volume["VolumeId"])
    return found


def account_tags(account: str, clients: Clients) -> Tags | None:
    """The tags of an account in Organizations, or None when they can not be read."""
    try:
        pages = clients.organizations.get_paginator("list_tags_for_resource").paginate(ResourceId=account)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    except AWS_ERRORS:
        return None


def scope_of_account(account: str, scope_of_target: Mapping[str, str], default: str, clients: Clients) -> str | None:
    """The scope of the nearest OU or root above an account, or None when the tree can not be read."""
    node = account
    try:
        while node not in scope_of_target:
            parents = clients.organizations.list_parents(ChildId=node)["Parents"]
            if not parents:
                return default
            node = parents[0]["Id"]
            if parents[0]["Type"] == "ROOT":
                return scope_of_target.get(node, default)
    except AWS_ERRORS:
        return None
    return scope_of_target[node]


def _read_ec2(call: ReadCall, clients: Clients) -> Mapping[str, Tags]:
    arn_of_id = {resource_id(arn): arn for arn in call.arns}
    pages = clients.for_tags("ec2", call.account, call.region).get_paginator("describe_tags")
    found: dict[str, dict[str, str]] = {}
    for page in pages.paginate(Filters=[{"Name": "resource-id", "Values": list(arn_of_id)}]):
        for tag in page["Tags"]:
            found.setdefault(arn_of_id[tag["ResourceId"]], {})[tag["Key"]] = tag["Value"]
    return found


def _read_tagging(call: ReadCall, clients: Clients) -> Mapping[str, Tags]:
    # Resources that never had a tag are not in the answer: no tags, and no proof that they exist.
    client = clients.for_tags("resourcegroupstaggingapi", call.account, call.region)
    answer = client.get_resources(ResourceARNList=list(call.arns))
    return {r["ResourceARN"]: _pairs(r["Tags"]) for r in answer["ResourceTagMappingList"]}


def _read_s3(call: ReadCall, clients: Clients) -> Mapping[str, Tags]:
    client = clients.for_tags("s3", call.account, call.region)
    return {arn: bucket_tags(client, resource_id(arn)) for arn in call.arns}


def bucket_tags(client: Any, bucket: str) -> Tags:
    """The tags of a bucket; S3 answers a bucket without tags with an error of its own."""
    try:
        return _pairs(client.get_bucket_tagging(Bucket=bucket)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def _read_autoscaling(call: ReadCall, clients: Clients) -> Mapping[str, Tags]:
    arn_of_name = {group_name(arn): arn for arn in call.arns}
    pages = clients.for_tags("autoscaling", call.account, call.region).get_paginator("describe_tags")
    found: dict[str, dict[str, str]] = {}
    for page in pages.paginate(Filters=[{"Name": "auto-scaling-group", "Values": list(arn_of_name)}]):
        for tag in page["Tags"]:
            found.setdefault(arn_of_name[tag["ResourceId"]], {})[tag["Key"]] = tag["Value"]
    return found


def _read_native(call: ReadCall, clients: Clients) -> Mapping[str, Tags]:
    native = native_of(call)
    client = clients.for_tags(native.service, call.account, call.region)
    return {arn: read_native(client, native.read, arn) for arn in call.arns}


def native_of(call: ReadCall | WriteCall) -> Native:
    """How to make a call whose API is `native`. Raises NoRoute where the catalogue forgot to say."""
    if call.native is None:
        raise NoRoute(f"the catalogue does not say how the service tags {call.arns[0]}")
    return call.native


def group_name(arn: str) -> str:
    """The name of an Auto Scaling group, which may hold slashes."""
    return arn.partition(":autoScalingGroupName/")[2]


def _pairs(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


_READERS: dict[str, Callable[[ReadCall, Clients], Mapping[str, Tags]]] = {
    "ec2": _read_ec2,
    "tagging": _read_tagging,
    "s3": _read_s3,
    "autoscaling": _read_autoscaling,
    "native": _read_native,
}
