"""Factories for the resources of the demonstration. Each returns ARNs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import boto3

Make = Callable[[boto3.Session], list[str]]

_TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
    '"Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)


def instances(count: int) -> Make:
    """Build a factory for instances that are launched in one call."""

    def make(session: boto3.Session) -> list[str]:
        ec2 = session.client("ec2")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        answer = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, InstanceType="t3.micro")
        return [_ec2_arn(session, f"instance/{instance['InstanceId']}") for instance in answer["Instances"]]

    return make


def volume() -> Make:
    """Build a factory for an empty volume."""

    def make(session: boto3.Session) -> list[str]:
        answer = session.client("ec2").create_volume(AvailabilityZone=f"{session.region_name}a", Size=1)
        return [_ec2_arn(session, f"volume/{answer['VolumeId']}")]

    return make


def snapshot(of_volume_with: Mapping[str, str]) -> Make:
    """Build a factory for a snapshot of a volume with these tags. It returns only the snapshot, whose ARN names no
    account."""

    def make(session: boto3.Session) -> list[str]:
        ec2 = session.client("ec2")
        tags: Any = [{"ResourceType": "volume", "Tags": [{"Key": k, "Value": v} for k, v in of_volume_with.items()]}]
        zone = f"{session.region_name}a"
        source = ec2.create_volume(AvailabilityZone=zone, Size=1, TagSpecifications=tags)["VolumeId"]
        return [f"arn:aws:ec2:{session.region_name}::snapshot/{ec2.create_snapshot(VolumeId=source)['SnapshotId']}"]

    return make


def queue(name: str, **tags: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        sqs = session.client("sqs")
        url = (
            sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"]
            if tags
            else sqs.create_queue(QueueName=name)["QueueUrl"]
        )
        return [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]]

    return make


def topic(name: str, **tags: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        return [session.client("sns").create_topic(Name=name, Tags=pairs)["TopicArn"]]  # type: ignore[arg-type]

    return make


def table(name: str, **tags: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        answer = session.client("dynamodb").create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        return [answer["TableDescription"]["TableArn"]]

    return make


def bucket(name: str, **tags: str) -> Make:
    """Build a factory for a bucket. Its tags are set by a second call, as most clients do."""

    def make(session: boto3.Session) -> list[str]:
        s3 = session.client("s3")
        full_name = f"{name}-{_account(session)}"
        if session.region_name == "us-east-1":
            s3.create_bucket(Bucket=full_name)
        else:
            place: Any = {"LocationConstraint": session.region_name}
            s3.create_bucket(Bucket=full_name, CreateBucketConfiguration=place)
        if tags:
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            s3.put_bucket_tagging(Bucket=full_name, Tagging={"TagSet": pairs})  # type: ignore[typeddict-item]
        return [f"arn:aws:s3:::{full_name}"]

    return make


def function(name: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "def handle(event, context): ...\n")
        answer = session.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=f"arn:aws:iam::{_account(session)}:role/service/any",
            Handler="app.handle",
            Code={"ZipFile": code.getvalue()},
        )
        return [answer["FunctionArn"]]

    return make


def role(name: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        iam = session.client("iam")
        return [iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"]]

    return make


def key(**tags: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        pairs = [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
        return [session.client("kms").create_key(Tags=pairs)["KeyMetadata"]["Arn"]]  # type: ignore[arg-type]

    return make


def repository(name: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        return [session.client("ecr").create_repository(repositoryName=name)["repository"]["repositoryArn"]]

    return make


def cluster(name: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        return [session.client("ecs").create_cluster(clusterName=name)["cluster"]["clusterArn"]]

    return make


def file_system(token: str) -> Make:
    def make(session: boto3.Session) -> list[str]:
        return [session.client("efs").create_file_system(CreationToken=token)["FileSystemArn"]]

    return make


def _ec2_arn(session: boto3.Session, resource: str) -> str:
    return f"arn:aws:ec2:{session.region_name}:{_account(session)}:{resource}"


def _account(session: boto3.Session) -> str:
    return session.client("sts").get_caller_identity()["Account"]
