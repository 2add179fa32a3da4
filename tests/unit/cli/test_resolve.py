"""`taggov catalogue resolve`: events in, a JSON line per resource out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tag_governance.domain.catalogue import load_catalogue
from tests.support.command_line import json_lines, taggov
from tests.support.events import api_call, create_bucket, instance_arn, run_instances, tag_change
from tests.support.policies import HOME

SHAPES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures/cloudtrail_shapes.json").read_text(encoding="utf-8")
)
CATALOGUE = load_catalogue()
ACTOR = "alice@example.com"
BUCKET = {
    "arn": "arn:aws:s3:::records",
    "type": "s3:bucket",
    "account": HOME,
    "region": "us-east-1",
    "tags": None,
    "actor": ACTOR,
}
INSTANCE = {
    "arn": instance_arn("i-1"),
    "type": "ec2:instance",
    "account": HOME,
    "region": "us-east-1",
    "tags": {"Owner": "bob"},
    "actor": ACTOR,
}
EVENTS = [create_bucket("records"), run_instances(["i-1"], {"Owner": "bob"})]
LINES = "\n".join(map(json.dumps, EVENTS))


def envelope(shape: dict[str, Any]) -> dict[str, Any]:
    record = shape["example_minimal"]
    event = api_call(record["eventSource"], record["eventName"], None, None, **record)
    return event | {"account": record["recipientAccountId"], "region": record["awsRegion"]}


def can_be_resolved(shape: dict[str, Any]) -> bool:
    known = CATALOGUE.creations(shape["event_source"], shape["event_name"])
    # The ARN has a placeholder for missing values of the event.
    return bool(known) and not set("*?") & set("".join(shape["expected_arn"]))


def test_recorded_events_resolve_and_the_others_are_named_by_position(tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    file.write_text(json.dumps([envelope(shape) for shape in SHAPES]), encoding="utf-8")

    result = taggov("catalogue", "resolve", str(file))

    expected: list[str] = []
    unresolved: list[str] = []
    for position, shape in enumerate(SHAPES, 1):
        if can_be_resolved(shape):
            arns = shape["expected_arn"]
            expected += arns if isinstance(arns, list) else [arns]
        else:
            unresolved.append(f"taggov: event {position}")
    assert [found["arn"] for found in json_lines(result)] == expected
    assert [line[: line.index(":", len("taggov: "))] for line in result.stderr.splitlines()] == unresolved
    assert result.exit_code == bool(unresolved)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EVENTS),
        json.dumps(EVENTS, indent=2),
        LINES,
        LINES.replace("\n", "\r\n\r\n") + "\r\n",
        "\ufeff" + json.dumps(EVENTS),
        json.dumps({"Records": [event["detail"] | {"recipientAccountId": HOME} for event in EVENTS]}),
    ],
    ids=["array", "indented", "lines", "lines with blank ones", "byte order mark", "CloudTrail log file"],
)
def test_events_are_read_in_every_form(text: str) -> None:
    result = taggov("catalogue", "resolve", "-", stdin=text)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json_lines(result) == [BUCKET, INSTANCE]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_event_is_enough(indent: int | None) -> None:
    result = taggov("catalogue", "resolve", "-", stdin=json.dumps(EVENTS[0], indent=indent))
    assert json_lines(result) == [BUCKET]


def test_a_cloudtrail_record_alone_says_where_it_happened() -> None:
    record = EVENTS[0]["detail"] | {"recipientAccountId": "210987654321", "awsRegion": "eu-west-1"}
    (found,) = json_lines(taggov("catalogue", "resolve", "-", stdin=json.dumps(record)))
    assert found == BUCKET | {"account": "210987654321", "region": "eu-west-1"}


def test_a_tag_change_resolves_to_its_resource_and_all_its_tags() -> None:
    event = tag_change(instance_arn("i-1"), {"Owner": "bob"})
    # No event of this kind says who did it.
    assert json_lines(taggov("catalogue", "resolve", "-", stdin=json.dumps(event))) == [INSTANCE | {"actor": None}]


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_the_partition_follows_from_the_region(region: str, partition: str) -> None:
    event = run_instances(["i-1"]) | {"region": region}
    (found,) = json_lines(taggov("catalogue", "resolve", "-", stdin=json.dumps(event)))
    assert found["arn"] == f"arn:{partition}:ec2:{region}:{HOME}:instance/i-1"


def test_what_the_event_does_not_name_is_not_printed() -> None:
    found = json_lines(taggov("catalogue", "resolve", "-", stdin=json.dumps(run_instances(["i-1", "i-2"]))))
    assert [resource["arn"] for resource in found] == [instance_arn("i-1"), instance_arn("i-2")]


def test_a_call_that_failed_created_nothing() -> None:
    event = create_bucket("records", errorCode="BucketAlreadyExists")
    result = taggov("catalogue", "resolve", "-", stdin=json.dumps(event))
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        ("{", "not JSON"),
        ("\x00", "not JSON"),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ("5", "event is int, expected an object"),
        ("null", "event is NoneType, expected an object"),
        ("[]", "event is list, expected an object"),
        ("{}", "detail is NoneType, expected an object"),
        ('{"detail-type": "Scheduled Event", "detail": {}}', "detail-type is 'Scheduled Event'"),
        (json.dumps(api_call("moon.amazonaws.com", "CreateCrater", {}, {})), "moon.amazonaws.com CreateCrater creates"),
        (json.dumps(api_call("ec2.amazonaws.com", "RunInstances", {}, None)), "contains no id of the created resource"),
        (json.dumps(EVENTS[0] | {"account": None}), "account is None, expected a text"),
        (json.dumps(EVENTS[0] | {"region": 5}), "region is 5, expected a text"),
        (json.dumps({"eventSource": "s3.amazonaws.com", "eventName": "CreateBucket"}), "region is None"),
        (json.dumps(tag_change("arn:aws:moon:::crater/1", {})), "is of no resource type of the catalogue"),
        (json.dumps(api_call("x.amazonaws.com", "\x1b[2J\ud800" * 200, {}, {})), r"eventName is '\x1b[2J\ud800"),
    ],
)
def test_a_bad_line_is_named_with_its_cause_and_costs_no_neighbour(bad: str, cause: str) -> None:
    first, last = LINES.split("\n")

    result = taggov("catalogue", "resolve", "-", stdin=f"{first}\n{bad}\n{last}\n")

    assert result.exit_code == 1
    assert json_lines(result) == [BUCKET, INSTANCE]
    (line,) = result.stderr.splitlines()
    assert line.startswith("taggov: line 2: ")
    assert cause in line
    assert len(line) < 500


def test_tags_of_no_known_shape_leave_the_resource_found_and_its_tags_unknown() -> None:
    event = tag_change(instance_arn("i-1"), {}) | {"detail": {"tags": 5}}
    (found,) = json_lines(taggov("catalogue", "resolve", "-", stdin=json.dumps(event)))
    assert found == INSTANCE | {"tags": None, "actor": None}


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        ({"type": "IAMUser", "userName": "ana"}, "ana"),
        ({"type": "AssumedRole", "arn": f"arn:aws:sts::{HOME}:assumed-role/deploy/pipeline-7"}, "pipeline-7"),
        ({"type": "AssumedRole", "arn": f"arn:aws:sts::{HOME}:assumed-role/node/i-0a1b2c3d4e5f60718"}, None),
        ({"type": "AWSService", "invokedBy": "backup.amazonaws.com"}, None),
        (None, None),
        ("root", None),
    ],
)
def test_the_actor_is_a_person_or_pipeline_and_null_for_nobody(identity: Any, actor: str | None) -> None:
    event = create_bucket("records", userIdentity=identity)
    assert json_lines(taggov("catalogue", "resolve", "-", stdin=json.dumps(event))) == [BUCKET | {"actor": actor}]


def test_a_resource_of_another_account_than_the_event_is_refused() -> None:
    event = tag_change("arn:aws:sqs:us-east-1:444455556666:orders", {"Owner": "bob"})

    result = taggov("catalogue", "resolve", "-", stdin=json.dumps([event, EVENTS[0]]))

    assert (result.exit_code, json_lines(result)) == (1, [BUCKET])
    assert result.stderr.startswith("taggov: event 1: arn:aws:sqs:us-east-1:444455556666:orders is not of account")


def test_a_line_of_another_encoding_costs_no_neighbour() -> None:
    result = taggov("catalogue", "resolve", "-", stdin=LINES.encode() + b'\n{"detail": "\xe9"}\n')
    assert json_lines(result) == [BUCKET, INSTANCE]
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("taggov: line 3: not JSON: ")


def test_a_bad_element_of_an_array_costs_no_neighbour() -> None:
    result = taggov("catalogue", "resolve", "-", stdin=json.dumps([EVENTS[0], 7, EVENTS[1]]))
    assert json_lines(result) == [BUCKET, INSTANCE]
    assert (result.exit_code, result.stderr) == (1, "taggov: event 2: event is int, expected an object\n")


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"not json", "Expecting value"),
        (json.dumps(EVENTS, indent=2).encode()[:-20], "Expecting"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "decode"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=["empty", "blank", "text", "truncated", "an image", "deep"],
)
def test_what_is_no_json_at_all_is_refused_in_one_line(data: bytes, cause: str, tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    file.write_bytes(data)

    result = taggov("catalogue", "resolve", str(file))

    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"taggov: {file} is not JSON: ")
    assert cause in line


@pytest.mark.parametrize(
    ("name", "cause"), [("missing.json", "No such file"), (".", "Is a directory"), ("a\0b", "null byte")]
)
def test_a_file_that_can_not_be_read_is_refused_in_one_line(name: str, cause: str, tmp_path: Path) -> None:
    result = taggov("catalogue", "resolve", f"{tmp_path}/{name}")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert cause in result.stderr


def test_an_empty_array_holds_nothing() -> None:
    result = taggov("catalogue", "resolve", "-", stdin="[]")
    assert (result.exit_code, result.output) == (0, "")
