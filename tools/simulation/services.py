"""AWS operations of the simulated world. Each one enforces the documented limits of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tools.simulation.queue import Queues
from tools.simulation.scenario import COST_CENTERS, TOP
from tools.simulation.table import Table, cancelled_error
from tools.simulation.world import FUNCTION, Resource, World

Parameters = Mapping[str, Any]
Place = tuple[str, str]
"""Account and region of a client."""

_LARGEST_PUBLISH = 262_144


class ForeignAccountError(AssertionError):
    """Error: the function called a resource of another account than that of its client."""


def client_error(operation: str, code: str, message: str = "", status: int = 400) -> ClientError:
    """Build an error as botocore raises it."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


class Services:
    """Router of operations by name.

    Args:
        world: the resources.
        table: the ledger.
        queues: the events queue and the dead-letter queue.
    """

    def __init__(self, world: World, table: Table, queues: Queues) -> None:
        self._world = world
        self._table = table
        self._queues = queues
        self.published: list[dict[str, Any]] = []
        """Published notices: `{"at", "body"}`."""

    def call(self, service: str, operation: str, place: Place, parameters: Parameters, partial: bool) -> Any:
        """Answer an operation.

        Args:
            partial: True if an operation on several items must fail for some of them.
        """
        name = f"{service}:{operation}"
        account = place[0]
        if self._world.is_denied(account) and service not in _HOME_SERVICES:
            raise client_error("AssumeRole", "AccessDenied", f"not authorized to assume the role in {account}", 403)
        return _OPERATIONS[name](self, place, parameters, partial)

    # EC2

    def describe_tags(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        (wanted,) = [f["Values"] for f in parameters["Filters"] if f["Name"] == "resource-id"]
        assert len(wanted) <= 200, f"a filter takes 200 values, got {len(wanted)}"
        tags = []
        for identifier in wanted:
            resource = self._ec2(place, identifier)
            if resource is not None and resource.deleted is None:
                seen = resource.index(self._world.loop.now) or {}
                tags += [{"ResourceId": identifier, "Key": key, "Value": value} for key, value in seen.items()]
        return {"Tags": tags}

    def describe_instances(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        (wanted,) = [f["Values"] for f in parameters["Filters"] if f["Name"] == "instance-id"]
        found = {identifier: self._ec2(place, identifier) for identifier in wanted}
        there = [identifier for identifier, resource in found.items() if resource and resource.deleted is None]
        instances = [{"InstanceId": identifier, "State": {"Name": "running"}} for identifier in there]
        return {"Reservations": [{"Instances": instances}]}

    def create_tags(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        assert len(parameters["Resources"]) <= 1000
        found = self._ec2_all("CreateTags", place, parameters["Resources"])
        updates = {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}
        for resource in found:
            self._write(resource, updates, ())
        return {}

    def delete_tags(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        found = self._ec2_all("DeleteTags", place, parameters["Resources"])
        for resource in found:
            same = (t["Key"] for t in parameters["Tags"] if resource.tags.get(t["Key"]) == t["Value"])
            self._write(resource, {}, tuple(same))
        return {}

    def _ec2_all(self, operation: str, place: Place, identifiers: list[str]) -> list[Resource]:
        """Find the resources of an EC2 call. EC2 changes all of them or none, so the call fails if one is missing or
        refuses."""
        found = []
        for identifier in identifiers:
            resource = self._ec2(place, identifier)
            early = (
                resource is not None
                and resource.visible_from is not None
                and self._world.loop.now < resource.visible_from
            )
            if resource is None or resource.deleted is not None or early:
                raise client_error(
                    operation, "InvalidInstanceID.NotFound", f"The instance ID '{identifier}' does not exist"
                )
            if resource.refuses:
                raise client_error(
                    operation, "TagPolicyViolation", f"the tag policy does not allow this for {identifier}"
                )
            found.append(resource)
        return found

    def _ec2(self, place: Place, identifier: str) -> Resource | None:
        return self._own(place, f"arn:aws:ec2:{place[1]}:{place[0]}:instance/{identifier}")

    # Resource Groups Tagging API

    def get_resources(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        arns = parameters["ResourceARNList"]
        assert len(arns) <= 100
        now = self._world.loop.now
        listed = []
        for arn in arns:
            resource = self._own(place, arn)
            if resource is not None and resource.was_listed(now):
                tags = resource.index(now) or {}
                listed.append({"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]})
        return {"ResourceTagMappingList": listed}

    def tag_resources(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        return self._tagging(place, parameters, partial, parameters["Tags"], ())

    def untag_resources(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        return self._tagging(place, parameters, partial, {}, tuple(parameters["TagKeys"]))

    def _tagging(
        self, place: Place, parameters: Parameters, partial: bool, updates: Mapping[str, str], removes: tuple[str, ...]
    ) -> Any:
        arns = parameters["ResourceARNList"]
        assert len(arns) <= 20
        failed: dict[str, dict[str, Any]] = {}
        for number, arn in enumerate(arns):
            resource = self._own(place, arn)
            if resource is None or resource.deleted is not None:
                name = arn.split(":")[-1]
                failed[arn] = _failed(400, "InvalidParameterException", f"{name} does not exist")
            elif resource.refuses:
                failed[arn] = _failed(400, "InvalidParameterException", "the tag policy does not allow this")
            elif partial and number % 2 == 0:
                failed[arn] = _failed(429, "ThrottlingException", "slow down")
            else:
                self._write(resource, updates, removes)
        return {"FailedResourcesMap": failed}

    # S3

    def get_bucket_tagging(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        bucket = self._bucket("GetBucketTagging", place, parameters)
        if not bucket.tags:
            raise client_error("GetBucketTagging", "NoSuchTagSet", "The TagSet does not exist", 404)
        return {"TagSet": [{"Key": key, "Value": value} for key, value in bucket.tags.items()]}

    def put_bucket_tagging(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        bucket = self._bucket("PutBucketTagging", place, parameters)
        if bucket.refuses:
            raise client_error("PutBucketTagging", "AccessDenied", "a bucket policy denies it", 403)
        tags = {tag["Key"]: tag["Value"] for tag in parameters["Tagging"]["TagSet"]}
        self._race(bucket)
        removes = tuple(key for key in bucket.tags if key not in tags)
        self._world.change(bucket, FUNCTION, tags, removes)
        return {}

    def _bucket(self, operation: str, place: Place, parameters: Parameters) -> Resource:
        name = parameters["Bucket"]
        bucket = self._world.by_arn.get(f"arn:aws:s3:::{name}")
        if bucket is None or bucket.deleted is not None:
            raise client_error(operation, "NoSuchBucket", "The specified bucket does not exist", 404)
        if bucket.account != place[0] or parameters["ExpectedBucketOwner"] != place[0]:
            raise ForeignAccountError(f"{operation} of {name} with credentials of {place[0]}")
        return bucket

    # IAM

    def list_role_tags(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        role = self._role("ListRoleTags", place, parameters["RoleName"])
        return {"Tags": [{"Key": k, "Value": v} for k, v in (role.index(self._world.loop.now) or {}).items()]}

    def tag_role(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        role = self._role("TagRole", place, parameters["RoleName"])
        if role.refuses:
            raise client_error("TagRole", "InvalidInput", "the tag policy does not allow this")
        self._write(role, {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}, ())
        return {}

    def untag_role(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        self._write(self._role("UntagRole", place, parameters["RoleName"]), {}, tuple(parameters["TagKeys"]))
        return {}

    def _role(self, operation: str, place: Place, name: str) -> Resource:
        role = self._own(place, f"arn:aws:iam::{place[0]}:role/{name}")
        if role is None or role.deleted is not None:
            raise client_error(operation, "NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        return role

    # Organizations, CloudTrail

    def list_tags_for_resource(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        value = COST_CENTERS.get(parameters["ResourceId"])
        return {"Tags": [] if value is None else [{"Key": "CostCenter", "Value": value}]}

    def list_parents(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        parent = self._world.parent(parameters["ChildId"])
        if parent is None:
            raise client_error("ListParents", "ChildNotFoundException", "no such account or unit")
        return {"Parents": [{"Id": parent, "Type": "ROOT" if parent == TOP else "ORGANIZATIONAL_UNIT"}]}

    def lookup_events(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        (wanted,) = parameters["LookupAttributes"]
        found = []
        for resource in self._world.resources.values():
            if resource.account == place[0] and resource.arn.endswith(wanted["AttributeValue"]):
                for edit in reversed(resource.tag_edits):
                    arn = f"arn:aws:sts::{place[0]}:assumed-role/{_ROLE_OF.get(edit.who, 'Developer')}/{edit.who}"
                    record = json.dumps({"userIdentity": {"type": "AssumedRole", "arn": arn}})
                    found.append({"EventName": "TagResource", "CloudTrailEvent": record})
        return {"Events": found[:50]}

    # Ledger, topic, queues

    def batch_get_item(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        keys = next(iter(parameters["RequestItems"].values()))["Keys"]
        return self._table.batch_get(parameters, (len(keys) + 1) // 2 if partial else 0)

    def transact_write_items(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        if partial:
            cancelled = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in parameters["TransactItems"][1:])]
            raise cancelled_error(cancelled)
        return self._table.transact(parameters, self._world.loop.now)

    def query(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        return self._table.query(parameters, self._world.loop.now)

    def update_item(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        return self._table.add(parameters, self._world.loop.now)

    def publish_batch(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        entries = parameters["PublishBatchRequestEntries"]
        size = sum(len(json.dumps(entry["MessageAttributes"])) + len(entry["Message"].encode()) for entry in entries)
        assert len(entries) <= 10
        if size > _LARGEST_PUBLISH:
            raise client_error("PublishBatch", "BatchRequestTooLong")
        failed = []
        for number, entry in enumerate(entries):
            if partial and number % 2 == 0:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                continue
            body = json.loads(json.loads(entry["Message"])["default"])
            self.published.append({"at": self._world.loop.now, "body": body})
        return {"Successful": [], "Failed": failed}

    def send_message_batch(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        return self._queues.send_batch(parameters, partial)

    def change_message_visibility_batch(self, place: Place, parameters: Parameters, partial: bool) -> Any:
        return self._queues.change_visibility(parameters)

    def _own(self, place: Place, arn: str) -> Resource | None:
        account = arn.split(":")[4] if arn.count(":") >= 5 else ""
        resource = self._world.by_arn.get(arn)
        if (resource.account if resource else account or place[0]) != place[0]:
            raise ForeignAccountError(f"{arn} with credentials of {place[0]}")
        return resource

    def _write(self, resource: Resource, updates: Mapping[str, str], removes: tuple[str, ...]) -> None:
        self._race(resource)
        self._world.change(resource, FUNCTION, updates, removes)

    def _race(self, resource: Resource) -> None:
        """Let a person write right before the function."""
        if resource.race is not None:
            (key, value), resource.race = resource.race, None
            self._world.change(resource, "racer@example.com", {key: value}, ())


_ROLE_OF = {FUNCTION: "tag-governance-member"}
_HOME_SERVICES = frozenset({"dynamodb", "sns", "sqs", "organizations"})

_OPERATIONS: dict[str, Callable[[Services, Place, Parameters, bool], Any]] = {
    "ec2:DescribeTags": Services.describe_tags,
    "ec2:DescribeInstances": Services.describe_instances,
    "ec2:CreateTags": Services.create_tags,
    "ec2:DeleteTags": Services.delete_tags,
    "resourcegroupstaggingapi:GetResources": Services.get_resources,
    "resourcegroupstaggingapi:TagResources": Services.tag_resources,
    "resourcegroupstaggingapi:UntagResources": Services.untag_resources,
    "s3:GetBucketTagging": Services.get_bucket_tagging,
    "s3:PutBucketTagging": Services.put_bucket_tagging,
    "iam:ListRoleTags": Services.list_role_tags,
    "iam:TagRole": Services.tag_role,
    "iam:UntagRole": Services.untag_role,
    "organizations:ListTagsForResource": Services.list_tags_for_resource,
    "organizations:ListParents": Services.list_parents,
    "cloudtrail:LookupEvents": Services.lookup_events,
    "dynamodb:BatchGetItem": Services.batch_get_item,
    "dynamodb:TransactWriteItems": Services.transact_write_items,
    "dynamodb:Query": Services.query,
    "dynamodb:UpdateItem": Services.update_item,
    "sns:PublishBatch": Services.publish_batch,
    "sqs:SendMessageBatch": Services.send_message_batch,
    "sqs:ChangeMessageVisibilityBatch": Services.change_message_visibility_batch,
}


def _failed(status: int, code: str, message: str) -> dict[str, Any]:
    return {"StatusCode": status, "ErrorCode": code, "ErrorMessage": message}
