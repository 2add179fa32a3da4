"""Tags of a resource, read from its own service, independently of the function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tools.emulator.stack import REGION, Stack


def tags_of(stack: Stack, account: str, arn: str, home: str = REGION) -> dict[str, str]:
    """Read the current tags of a resource. `home` is its region if the ARN contains none.

    Raises:
        KeyError: the service is not supported here.
    """
    _, _, service, region, _, resource = arn.split(":", 5)
    client = stack.client(account, _CLIENTS.get(service, service), region or home)
    return _READERS[service](client, arn, resource)


def _pairs(tags: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {tag[key]: tag[value] for tag in tags}


def _last(resource: str) -> str:
    return resource.replace(":", "/").rsplit("/", 1)[-1]


def _ec2(client: Any, _: str, resource: str) -> dict[str, str]:
    answer = client.describe_tags(Filters=[{"Name": "resource-id", "Values": [_last(resource)]}])
    return _pairs(answer["Tags"])


def _s3(client: Any, _: str, resource: str) -> dict[str, str]:
    try:
        return _pairs(client.get_bucket_tagging(Bucket=resource)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def _sqs(client: Any, _: str, resource: str) -> dict[str, str]:
    url = client.get_queue_url(QueueName=resource)["QueueUrl"]
    return dict(client.list_queue_tags(QueueUrl=url).get("Tags", {}))


_CLIENTS = {"elasticfilesystem": "efs"}

_READERS: dict[str, Callable[[Any, str, str], dict[str, str]]] = {
    "dynamodb": lambda client, arn, _: _pairs(client.list_tags_of_resource(ResourceArn=arn)["Tags"]),
    "ec2": _ec2,
    "ecr": lambda client, arn, _: _pairs(client.list_tags_for_resource(resourceArn=arn)["tags"]),
    "ecs": lambda client, arn, _: _pairs(client.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"),
    "elasticfilesystem": lambda client, _, resource: _pairs(
        client.list_tags_for_resource(ResourceId=_last(resource))["Tags"]
    ),
    "iam": lambda client, _, resource: _pairs(client.list_role_tags(RoleName=_last(resource))["Tags"]),
    "kms": lambda client, arn, _: _pairs(client.list_resource_tags(KeyId=arn)["Tags"], "TagKey", "TagValue"),
    "lambda": lambda client, arn, _: dict(client.list_tags(Resource=arn)["Tags"]),
    "s3": _s3,
    "sns": lambda client, arn, _: _pairs(client.list_tags_for_resource(ResourceArn=arn)["Tags"]),
    "sqs": _sqs,
}
