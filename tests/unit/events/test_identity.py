"""ARN of a resource: always the same for all forms in events."""

from __future__ import annotations

from typing import Any

import pytest

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.events.observe import observe
from tag_governance.events.resolve import resolve
from tests.support.catalogued import ENTRIES
from tests.support.events import api_call, tag_change
from tests.support.policies import HOME, MEMBER, exemption, policy

CATALOGUE = load_catalogue()
HERE = f"us-east-1:{HOME}"
GROUP = "0c1d2e3f-0000-4000-8000-000000000000"


def told(event: dict[str, Any]) -> tuple[str, str]:
    (found,) = resolve(event, CATALOGUE)
    return found.resource_type.name, found.arn


@pytest.mark.parametrize(
    ("resource_type", "spelled", "arn"),
    [
        ("ec2:snapshot", f"arn:aws:ec2:{HERE}:snapshot/snap-1", "arn:aws:ec2:us-east-1::snapshot/snap-1"),
        ("ec2:snapshot", "arn:aws:ec2:us-east-1::snapshot/snap-1", "arn:aws:ec2:us-east-1::snapshot/snap-1"),
        ("ec2:image", f"arn:aws:ec2:{HERE}:image/ami-1", "arn:aws:ec2:us-east-1::image/ami-1"),
        ("ec2:volume", f"arn:aws:ec2:{HERE}:volume/vol-1", f"arn:aws:ec2:{HERE}:volume/vol-1"),
        ("apigateway:RestApi", f"arn:aws:apigateway:{HERE}:/restapis/a1", "arn:aws:apigateway:us-east-1::/restapis/a1"),
        (
            "apigateway:RestApiStage",
            f"arn:aws:apigateway:{HERE}:/restapis/a1/stages/prod",
            "arn:aws:apigateway:us-east-1::/restapis/a1/stages/prod",
        ),
        ("apigateway:Api", "arn:aws:apigateway:us-east-1::/apis/a1", "arn:aws:apigateway:us-east-1::/apis/a1"),
        # a private domain name differs from a public one by its account
        (
            "apigateway:PrivateDomainName",
            f"arn:aws:apigateway:{HERE}:/domainnames/shop.example+d1",
            f"arn:aws:apigateway:{HERE}:/domainnames/shop.example+d1",
        ),
        (
            "autoscaling:autoScalingGroup",
            f"arn:aws:autoscaling:{HERE}:autoScalingGroup:{GROUP}:autoScalingGroupName/a/b",
            f"arn:aws:autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/a/b",
        ),
        ("cassandra:keyspace", f"arn:aws:cassandra:{HERE}:/keyspace/shop", f"arn:aws:cassandra:{HERE}:/keyspace/shop/"),
        (
            "cassandra:table",
            f"arn:aws:cassandra:{HERE}:/keyspace/shop/table/orders",
            f"arn:aws:cassandra:{HERE}:/keyspace/shop/table/orders",
        ),
        ("lambda:function", f"arn:aws:lambda:{HERE}:function:pay:7", f"arn:aws:lambda:{HERE}:function:pay"),
        ("lambda:function", f"arn:aws:lambda:{HERE}:function:pay:live", f"arn:aws:lambda:{HERE}:function:pay"),
        (
            "logs:log-group",
            f"arn:aws:logs:{HERE}:log-group:/aws/lambda/p:*",
            f"arn:aws:logs:{HERE}:log-group:/aws/lambda/p",
        ),
        (
            "s3express:bucket",
            "arn:aws:s3:::logs--use1-az4--x-s3",
            f"arn:aws:s3express:{HERE}:bucket/logs--use1-az4--x-s3",
        ),
        ("s3:bucket", "arn:aws:s3:::logs--x-s4", "arn:aws:s3:::logs--x-s4"),
        # the path of a role is part of its ARN in all events
        ("iam:role", f"arn:aws:iam::{HOME}:role/team/app", f"arn:aws:iam::{HOME}:role/team/app"),
    ],
)
def test_all_forms_of_an_arn_are_one_resource(resource_type: str, spelled: str, arn: str) -> None:
    assert told(tag_change(spelled, {"Owner": "ana"})) == (resource_type, arn)
    assert told(tag_change(arn, {"Owner": "ana"})) == (resource_type, arn)


@pytest.mark.parametrize(
    ("source", "name", "request_parameters", "answer", "spelled"),
    [
        ("ec2", "CreateSnapshot", {}, {"snapshotId": "snap-1"}, f"arn:aws:ec2:{HERE}:snapshot/snap-1"),
        ("ec2", "CopyImage", {}, {"imageId": "ami-1"}, f"arn:aws:ec2:{HERE}:image/ami-1"),
        (
            "lambda",
            "CreateFunction20150331",
            {"functionName": "pay", "publish": True},
            {"functionArn": f"arn:aws:lambda:{HERE}:function:pay:1", "version": "1"},
            f"arn:aws:lambda:{HERE}:function:pay",
        ),
        ("logs", "CreateLogGroup", {"logGroupName": "/a"}, None, f"arn:aws:logs:{HERE}:log-group:/a:*"),
        (
            "s3express",
            "CreateBucket",
            {"bucketName": "logs--use1-az4--x-s3"},
            None,
            "arn:aws:s3:::logs--use1-az4--x-s3",
        ),
        (
            "apigateway",
            "CreateRestApi",
            {"createRestApiInput": {}},
            {"id": "a1"},
            f"arn:aws:apigateway:{HERE}:/restapis/a1",
        ),
    ],
)
def test_a_creation_and_a_change_of_tags_agree(
    source: str, name: str, request_parameters: object, answer: object, spelled: str
) -> None:
    created = api_call(f"{source}.amazonaws.com", name, request_parameters, answer)

    assert told(created) == told(tag_change(spelled, {"Owner": "ana"}))


def test_a_resource_of_another_account_keeps_its_account() -> None:
    arn = f"arn:aws:ec2:us-east-1:{MEMBER}:snapshot/snap-1"
    assert told(tag_change(arn, {}, account=HOME)) == ("ec2:snapshot", arn)


def test_an_exemption_matches_any_form_of_an_arn() -> None:
    exempt = policy(exemptions=[exemption(arns=[f"arn:aws:ec2:*:{HOME}:snapshot/snap-1"])])
    created = api_call("ec2.amazonaws.com", "CreateSnapshot", {}, {"snapshotId": "snap-1"})
    other = api_call("ec2.amazonaws.com", "CreateSnapshot", {}, {"snapshotId": "snap-2"})

    (covered,), (uncovered,) = (observe(event, CATALOGUE, exempt) for event in (created, other))

    today = covered.time.date()
    assert [exempt.exemptions[0].covers(seen, today) for seen in (covered, uncovered)] == [True, False]


def test_a_canonical_arn_is_its_own_canonical_form() -> None:
    for entry in ENTRIES:
        known = CATALOGUE.type(entry["type"])
        for spelled, canonical in entry["spellings"].items():
            arn = known.canonical(filled(spelled), "us-east-1", HOME)
            assert arn == filled(canonical), entry["type"]
            assert known.canonical(arn, "us-east-1", HOME) == arn, entry["type"]
            assert known.arn_pattern.fullmatch(arn), entry["type"]


def filled(template: str) -> str:
    for name, value in {"Partition": "aws", "Region": "us-east-1", "Account": HOME}.items():
        template = template.replace(f"${{{name}}}", value)
    return template.replace("${", "x").replace("}", "")
