"""The emulated CloudTrail uses the format of the real one. The expected values are recorded shapes."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel

from tools.emulator.cloudtrail import api_call, assumed_role
from tools.emulator.cloudtrail_format import event_name, event_source, request_parameters, response_elements

TEAM = {"Key": "team", "Value": "payments"}


def operation(service: str, name: str) -> OperationModel:
    return botocore.session.Session().get_service_model(service).operation_model(name)


def test_ec2_older_actions_have_item_lists_and_plain_tags() -> None:
    run = operation("ec2", "RunInstances")

    request = request_parameters(run, {"TagSpecifications": [{"ResourceType": "instance", "Tags": [TEAM]}]})
    response = response_elements(run, {"Instances": [{"InstanceId": "i-1", "Tags": [TEAM]}]})

    tag = {"key": "team", "value": "payments"}
    assert request == {"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [tag]}]}}
    assert response == {"instancesSet": {"items": [{"instanceId": "i-1", "tagSet": {"items": [tag]}}]}}


def test_ec2_newer_actions_are_wrapped_xml() -> None:
    create = operation("ec2", "CreateNatGateway")
    both = [{"Key": "managed", "Value": "true"}, TEAM]

    request = request_parameters(create, {"TagSpecifications": [{"ResourceType": "natgateway", "Tags": both}]})
    response = response_elements(create, {"NatGateway": {"NatGatewayId": "nat-1", "Tags": both}})

    numbered = [{"Key": "managed", "Value": True, "tag": 1}, {"Key": "team", "Value": "payments", "tag": 2}]
    specification = {"ResourceType": "natgateway", "tag": 1, "Tag": numbered}
    items = [{"key": "managed", "value": True}, {"key": "team", "value": "payments"}]
    assert request == {"CreateNatGatewayRequest": {"TagSpecification": specification}}
    assert response == {
        "CreateNatGatewayResponse": {"natGateway": {"natGatewayId": "nat-1", "tagSet": {"item": items}}}
    }


@pytest.mark.parametrize(("tags", "written"), [([], ""), ([TEAM], {"item": {"key": "team", "value": "payments"}})])
def test_an_empty_xml_list_is_a_text_and_a_list_of_one_an_object(tags: list[Any], written: Any) -> None:
    answer = {"NatGateway": {"Tags": tags}}

    spelled = response_elements(operation("ec2", "CreateNatGateway"), answer)

    assert spelled == {"CreateNatGatewayResponse": {"natGateway": {"tagSet": written}}}


@pytest.mark.parametrize(
    ("service", "name", "answer", "spelled"),
    [
        ("rds", "CreateDBInstance", {"DBInstance": {"DBInstanceArn": "a"}}, {"dBInstanceArn": "a"}),
        ("rds", "CreateDBProxy", {"DBProxy": {"DBProxyArn": "a"}}, {"dBProxy": {"dBProxyArn": "a"}}),
        ("elasticache", "CreateCacheCluster", {"CacheCluster": {"ARN": "a"}}, {"aRN": "a"}),
        ("secretsmanager", "CreateSecret", {"ARN": "a"}, {"arn": "a"}),
        ("iam", "CreateUser", {"User": {"UserName": "u"}}, {"user": {"userName": "u"}}),
        ("ecr", "CreateRepository", {"repository": {"repositoryArn": "a"}}, {"repository": {"repositoryArn": "a"}}),
        ("s3", "CreateBucket", {"Location": "/b"}, None),
        ("kinesis", "CreateStream", {}, None),
    ],
)
def test_response_elements(service: str, name: str, answer: dict[str, Any], spelled: dict[str, Any] | None) -> None:
    assert response_elements(operation(service, name), answer) == spelled


@pytest.mark.parametrize(
    ("service", "name", "source", "event"),
    [
        ("lambda", "CreateFunction", "lambda.amazonaws.com", "CreateFunction20150331"),
        ("ecr", "CreateRepository", "ecr.amazonaws.com", "CreateRepository"),
        ("efs", "CreateFileSystem", "elasticfilesystem.amazonaws.com", "CreateFileSystem"),
        ("cloudwatch", "PutMetricAlarm", "monitoring.amazonaws.com", "PutMetricAlarm"),
        ("elbv2", "CreateLoadBalancer", "elasticloadbalancing.amazonaws.com", "CreateLoadBalancer"),
    ],
)
def test_event_names(service: str, name: str, source: str, event: str) -> None:
    assert (event_source(operation(service, name)), event_name(operation(service, name))) == (source, event)


def test_tags_and_text_of_a_secret_are_not_logged() -> None:
    parameters = {"Name": "app/db", "SecretString": "hidden", "Tags": [TEAM]}

    assert request_parameters(operation("secretsmanager", "CreateSecret"), parameters) == {"name": "app/db"}


def test_a_failed_call_has_an_error_and_no_response() -> None:
    answer = {"Error": {"Code": "QueueNameExists", "Message": "taken"}, "ResponseMetadata": {}}

    event = api_call(
        assumed_role("111122223333", "Developer", "alice@example.com"),
        operation("sqs", "CreateQueue"),
        {"QueueName": "orders"},
        answer,
    )

    assert (event["detail"]["errorCode"], event["detail"]["responseElements"]) == ("QueueNameExists", None)
    assert event["detail"]["requestParameters"] == {"queueName": "orders"}
