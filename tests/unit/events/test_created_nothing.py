"""A call may succeed without creating a resource: no resource, no error. A missing answer is an error."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from botocore.model import OperationModel

from tag_governance.domain.catalogue import load_catalogue, path
from tag_governance.events.event import MalformedEvent
from tag_governance.events.resolve import resolve
from tests.support.catalogued import Row, rows
from tests.support.events import api_call
from tests.support.sample_calls import SampleCall
from tools.emulator import cloudtrail_format

CATALOGUE = load_catalogue()
LISTING = [row for row in rows() if "responseElements" in (row.create["nothing"] or "")]
EC2, ECS, SSM = "ec2.amazonaws.com", "ecs.amazonaws.com", "ssm.amazonaws.com"


def event(row: Row, change: dict[str, Any] | None) -> dict[str, Any]:
    """Build the event of a call, with some members of its answer replaced."""
    operation = operation_of(row)
    call = SampleCall(operation, row.type.partition(":")[2], row.entry["arn"])
    answer = None if change is None else cloudtrail_format.response_elements(operation, call.answer(True) | change)
    return api_call(
        row.create["event_source"],
        operation.name,
        cloudtrail_format.request_parameters(operation, call.request()),
        answer,
    )


def lists_of(row: Row) -> dict[str, Any]:
    """Return the lists of the answer by name, without their members."""
    shape = operation_of(row).output_shape
    assert shape is not None
    return {name: [] for name, member in shape.members.items() if member.type_name == "list"}


def operation_of(row: Row) -> OperationModel:
    """Find the operation of a row. For the two load balancing APIs it is that of the newer one."""
    return next(o for o in row.operations() if o.service_model.service_name != "elb")


def test_the_calls_that_answer_with_a_list_are_known() -> None:
    assert {row.create["event_name"] for row in LISTING} >= {
        "AllocateHosts",
        "AuthorizeSecurityGroupIngress",
        "CreateAssociationBatch",
        "CreateFlowLogs",
        "CreateSnapshots",
        "CreateTapes",
        "CreateWorkspaces",
        "RequestSpotInstances",
        "RunInstances",
        "RunTask",
        "StartTask",
    }


@pytest.mark.parametrize("wrapped", [False, True], ids=["older", "newer"])
@pytest.mark.parametrize("row", LISTING, ids=str)
def test_an_empty_list_is_nothing_and_no_error(row: Row, wrapped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {row.create["event_name"]} - {"RunInstances"}  # it always uses the older format
    monkeypatch.setattr(cloudtrail_format, "_WRAPPED_EC2", frozenset(names) if wrapped else frozenset())

    assert resolve(event(row, lists_of(row)), CATALOGUE, {row.type}) == []


# There is one data lake per account and region, without a name.
@pytest.mark.parametrize("row", [row for row in LISTING if row.type != "securitylake:data-lake"], ids=str)
def test_a_missing_answer_is_an_error(row: Row) -> None:
    with pytest.raises(MalformedEvent, match="contains no id"):
        resolve(event(row, None), CATALOGUE, {row.type})


@pytest.mark.parametrize(
    ("source", "name", "answer"),
    [
        (ECS, "StartTask", {"failures": [{"arn": "arn:aws:ecs:us-east-1:1:container-instance/c", "reason": "AGENT"}]}),
        (EC2, "CreateFlowLogs", {"unsuccessful": {"items": [{"resourceId": "subnet-1"}]}}),
        (
            EC2,
            "CreateFlowLogs",
            {"CreateFlowLogsResponse": {"unsuccessful": {"item": [{"resourceId": "a"}, {"resourceId": "b"}]}}},
        ),
        (EC2, "CreateFlowLogs", {"CreateFlowLogsResponse": {"flowLogIdSet": "", "unsuccessful": ""}}),
        (EC2, "CreateSnapshots", {"CreateSnapshotsResponse": {"snapshotSet": ""}}),
        (EC2, "RunInstances", {"instancesSet": {}}),
        (EC2, "AllocateHosts", {"hostIdSet": {"items": []}}),
        (SSM, "CreateAssociationBatch", {"failed": [{"message": "no such document"}]}),
        ("workspaces.amazonaws.com", "CreateWorkspaces", {"failedRequests": [{"errorCode": "ResourceLimit"}]}),
    ],
)
def test_a_failed_call_or_an_empty_list_creates_nothing(source: str, name: str, answer: object) -> None:
    assert resolve(api_call(source, name, {}, answer), CATALOGUE) == []


@pytest.mark.parametrize(
    ("source", "name", "answer"),
    [
        (ECS, "RunTask", {}),
        (ECS, "RunTask", {"failures": []}),
        (ECS, "RunTask", {"tasks": None}),
        # there is a task without an id
        (ECS, "RunTask", {"tasks": [{"taskArn": "***"}], "failures": [{"reason": "MEMORY"}]}),
        # CloudTrail omits large fields
        (EC2, "RunInstances", {"instancesSet": {"omitted": True}}),
        (EC2, "RunInstances", {"omitted": True, "reason": "responseElements too large"}),
        (EC2, "CreateFlowLogs", {"CreateFlowLogsResponse": {"unsuccessful": ""}}),
        (EC2, "CreateVpc", {"vpc": {}}),
    ],
)
def test_an_answer_that_does_not_show_that_nothing_was_created_is_an_error(
    source: str, name: str, answer: object
) -> None:
    with pytest.raises(MalformedEvent, match="contains no id"):
        resolve(api_call(source, name, {}, answer), CATALOGUE)


def test_some_of_many_are_found() -> None:
    answer = {"tasks": [{"taskArn": "arn:aws:ecs:us-east-1:123456789012:task/c/1"}], "failures": [{"reason": "MEMORY"}]}
    (found,) = resolve(api_call(ECS, "RunTask", {"cluster": "c"}, answer), CATALOGUE)
    assert found.arn == "arn:aws:ecs:us-east-1:123456789012:task/c/1"


@pytest.mark.parametrize(
    ("source", "name", "request_parameters", "answer"),
    [
        ("dynamodb.amazonaws.com", "UpdateTable", {"tableName": "t", "billingMode": "PROVISIONED"}, {}),
        ("dynamodb.amazonaws.com", "UpdateTable", {"replicaUpdates": [{"delete": {"regionName": "eu-west-1"}}]}, {}),
        ("cassandra.amazonaws.com", "UpdateKeyspace", {"keyspaceName": "shop"}, {}),
        # version 1 of Greengrass: the deployment of a group has no tags
        ("greengrass.amazonaws.com", "CreateDeployment", {"groupId": "g"}, {"deploymentId": "d"}),
        # a stack set of a delegated administrator is in the management account
        ("cloudformation.amazonaws.com", "CreateStackSet", {"callAs": "DELEGATED_ADMIN"}, {"stackSetId": "s:1"}),
    ],
)
def test_a_call_that_may_create_nothing_is_no_error(
    source: str, name: str, request_parameters: object, answer: object
) -> None:
    assert resolve(api_call(source, name, request_parameters, answer), CATALOGUE) == []


def test_every_expression_compiles_and_is_false_of_a_full_answer() -> None:
    for row in LISTING:
        expression = row.create["nothing"]
        jmespath.compile(expression)
        assert not path(expression).search(event(row, {})["detail"]), str(row)
