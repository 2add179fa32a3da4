"""Readers of data that only AWS has: tags of resources and of accounts.

Each reader returns a result for every requested resource: its tags, a failure, or None if the API lists only resources
that have ever had a tag and does not list this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.clients import Clients
from tag_governance.aws.native import read_native
from tag_governance.decision.plan import DescribeCall, ReadCall, plan_reads
from tag_governance.domain.arn import group_name, resource_id
from tag_governance.domain.budget import READ
from tag_governance.domain.catalogue import Catalogue, Describe, path
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Observation, Tags

Reading = Tags | None | Failure
_VOLUME = "ec2:volume"


def read_tags(calls: Iterable[ReadCall], clients: Clients, attempts: Attempts) -> dict[str, Reading]:
    """Read the current tags of resources, by ARN."""
    answers: dict[str, Reading] = {}
    for call in calls:
        service, operation, read = _READERS[call.api]
        service = call.native.service if call.native else service
        operation = f"{service}:{call.native.read.operation if call.native else operation}"
        place = (call.account, call.region, service)
        answers |= attempts.call_resources(place, operation, call.arns, READ, _bind(read, call, clients, attempts))
    return answers


def check_existence(calls: Iterable[DescribeCall], clients: Clients, attempts: Attempts) -> dict[str, bool | Failure]:
    """Check which resources exist, by ARN."""
    found: dict[str, bool | Failure] = {}
    for call in calls:
        place = (call.account, call.region, call.describe.service)
        operation = f"{call.describe.service}:{call.describe.operation}"
        found |= attempts.call_resources(
            place, operation, call.arns, READ, _bind(_check_existence, call, clients, attempts)
        )
    return found


def find_attached_arns(
    seen: Iterable[Observation], catalogue: Catalogue, partition: str, clients: Clients, attempts: Attempts
) -> dict[tuple[str, str], list[str] | Failure]:
    """List the ARNs of resources that are attached to new resources, by the subject of the observation."""
    answers: dict[tuple[str, str], list[str] | Failure] = {}
    volume = catalogue.type(_VOLUME)
    for call in plan_reads(seen, catalogue):
        place = (call.account, call.region, "ec2")
        read = _bind(_list_attached_volumes, call, clients, attempts)
        found = attempts.call_resources(place, "ec2:DescribeVolumes", call.arns, READ, read)
        for holder, ids in found.items():
            if isinstance(ids, Failure):
                answers[_VOLUME, holder] = ids
                continue
            arns = [volume.arn(partition, call.region, call.account, {"VolumeId": i}) for i in ids]
            nothing = Failure(FailureKind.NOT_FOUND, f"no volume is attached to {holder}")
            answers[_VOLUME, holder] = arns or nothing
    return answers


def node_tags(node: str, account: str, home: str, clients: Clients, attempts: Attempts) -> Tags | Failure:
    """Read the tags of an account, or of an organizational unit or root above it, with a call in account `home`.

    Denials are counted by account, and tried again with the resources of the account.
    """

    def read(_: tuple[str, ...]) -> Mapping[str, Tags]:
        pages = clients.organizations.get_paginator("list_tags_for_resource").paginate(ResourceId=node)
        return {account: {tag["Key"]: tag["Value"] for page in attempts.pages(pages, READ) for tag in page["Tags"]}}

    place = (home, "", "organizations")
    return attempts.call_resources(place, "organizations:ListTagsForResource", (account,), READ, read)[account]


def _bind(function: Callable[..., Any], call: object, *arguments: object) -> Callable[[tuple[str, ...]], Any]:
    """Bind a reader to its call, so that it can run for a part of the resources of the call."""
    return lambda arns: function(arns, call, *arguments)


def _list_attached_volumes(
    arns: tuple[str, ...], call: ReadCall, clients: Clients, attempts: Attempts
) -> Mapping[str, list[str]]:
    holders = {resource_id(arn): arn for arn in arns}
    pages = clients.for_tags("ec2", call.account, call.region).get_paginator("describe_volumes")
    found: dict[str, list[str]] = {arn: [] for arn in arns}
    filters = [{"Name": "attachment.instance-id", "Values": list(holders)}]
    for page in attempts.pages(pages.paginate(Filters=filters), READ):
        for volume in page["Volumes"]:
            for attachment in volume["Attachments"]:
                if attachment["InstanceId"] in holders:
                    found[holders[attachment["InstanceId"]]].append(volume["VolumeId"])
    return found


def _check_existence(
    arns: tuple[str, ...], call: DescribeCall, clients: Clients, attempts: Attempts
) -> Mapping[str, bool | Failure]:
    describe = call.describe
    id_of_arn = {arn: group_name(arn) or resource_id(arn) for arn in arns}
    client = clients.for_tags(describe.service, call.account, call.region)
    unknown = describe.also.keys() - client.meta.service_model.operation_model(describe.operation).input_shape.members
    name, parameters = xform_name(describe.operation), describe.parameters([*id_of_arn.values()], unknown)
    answers: Iterable[Mapping[str, Any]]
    if client.can_paginate(name):
        answers = attempts.pages(client.get_paginator(name).paginate(**parameters), READ)
    else:
        answers = [getattr(client, name)(**parameters)]
    present = {identifier for answer in answers for identifier in path(describe.present).search(answer) or ()}
    absent = _incomplete_listing(describe, unknown) if unknown else False
    return {arn: identifier in present or absent for arn, identifier in id_of_arn.items()}


def _incomplete_listing(describe: Describe, unknown: Iterable[str]) -> Failure:
    """Explain why an unlisted resource may exist: the SDK of the Lambda runtime can be older than the catalogue."""
    names = ", ".join(sorted(unknown))
    return Failure(
        FailureKind.REFUSED, f"{describe.operation} has no {names} in this SDK, so its answer may be incomplete"
    )


def _read_ec2(arns: tuple[str, ...], call: ReadCall, clients: Clients, attempts: Attempts) -> Mapping[str, Tags]:
    arn_of_id = {resource_id(arn): arn for arn in arns}
    pages = clients.for_tags("ec2", call.account, call.region).get_paginator("describe_tags")
    filters = [{"Name": "resource-id", "Values": list(arn_of_id)}]
    return _tags_of_pages(attempts.pages(pages.paginate(Filters=filters), READ), arn_of_id)


def _read_autoscaling(
    arns: tuple[str, ...], call: ReadCall, clients: Clients, attempts: Attempts
) -> Mapping[str, Tags]:
    arn_of_name = {group_name(arn): arn for arn in arns}
    pages = clients.for_tags("autoscaling", call.account, call.region).get_paginator("describe_tags")
    filters = [{"Name": "auto-scaling-group", "Values": list(arn_of_name)}]
    return _tags_of_pages(attempts.pages(pages.paginate(Filters=filters), READ), arn_of_name)


def _tags_of_pages(pages: Iterable[Mapping[str, Any]], arn_of_id: Mapping[str, str]) -> Mapping[str, Tags]:
    """Group a flat list of tags by resource. A resource that does not occur has no tags."""
    found: dict[str, dict[str, str]] = {arn: {} for arn in arn_of_id.values()}
    for page in pages:
        for tag in page["Tags"]:
            if tag["ResourceId"] in arn_of_id:
                found[arn_of_id[tag["ResourceId"]]][tag["Key"]] = tag["Value"]
    return found


def _read_tagging(
    arns: tuple[str, ...], call: ReadCall, clients: Clients, attempts: Attempts
) -> Mapping[str, Tags | None]:
    client = clients.for_tags("resourcegroupstaggingapi", call.account, call.region)
    answer = client.get_resources(ResourceARNList=list(arns))
    listed = {r["ResourceARN"]: _pairs(r["Tags"]) for r in answer["ResourceTagMappingList"]}
    return {arn: listed.get(arn) for arn in arns}


def _read_s3(arns: tuple[str, ...], call: ReadCall, clients: Clients, attempts: Attempts) -> Mapping[str, Tags]:
    client = clients.for_tags("s3", call.account, call.region)
    return {arn: bucket_tags(client, resource_id(arn), call.account) for arn in arns}


def bucket_tags(client: Any, bucket: str, account: str) -> Tags:
    """Read the tags of a bucket. S3 answers with the error `NoSuchTagSet` for a bucket without tags."""
    try:
        return _pairs(client.get_bucket_tagging(Bucket=bucket, ExpectedBucketOwner=account)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def _read_native(arns: tuple[str, ...], call: ReadCall, clients: Clients, attempts: Attempts) -> Mapping[str, Tags]:
    native = call.native
    assert native is not None  # a test checks that the catalogue has it for every type of this API
    client = clients.for_tags(native.service, call.account, call.region)
    return {arn: read_native(client, native.read, arn) for arn in arns}


def _pairs(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


_Reader = Callable[[tuple[str, ...], ReadCall, Clients, Attempts], Mapping[str, Tags | None]]
_READERS: dict[str, tuple[str, str, _Reader]] = {
    "ec2": ("ec2", "DescribeTags", _read_ec2),
    "tagging": ("resourcegroupstaggingapi", "GetResources", _read_tagging),
    "s3": ("s3", "GetBucketTagging", _read_s3),
    "autoscaling": ("autoscaling", "DescribeTags", _read_autoscaling),
    "native": ("", "", _read_native),
}
