"""Rows that a person has checked against AWS's documentation and recorded events."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tag_governance.domain.partition import partition_of
from tests.support.catalogued import BY_TYPE, DOCUMENT, ENTRIES, OVERRIDES, Row


def created_by(resource_type: str, event_name: str) -> dict[str, Any]:
    (create,) = [row for row in BY_TYPE[resource_type]["create"] if row["event_name"] == event_name]
    return dict(create)


@pytest.mark.parametrize(
    ("resource_type", "event_name", "event_source", "arn"),
    [
        ("acm:certificate", "RequestCertificate", "acm", "responseElements.certificateArn"),
        # a mesh may be shared: the ARN in its metadata tells the account
        (
            "appmesh:mesh",
            "CreateMesh",
            "appmesh",
            "responseElements.mesh.metadata.arn || responseElements.metadata.arn",
        ),
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


@pytest.mark.parametrize(
    ("resource_type", "event_name", "variable", "path"),
    [
        # a name that the service does not keep as it was given is in lower case, or in the answer alone
        ("rds:snapshot", "CreateDBSnapshot", "SnapshotName", "lower(requestParameters.dBSnapshotIdentifier)"),
        ("dax:application", "CreateCluster", "ClusterName", "lower(requestParameters.clusterName)"),
        # the answer may be missing as a whole: parents stand in the request as well
        ("elasticbeanstalk:environment", "CreateEnvironment", "ApplicationName", "requestParameters.applicationName"),
        # a version is no name
        ("bedrock:prompt-version", "CreatePromptVersion", "PromptVersion", "responseElements.version"),
        # version 1 of Greengrass has an event of the same name, for the deployment of a group
        (
            "greengrass:deployment",
            "CreateDeployment",
            "DeploymentId",
            "!(requestParameters.groupId) && responseElements.deploymentId",
        ),
    ],
)
def test_an_id_stands_there(resource_type: str, event_name: str, variable: str, path: str) -> None:
    assert path in created_by(resource_type, event_name)["id"][variable].split(" || ")


@pytest.mark.parametrize(
    ("resource_type", "event_name", "arn"),
    [
        # ARNs with the names in lower case, a version or a random part
        ("sagemaker:endpoint", "CreateEndpoint", "responseElements.endpointArn"),
        ("imagebuilder:imagePipeline", "CreateImagePipeline", "responseElements.imagePipelineArn"),
        ("comprehend:document-classifier", "CreateDocumentClassifier", "responseElements.documentClassifierArn"),
        ("glue:schema", "CreateSchema", "responseElements.schemaArn"),
        ("translate:terminology", "ImportTerminology", "responseElements.terminologyProperties.arn"),
        # what the call makes, not what it names
        ("controltower:EnabledControl", "EnableControl", "responseElements.arn"),
        ("imagebuilder:image", "StartImagePipelineExecution", "responseElements.imageBuildVersionArn"),
    ],
)
def test_the_answer_alone_has_the_arn(resource_type: str, event_name: str, arn: str) -> None:
    create = created_by(resource_type, event_name)

    assert (create["arn"], create["id"]) == (arn, {})


def test_a_placement_group_is_known_by_its_id_and_not_by_its_name() -> None:
    (told,) = created_by("ec2:placement-group", "CreatePlacementGroup")["id"].values()

    assert "requestParameters" not in told


def test_scalable_targets_are_recorded_under_either_name() -> None:
    sources = {row["event_source"] for row in BY_TYPE["application-autoscaling:ScalableTarget"]["create"]}

    assert sources == {"application-autoscaling.amazonaws.com", "autoscaling.amazonaws.com"}


@pytest.mark.parametrize("event_name", ["CreateEndpoint", "CreateModel", "CreateTrainingJob", "CreateUserProfile"])
def test_no_arn_of_sagemaker_is_made_from_a_name(event_name: str) -> None:
    rows = [c for e in ENTRIES for c in e["create"] if c["event_name"] == event_name and e["type"][:9] == "sagemaker"]

    assert [row["id"] for row in rows] == [{}]


@pytest.mark.parametrize(
    ("event_source", "event_name"),
    [
        ("directconnect", "AllocatePrivateVirtualInterface"),  # of the account that it is allocated to
        ("iotmanagedintegrations", "RegisterAccountAssociation"),  # connects what is there
        ("s3files", "CreateFileSystem"),  # its ARNs are not those of EFS, whose operations have the same names
        ("account-access", "CreateApplication"),  # nor these those of AppIntegrations
    ],
)
def test_what_creates_nothing_that_is_known(event_source: str, event_name: str) -> None:
    assert not [
        entry["type"]
        for entry in ENTRIES
        for row in entry["create"]
        if (row["event_source"], row["event_name"]) == (f"{event_source}.amazonaws.com", event_name)
    ]


@pytest.mark.parametrize(
    ("resource_type", "event_name", "tags"),
    [
        ("ce:anomalymonitor", "CreateAnomalyMonitor", "requestParameters.resourceTags"),
        ("bedrock:evaluation-job", "CreateEvaluationJob", "requestParameters.jobTags"),
        # resourceTags there are for what is built with it, and targetModelTags for the model
        ("imagebuilder:infrastructureConfiguration", "CreateInfrastructureConfiguration", "requestParameters.tags"),
        ("bedrock:model-copy-job", "CreateModelCopyJob", None),
        ("personalize:solution", "CreateSolution", "requestParameters.tags"),
    ],
)
def test_whose_tags_they_are(resource_type: str, event_name: str, tags: str | None) -> None:
    assert created_by(resource_type, event_name)["tags"] == tags


def test_only_lambda_dates_its_events() -> None:
    assert {row["event_source"] for e in ENTRIES for row in e["create"] if row["dated"]} == {"lambda.amazonaws.com"}


def test_tags_that_are_never_logged_are_not_looked_for() -> None:
    assert created_by("secretsmanager:Secret", "CreateSecret")["tags"] is None
    assert created_by("s3:bucket", "CreateBucket")["tags"] is None


@pytest.mark.parametrize(
    ("resource_type", "api", "tag_actions"),
    [
        ("ec2:instance", "ec2", ["ec2:CreateTags"]),
        ("apigateway:RestApi", "native", ["apigateway:PUT"]),
        ("autoscaling:autoScalingGroup", "autoscaling", ["autoscaling:CreateOrUpdateTags"]),
        ("bedrock:agent", "native", ["bedrock:TagResource"]),
        ("cloudwatch:alarm", "tagging", ["tag:TagResources", "cloudwatch:TagResource"]),
        ("cloudwatch:dashboard", "native", ["cloudwatch:TagResource"]),
        ("codebuild:project", None, []),
        ("iam:role", "native", ["iam:TagRole"]),
        ("rds:db", "tagging", ["tag:TagResources", "rds:AddTagsToResource"]),
        ("s3:bucket", "s3", ["s3:PutBucketTagging", "s3:TagResource"]),
        ("sqs:queue", "tagging", ["tag:TagResources", "sqs:TagQueue"]),
    ],
)
def test_the_tagging_api_and_its_permissions(resource_type: str, api: str | None, tag_actions: list[str]) -> None:
    assert BY_TYPE[resource_type]["tag_api"] == api
    assert BY_TYPE[resource_type]["tag_actions"] == tag_actions


def test_global_services_live_in_one_region() -> None:
    live_in = {e["type"].partition(":")[0]: e["regions"]["aws"] for e in ENTRIES if e["regions"]}
    assert {name for name, region in live_in.items() if region == "us-west-2"} == {
        "globalaccelerator",
        "networkmanager",
        "route53-recovery-control-config",
    }
    assert live_in.keys() >= {"billing", "cloudfront", "cur", "iam", "organizations", "route53", "waf"}
    assert set(live_in.values()) == {"us-east-1", "us-west-2"}


@pytest.mark.parametrize(
    ("resource_type", "partition", "region"),
    [
        ("iam:role", "aws-cn", "cn-north-1"),
        ("iam:role", "aws-us-gov", "us-gov-west-1"),
        ("iam:role", "aws-iso-f", "us-isof-south-1"),
        ("cloudfront:distribution", "aws-cn", "cn-northwest-1"),
        ("route53:hostedzone", "aws-iso-b", "us-isob-east-1"),
        ("organizations:policy", "aws-cn", "cn-northwest-1"),
        ("networkmanager:site", "aws-us-gov", "us-gov-west-1"),
        ("cur:cur", "aws-cn", "cn-northwest-1"),
        # not there, or regional there
        ("shield:protection", "aws-cn", None),
        ("globalaccelerator:accelerator", "aws-us-gov", None),
        # regional everywhere, and one of several services behind the same types
        ("sqs:queue", "aws", None),
        ("chime:app-instance", "aws", None),
    ],
)
def test_a_global_service_has_a_region_in_each_partition(
    resource_type: str, partition: str, region: str | None
) -> None:
    assert BY_TYPE[resource_type]["regions"].get(partition) == region


def test_the_region_of_a_global_service_is_in_its_partition() -> None:
    for entry in ENTRIES:
        assert {partition: partition_of(region) for partition, region in entry["regions"].items()} == {
            partition: partition for partition in entry["regions"]
        }, entry["type"]


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
    ("resource_type", "guards"),
    [
        ("ec2:instance", {"ec2:RunInstances": "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"}),
        ("ec2:subnet", {"ec2:CreateSubnet": "arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}"}),
        # evaluated on the created resource alone, on nothing, or on others that know the tags as well
        ("sqs:queue", {"sqs:CreateQueue": "*"}),
        ("kms:key", {"kms:CreateKey": "*"}),
        ("eks:nodegroup", {"eks:CreateNodegroup": "*"}),
        ("elasticloadbalancing:listener/app", {"elasticloadbalancing:CreateListener": "*"}),
        ("kinesis:consumer", {"kinesis:RegisterStreamConsumer": "*"}),
        # one action for all of the service, evaluated on the collection
        ("apigateway:RestApi", {"apigateway:POST": "arn:${Partition}:apigateway:${Region}::/restapis"}),
        ("apigateway:Api", {"apigateway:POST": "arn:${Partition}:apigateway:${Region}::/apis"}),
        # a call of the action carries tags, though not every one does
        ("cloudfront:distribution", {"cloudfront:CreateDistribution": "*"}),
        # no tagged call could pass
        ("ssm:parameter", {}),
        ("quicksight:ingestion", {}),
        ("cassandra:keyspace", {}),
        ("route53:hostedzone", {}),
    ],
)
def test_what_a_service_control_policy_may_deny(resource_type: str, guards: dict[str, str]) -> None:
    assert BY_TYPE[resource_type]["request_tag_actions"] == guards


def test_a_call_that_no_request_can_tag_is_not_denied_with_its_type() -> None:
    assert "redshift:CopyClusterSnapshot" not in BY_TYPE["redshift:snapshot"]["request_tag_actions"]
    assert "redshift:CreateClusterSnapshot" in BY_TYPE["redshift:snapshot"]["request_tag_actions"]
    assert list(BY_TYPE["connect:instance"]["request_tag_actions"]) == ["connect:CreateInstance"]


def test_untagging_without_keys_is_known_where_it_is_possible() -> None:
    keyless = DOCUMENT["keyless_untag_actions"]

    assert {"ec2:DeleteTags", "fis:UntagResource", "s3:PutBucketTagging", "dax:UntagResource"} <= set(keyless)
    assert "sqs:UntagQueue" not in keyless  # its list of keys is required, and IAM knows the keys
    assert not any(action.startswith("tag:") for action in keyless)


def test_an_arn_that_begins_with_a_variable_has_its_values() -> None:
    begins = {
        name: match[1]
        for name, entry in BY_TYPE.items()
        if (match := re.match(r"\$\{(\w+)\}[/:]", entry["arn"].split(":", 5)[5]))
    }

    assert {name: [variable] for name, variable in begins.items()} == {
        name: list(entry["arn_values"]) for name, entry in BY_TYPE.items() if entry["arn_values"]
    }
    assert BY_TYPE["wafv2:webacl"]["arn_values"] == {"Scope": ["regional", "global"]}


@pytest.mark.parametrize(
    ("resource_type", "enforced_for", "report_required_tag_for"),
    [
        ("ec2:instance", "ec2:instance", "ec2:instance"),
        ("backup:backupPlan", "backup:backup-plan", "backup:backup-plan"),
        ("backup:backupVault", "backup:backup-vault", None),
        ("connect:queue", "connect:instance/queue", "connect:instance/queue"),
        ("eks:cluster", "eks:cluster", "eks:cluster"),
        ("elasticloadbalancing:loadbalancer/app/", *["elasticloadbalancing:loadbalancer"] * 2),
        ("rds:proxy", "rds:db-proxy", "rds:db-proxy"),
        ("secretsmanager:Secret", "secretsmanager:secret", "secretsmanager:secret"),
        ("states:statemachine", "states:statemachine", "states:statemachine"),
        # only the wildcard of its service covers it
        ("rds:db", None, "rds:db"),
        ("apigateway:RestApiStage", None, None),
    ],
)
def test_names_in_tag_policies(
    resource_type: str, enforced_for: str | None, report_required_tag_for: str | None
) -> None:
    entry = BY_TYPE[resource_type]
    assert (entry["enforced_for"], entry["report_required_tag_for"]) == (enforced_for, report_required_tag_for)
