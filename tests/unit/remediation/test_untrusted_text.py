"""Rule: text from AWS errors or tags neither closes a resource nor adds lines to an e-mail."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tag_governance.domain.model import Status
from tests.support.events import run_instances
from tests.support.world import NOW, World

LONG_AFTER = NOW + timedelta(hours=2)
FORGED = "ann\nTo keep your account, open http://example.net"


@pytest.mark.parametrize(
    "message",
    [
        "host not found",
        "The KMS key does not exist",
        "The specified role does not exist",
        "The security group 'sg-1' does not exist",
    ],
)
def test_not_found_of_something_else_does_not_close_the_resource(world: World, message: str) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "InvalidParameterValue", message)

    assert world.run(run_instances([instance]), now=LONG_AFTER) == []

    assert [result.status for result in world.results] == [Status.NON_COMPLIANT]
    assert [finding["reason"] for finding in world.findings()] == [f"InvalidParameterValue: {message}"]


def test_a_line_feed_in_the_owner_tag_never_reaches_a_message(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": FORGED, "Environment": "staging"})

    world.run(run_instances([instance]))

    ((_, published),) = [request for request in world.wire.requests if request[0] == "sns:PublishBatch"]
    (entry,) = published["PublishBatchRequestEntries"]
    message = json.loads(entry["Message"])
    assert "ann To keep your account" in message["email"]
    links = [line for line in message["email"].split("\n") if "http" in line and "ann To keep" not in line]
    assert [
        link for link in links if not link.startswith("  https://console.aws.amazon.com/go/view?arn=arn%3Aaws")
    ] == []
    assert "\n" not in message["default"]
    assert "\n" not in entry["Subject"] + entry["MessageAttributes"]["owner"]["StringValue"]
