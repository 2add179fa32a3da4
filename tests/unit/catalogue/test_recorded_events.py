"""Events with the structure of recorded ones resolve to the ARN and tags that they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jmespath
import pytest

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.tags import parse_tags
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe
from tests.support.catalogued import BY_TYPE
from tests.support.events import api_call
from tests.support.policies import policy

CATALOGUE = load_catalogue()
ALL_TYPES = policy(resource_types=sorted(BY_TYPE))
SHAPES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures/cloudtrail_shapes.json").read_text(encoding="utf-8")
)

# What has no tags, no ARN of its own, or none that the event tells.
NOT_COVERED = {
    "autoscaling CreateLaunchConfiguration",
    "ec2 CreateRoute",
    "organizations CreateAccount",
}


def name_of(shape: dict[str, Any]) -> str:
    return f"{shape['event_source'].removesuffix('.amazonaws.com')} {shape['event_name']}"


def event_of(shape: dict[str, Any]) -> dict[str, Any]:
    detail = shape["example_minimal"]
    event = api_call(
        detail["eventSource"], detail["eventName"], None, None, account=detail["recipientAccountId"], **detail
    )
    return event | {"region": detail["awsRegion"]}


def is_known(shape: dict[str, Any]) -> bool:
    return bool(CATALOGUE.creations(shape["event_source"], shape["event_name"]))


def has_arn(shape: dict[str, Any]) -> bool:
    """A placeholder in the ARN stands for what the event does not say."""
    return not set("*?") & set("".join(shape["expected_arn"]))


COVERED = [shape for shape in SHAPES if is_known(shape)]


def test_what_is_not_covered_is_known_by_name() -> None:
    assert {name_of(shape) for shape in SHAPES if not is_known(shape)} == NOT_COVERED


@pytest.mark.parametrize("shape", [s for s in COVERED if has_arn(s)], ids=name_of)
def test_a_recorded_event_resolves_to_its_arn_and_tags(shape: dict[str, Any]) -> None:
    found = observe(event_of(shape), CATALOGUE, ALL_TYPES)

    expected = shape["expected_arn"] if isinstance(shape["expected_arn"], list) else [shape["expected_arn"]]
    assert [seen.arn for seen in found] == expected
    tags = shape["tags_path"] and parse_tags(jmespath.search(shape["tags_path"], shape["example_minimal"]))
    assert [seen.tags for seen in found] == [tags or None] * len(expected)


@pytest.mark.parametrize("shape", [s for s in COVERED if not has_arn(s)], ids=name_of)
def test_an_event_without_the_id_is_an_error_and_no_guess(shape: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent, match="contains no id"):
        observe(event_of(shape), CATALOGUE, ALL_TYPES)


def test_one_launch_makes_instances_volumes_and_network_interfaces() -> None:
    instance = {
        "instanceId": "i-0a1b2c3d4e5f60718",
        "imageId": "ami-0a1b2c3d4e5f60718",
        "blockDeviceMapping": {"items": [{"deviceName": "/dev/xvda", "ebs": {"volumeId": "vol-0a1b2c3d4e5f60718"}}]},
        "networkInterfaceSet": {"items": [{"networkInterfaceId": "eni-0a1b2c3d4e5f60718"}]},
    }
    tags = {"items": [{"resourceType": "volume", "tags": [{"key": "team", "value": "payments"}]}]}
    event = api_call(
        "ec2.amazonaws.com", "RunInstances", {"tagSpecificationSet": tags}, {"instancesSet": {"items": [instance]}}
    )

    found = {seen.resource_type: seen for seen in observe(event, CATALOGUE, ALL_TYPES)}

    assert {name: seen.arn.rpartition("/")[2] for name, seen in found.items()} == {
        "ec2:instance": "i-0a1b2c3d4e5f60718",
        "ec2:network-interface": "eni-0a1b2c3d4e5f60718",
        "ec2:volume": "vol-0a1b2c3d4e5f60718",
    }
    assert {name: seen.tags for name, seen in found.items()} == {
        "ec2:instance": None,
        "ec2:network-interface": None,
        "ec2:volume": {"team": "payments"},
    }
    origin = found["ec2:volume"].origin
    assert origin is not None
    assert [related.arn.rpartition("/")[2] for related in origin.related] == ["i-0a1b2c3d4e5f60718"]


@pytest.mark.parametrize(
    ("request_parameters", "expected"),
    [
        ({"name": "nightly"}, "events:rule-on-default-event-bus"),
        ({"name": "nightly", "eventBusName": "default"}, "events:rule-on-default-event-bus"),
        ({"name": "nightly", "eventBusName": "orders"}, "events:rule-on-custom-event-bus"),
    ],
)
def test_a_rule_belongs_to_one_bus(request_parameters: dict[str, str], expected: str) -> None:
    arn = "arn:aws:events:us-east-1:123456789012:rule/orders/nightly"
    event = api_call("events.amazonaws.com", "PutRule", request_parameters, {"ruleArn": arn})

    assert [seen.resource_type for seen in observe(event, CATALOGUE, ALL_TYPES)] == [expected]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("CREATE", {"cloudformation:changeset", "cloudformation:stack"}),
        ("UPDATE", {"cloudformation:changeset"}),
        ("IMPORT", {"cloudformation:changeset"}),
        (None, {"cloudformation:changeset"}),
    ],
)
def test_a_change_set_makes_a_stack_only_if_it_says_so(kind: str | None, expected: set[str]) -> None:
    arn = "arn:aws:cloudformation:us-east-1:123456789012"
    request = {"stackName": "shop", "changeSetName": "first", "changeSetType": kind}
    response = {"id": f"{arn}:changeSet/first/0a1b", "stackId": f"{arn}:stack/shop/2c3d"}
    event = api_call("cloudformation.amazonaws.com", "CreateChangeSet", request, response)

    found = {seen.resource_type: seen.arn for seen in observe(event, CATALOGUE, ALL_TYPES)}

    assert set(found) == expected
    assert found["cloudformation:changeset"] == response["id"]
    assert found.get("cloudformation:stack", response["stackId"]) == response["stackId"]


@pytest.mark.parametrize("name", ["***", "HIDDEN_DUE_TO_SECURITY_REASONS", "Hidden_For_Security_Reasons"])
def test_a_name_that_cloudtrail_hides_is_no_id(name: str) -> None:
    event = api_call("athena.amazonaws.com", "CreateWorkGroup", {"name": name}, None)

    with pytest.raises(MalformedEvent, match="contains no id"):
        observe(event, CATALOGUE, ALL_TYPES)
