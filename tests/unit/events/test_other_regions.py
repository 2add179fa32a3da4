"""Resources that are created by an update, beside another resource, or in another region; and global services."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.events.observe import observe
from tag_governance.events.resolve import resolve
from tests.support.catalogued import BY_TYPE
from tests.support.events import api_call
from tests.support.policies import HOME, policy

CATALOGUE = load_catalogue()
FIRST, SECOND, HERE = "ap-south-1", "sa-east-1", "us-east-1"


def found(event: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (seen.resource_type.name, seen.arn, seen.region) for seen in resolve(event, CATALOGUE) if not seen.attached_to
    ]


@pytest.mark.parametrize("named", ["orders", f"arn:aws:dynamodb:{HERE}:{HOME}:table/orders"])
def test_each_replica_of_a_table_is_a_table_in_its_region(named: str) -> None:
    updates = [{"create": {"regionName": FIRST}}, {"delete": {"regionName": "x"}}, {"create": {"regionName": SECOND}}]
    event = api_call("dynamodb.amazonaws.com", "UpdateTable", {"tableName": named, "replicaUpdates": updates}, None)

    assert found(event) == [
        ("dynamodb:table", f"arn:aws:dynamodb:{region}:{HOME}:table/orders", region) for region in (FIRST, SECOND)
    ]


def test_tags_of_the_request_are_not_those_of_a_replica() -> None:
    event = api_call(
        "dynamodb.amazonaws.com",
        "UpdateTable",
        {"tableName": "t", "replicaUpdates": [{"create": {"regionName": FIRST}}], "tags": [{"key": "a", "value": "b"}]},
        {"tableDescription": {"tableName": "t"}},
    )
    assert [seen.tags for seen in resolve(event, CATALOGUE)] == [None]


@pytest.mark.parametrize(
    ("source", "name", "request_parameters", "answer", "expected"),
    [
        (
            "elasticfilesystem",
            "CreateReplicationConfiguration",
            {"sourceFileSystemId": "fs-1", "destinations": [{"region": FIRST}]},
            {"sourceFileSystemId": "fs-1", "destinations": [{"fileSystemId": "fs-2", "region": FIRST}]},
            [("elasticfilesystem:file-system", f"elasticfilesystem:{FIRST}:{HOME}:file-system/fs-2", FIRST)],
        ),
        # it replicates to an existing one
        (
            "elasticfilesystem",
            "CreateReplicationConfiguration",
            {"sourceFileSystemId": "fs-1", "destinations": [{"region": FIRST, "fileSystemId": "fs-2"}]},
            {"sourceFileSystemId": "fs-1", "destinations": [{"fileSystemId": "fs-2", "region": FIRST}]},
            [],
        ),
        (
            "cassandra",
            "UpdateKeyspace",
            {"keyspaceName": "shop", "replicationSpecification": {"regionList": [HERE, FIRST]}},
            {"resourceArn": f"arn:aws:cassandra:{HERE}:{HOME}:/keyspace/shop/"},
            [("cassandra:keyspace", f"cassandra:{r}:{HOME}:/keyspace/shop/", r) for r in (HERE, FIRST)],
        ),
        (
            "appstream",
            "CopyImage",
            {"sourceImageName": "a", "destinationImageName": "b", "destinationRegion": FIRST},
            {"destinationImageName": "b"},
            [("appstream:image", f"appstream:{FIRST}:{HOME}:image/b", FIRST)],
        ),
        (
            "cognito-idp",
            "CreateUserPoolReplica",
            {"userPoolId": "us-east-1_a", "regionName": FIRST},
            {"userPoolReplica": {"userPoolArn": f"arn:aws:cognito-idp:{FIRST}:{HOME}:userpool/us-east-1_a"}},
            [("cognito-idp:userpool", f"cognito-idp:{FIRST}:{HOME}:userpool/us-east-1_a", FIRST)],
        ),
        (
            "ec2",
            "AcceptVpcPeeringConnection",
            {"vpcPeeringConnectionId": "pcx-1"},
            {"vpcPeeringConnection": {"vpcPeeringConnectionId": "pcx-1"}},
            [("ec2:vpc-peering-connection", f"ec2:{HERE}:{HOME}:vpc-peering-connection/pcx-1", HERE)],
        ),
        (
            "ec2",
            "AcceptTransitGatewayPeeringAttachment",
            {"AcceptTransitGatewayPeeringAttachmentRequest": {"TransitGatewayAttachmentId": "tgw-attach-1"}},
            {
                "AcceptTransitGatewayPeeringAttachmentResponse": {
                    "transitGatewayPeeringAttachment": {"transitGatewayAttachmentId": "tgw-attach-1"}
                }
            },
            [("ec2:transit-gateway-attachment", f"ec2:{HERE}:{HOME}:transit-gateway-attachment/tgw-attach-1", HERE)],
        ),
    ],
)
def test_resources_in_another_region_or_account(
    source: str, name: str, request_parameters: object, answer: object, expected: list[tuple[str, str, str]]
) -> None:
    event = api_call(f"{source}.amazonaws.com", name, request_parameters, answer)
    assert found(event) == [(kind, f"arn:aws:{arn}", region) for kind, arn, region in expected]


def test_a_spot_instance_is_created_with_its_request() -> None:
    tags = [{"resourceType": "spot-instances-request", "tags": [{"key": "Owner", "value": "ana"}]}]
    instances = [{"instanceId": "i-1", "spotInstanceRequestId": "sir-1"}, {"instanceId": "i-2"}]
    event = api_call(
        "ec2.amazonaws.com",
        "RunInstances",
        {"tagSpecificationSet": {"items": tags}},
        {"instancesSet": {"items": instances}},
    )

    seen = resolve(event, CATALOGUE, {"ec2:instance", "ec2:spot-instances-request"})

    assert [(one.arn.rpartition(":")[2], one.tags) for one in seen] == [
        ("instance/i-1", None),
        ("instance/i-2", None),
        ("spot-instances-request/sir-1", {"Owner": "ana"}),
    ]


def test_an_on_demand_instance_has_no_spot_request() -> None:
    event = api_call("ec2.amazonaws.com", "RunInstances", {}, {"instancesSet": {"items": [{"instanceId": "i-1"}]}})
    assert [
        seen.resource_type.name for seen in resolve(event, CATALOGUE, {"ec2:instance", "ec2:spot-instances-request"})
    ] == ["ec2:instance"]


@pytest.mark.parametrize(
    ("resource_type", "name", "region", "answer", "host"),
    [
        (
            "iam:user",
            "CreateUser",
            "us-gov-east-1",
            {"user": {"arn": f"arn:aws-us-gov:iam::{HOME}:user/a"}},
            "iam.us-gov.amazonaws.com",
        ),
        (
            "iam:policy",
            "CreatePolicy",
            "cn-northwest-1",
            {"policy": {"arn": f"arn:aws-cn:iam::{HOME}:policy/a"}},
            "iam.cn-north-1.amazonaws.com.cn",
        ),
        (
            "iam:role",
            "CreateRole",
            "us-isob-east-1",
            {"role": {"arn": f"arn:aws-iso-b:iam::{HOME}:role/a"}},
            "iam.us-isob-east-1.sc2s.sgov.gov",
        ),
        (
            "route53:hostedzone",
            "CreateHostedZone",
            "cn-north-1",
            {"hostedZone": {"id": "/hostedzone/Z1"}},
            "route53.amazonaws.com.cn",
        ),
        (
            "route53:hostedzone",
            "CreateHostedZone",
            "us-gov-west-1",
            {"hostedZone": {"id": "/hostedzone/Z1"}},
            "route53.us-gov.amazonaws.com",
        ),
        (
            "networkmanager:global-network",
            "CreateGlobalNetwork",
            "us-east-1",
            {"globalNetwork": {"globalNetworkId": "g-1"}},
            "networkmanager.us-west-2.amazonaws.com",
        ),
        (
            "billing:billingview",
            "CreateBillingView",
            "eu-west-1",
            {"arn": f"arn:aws:billing::{HOME}:billingview/custom-1"},
            "billing.us-east-1.amazonaws.com",
        ),
    ],
)
def test_a_global_service_is_called_at_the_endpoint_of_its_partition(
    resource_type: str, name: str, region: str, answer: dict[str, Any], host: str
) -> None:
    service = resource_type.partition(":")[0]
    event = api_call(f"{service}.amazonaws.com", name, {}, answer, region=region)

    (seen,) = observe(event, CATALOGUE, policy(resource_types=[resource_type]))

    client = boto3.client(  # type: ignore[call-overload]
        service, region_name=seen.region, aws_access_key_id="a", aws_secret_access_key="b"
    )
    assert client.meta.endpoint_url == f"https://{host}"


def test_no_type_of_a_global_service_is_sent_to_the_region_of_its_event() -> None:
    told = {
        name: entry["regions"]
        for name, entry in BY_TYPE.items()
        if name.startswith(("iam:", "route53:", "cloudfront:"))
    }
    assert told
    assert [
        name for name, regions in told.items() if not {"aws", "aws-cn", "aws-us-gov", "aws-iso"} <= regions.keys()
    ] == []
