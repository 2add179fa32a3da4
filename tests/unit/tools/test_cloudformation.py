"""The resolver of CloudFormation templates: what each function gives, and an error for whatever it does not know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.cloudformation import Place, Template, UnknownInTemplateError

PLACE = Place(account="444455556666", region="cn-north-1", partition="aws-cn")
RESOURCES = {
    "Waiting": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "tags-${AWS::Region}"}}},
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
    "Optional": {"Type": "AWS::SQS::Queue", "Condition": "IsHome", "Properties": {"QueueName": "home"}},
}


def template(resources: dict[str, Any] | None = None) -> Template:
    """Read a template with one parameter."""
    document = {"Parameters": {"BusArn": {"Type": "String"}}, "Resources": RESOURCES | (resources or {})}
    return Template.read(json.dumps(document), PLACE, {"BusArn": "arn:bus"})


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "AWS::AccountId"}, "444455556666"),
        ({"Ref": "BusArn"}, "arn:bus"),
        ({"Fn::GetAtt": ["Waiting", "Arn"]}, "arn:aws-cn:sqs:cn-north-1:444455556666:tags-cn-north-1"),
        ({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:*"}, "arn:aws-cn:iam::444455556666:*"),
        ({"Fn::Sub": "${BusArn} ${Waiting.QueueName} ${!aws:username}"}, "arn:bus tags-cn-north-1 ${aws:username}"),
        ({"Fn::Join": ["/", ["a", {"Ref": "AWS::Region"}]]}, "a/cn-north-1"),
        ([{"deep": {"Ref": "AWS::Region"}}, 1, None], [{"deep": "cn-north-1"}, 1, None]),
        ("${AWS::AccountId}", "${AWS::AccountId}"),
    ],
)
def test_functions_give_what_cloudformation_gives(value: Any, resolved: Any) -> None:
    assert template().resolve(value) == resolved


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::If": ["IsHome", "a", "b"]},
        {"Fn::Select": [0, ["a"]]},
        {"Fn::Sub": ["${Name}", {"Name": "a"}]},
        {"Fn::Sub": "${Missing}"},
        {"Fn::Sub": "${AWS::URLSuffix}"},
        {"Ref": "Missing"},
        {"Ref": "Bucket"},
        {"Fn::GetAtt": ["Waiting", "QueueUrl"]},
        {"Ref": "BusArn", "Other": "key"},
    ],
)
def test_the_unknown_is_an_error(value: Any) -> None:
    with pytest.raises(UnknownInTemplateError):
        template().resolve(value)


def test_a_conditional_resource_is_an_error() -> None:
    with pytest.raises(UnknownInTemplateError, match="Optional has a Condition"):
        template().properties("Optional")


@pytest.mark.parametrize("given", [{}, {"BusArn": "arn:bus", "Other": "x"}])
def test_parameters_are_all_given_and_no_others(given: dict[str, str]) -> None:
    document = json.dumps({"Parameters": {"BusArn": {"Type": "String"}}, "Resources": {}})

    with pytest.raises(UnknownInTemplateError, match="BusArn"):
        Template.read(document, PLACE, given)
