"""Rows that a person has checked against AWS's documentation and recorded events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.catalogued import BY_TYPE, ENTRIES, OVERRIDES, Row


def created_by(resource_type: str, event_name: str) -> dict[str, Any]:
    (create,) = [row for row in BY_TYPE[resource_type]["create"] if row["event_name"] == event_name]
    return dict(create)


@pytest.mark.parametrize(
    ("resource_type", "event_name", "event_source", "arn"),
    [
        ("acm:certificate", "RequestCertificate", "acm", "responseElements.certificateArn"),
        ("dynamodb:table", "CreateTable", "dynamodb", "responseElements.tableDescription.tableArn"),
        ("ecr:repository", "CreateRepository", "ecr", "responseElements.repository.repositoryArn"),
        ("ecs:service", "CreateService", "ecs", "responseElements.service.serviceArn"),
        ("ecs:task-definition", "RegisterTaskDefinition", "ecs", "responseElements.taskDefinition.taskDefinitionArn"),
        ("eks:nodegroup", "CreateNodegroup", "eks", "responseElements.nodegroup.nodegroupArn"),
        ("firehose:deliverystream", "CreateDeliveryStream", "firehose", "responseElements.deliveryStreamARN"),
        ("kms:key", "CreateKey", "kms", "responseElements.keyMetadata.arn"),
        ("lambda:function", "CreateFunction", "lambda", "responseElements.functionArn"),
        ("mq:brokers", "CreateBroker", "amazonmq", "responseElements.brokerArn"),
        ("sagemaker:model", "CreateModel", "sagemaker", "responseElements.modelArn"),
        ("sns:topic", "CreateTopic", "sns", "responseElements.topicArn"),
        ("states:statemachine", "CreateStateMachine", "states", "responseElements.stateMachineArn"),
    ],
)
def test_the_arn_stands_in_the_response(resource_type: str, event_name: str, event_source: str, arn: str) -> None:
    create = created_by(resource_type, event_name)

    assert create["event_source"] == f"{event_source}.amazonaws.com"
    assert create["arn"] == arn


@pytest.mark.parametrize(
    ("resource_type", "event_name", "ids"),
    [
        ("s3:bucket", "CreateBucket", {"BucketName": "requestParameters.bucketName"}),
        ("sqs:queue", "CreateQueue", {"QueueName": "requestParameters.queueName"}),
        ("logs:log-group", "CreateLogGroup", {"LogGroupName": "requestParameters.logGroupName"}),
        ("kinesis:stream", "CreateStream", {"StreamName": "requestParameters.streamName"}),
        ("cloudwatch:alarm", "PutMetricAlarm", {"AlarmName": "requestParameters.alarmName"}),
        (
            "elasticloadbalancing:loadbalancer",
            "CreateLoadBalancer",
            {"LoadBalancerName": "requestParameters.loadBalancerName"},
        ),
    ],
)
def test_the_id_stands_in_the_request_only(resource_type: str, event_name: str, ids: dict[str, str]) -> None:
    create = created_by(resource_type, event_name)

    assert create["id"] == ids
    assert create["arn"] is None


def test_cluster_arns_come_by_name_because_the_response_names_only_the_namespace() -> None:
    create = created_by("redshift:cluster", "CreateCluster")

    assert create["arn"] is None
    assert create["id"]["ClusterName"].startswith("responseElements.clusterIdentifier || ")


def test_an_id_never_stands_in_for_a_name_with_a_path_or_a_random_suffix() -> None:
    for resource_type in ("iam:role", "iam:user", "iam:policy", "secretsmanager:Secret", "eks:nodegroup", "rds:proxy"):
        for create in BY_TYPE[resource_type]["create"]:
            assert create["id"] == {}


def test_an_event_that_is_told_by_hand_is_of_no_model() -> None:
    for event, told in OVERRIDES.unmodelled.items():
        source, _, name = event.partition(" ")
        (create,) = [
            row for row in BY_TYPE[told.type]["create"] if f"{row['event_source']} {row['event_name']}" == event
        ]
        assert create["event_name"] == name
        assert Row(BY_TYPE[told.type], create).operations() == [], f"the model of {source} has {name}"


def test_only_lambda_dates_its_events() -> None:
    assert {row["event_source"] for e in ENTRIES for row in e["create"] if row["dated"]} == {"lambda.amazonaws.com"}


def test_tags_that_are_never_logged_are_not_looked_for() -> None:
    assert created_by("secretsmanager:Secret", "CreateSecret")["tags"] is None
    assert created_by("s3:bucket", "CreateBucket")["tags"] is None


@pytest.mark.parametrize(
    ("resource_type", "api", "tag_actions"),
    [
        ("ec2:instance", "ec2", ["ec2:CreateTags"]),
        ("iam:role", "iam", ["iam:TagRole"]),
        ("rds:db", "tagging", ["tag:TagResources", "rds:AddTagsToResource"]),
        ("s3:bucket", "s3", ["s3:PutBucketTagging", "s3:TagResource"]),
        ("sqs:queue", "tagging", ["tag:TagResources", "sqs:TagQueue"]),
    ],
)
def test_the_tagging_api_and_its_permissions(resource_type: str, api: str, tag_actions: list[str]) -> None:
    assert BY_TYPE[resource_type]["tag_api"] == api
    assert BY_TYPE[resource_type]["tag_actions"] == tag_actions


def test_global_services_live_in_one_region() -> None:
    live_in = {e["type"].partition(":")[0]: e["region"] for e in ENTRIES if e["region"]}
    assert {name for name, region in live_in.items() if region == "us-west-2"} == {
        "globalaccelerator",
        "networkmanager",
    }
    assert live_in.keys() >= {"cloudfront", "iam", "organizations", "route53", "waf"}
    assert set(live_in.values()) == {"us-east-1", "us-west-2"}


def test_tag_keys_of_roles_and_users_are_compared_without_case() -> None:
    assert {e["type"] for e in ENTRIES if not e["case_sensitive_keys"]} == {"iam:role", "iam:user"}


@pytest.mark.parametrize(
    ("resource_type", "related"),
    [
        ("ec2:snapshot", "ec2:volume"),
        ("ec2:subnet", "ec2:vpc"),
        ("ec2:volume", "ec2:instance"),
        ("ec2:network-interface", "ec2:instance"),
        ("ec2:image", "ec2:instance"),
        ("ec2:instance", "ec2:image"),
        ("rds:snapshot", "rds:db"),
        ("ecs:service", "ecs:cluster"),
        ("eks:nodegroup", "eks:cluster"),
    ],
)
def test_a_resource_knows_where_it_belongs(resource_type: str, related: str) -> None:
    assert related in [row["type"] for row in BY_TYPE[resource_type]["related"]]


@pytest.mark.parametrize(
    ("resource_type", "actions"),
    [
        ("ec2:instance", ["ec2:RunInstances"]),
        ("ec2:network-interface", ["ec2:CreateNetworkInterface", "ec2:RunInstances"]),
        ("ec2:subnet", ["ec2:CreateSubnet"]),
        ("elasticloadbalancing:loadbalancer/app/", ["elasticloadbalancing:CreateLoadBalancer"]),
        ("s3:bucket", ["s3:CreateBucket"]),
        # evaluated on * or on another type alone: a statement on the type's ARN would never match
        ("kms:key", []),
        ("eks:nodegroup", []),
        ("elasticloadbalancing:listener/app", []),
    ],
)
def test_what_a_service_control_policy_may_deny(resource_type: str, actions: list[str]) -> None:
    assert BY_TYPE[resource_type]["request_tag_actions"] == actions


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [
        ("ec2:instance", "ec2:instance"),
        ("secretsmanager:Secret", "secretsmanager:secret"),
        ("elasticloadbalancing:loadbalancer/app/", "elasticloadbalancing:loadbalancer"),
        ("rds:proxy", "rds:db-proxy"),
        # only the wildcard of their service covers them
        ("rds:db", None),
        ("eks:cluster", None),
    ],
)
def test_names_in_tag_policies(resource_type: str, name: str | None) -> None:
    assert BY_TYPE[resource_type]["tag_policy_type"] == name
