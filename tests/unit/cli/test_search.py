"""`taggov catalogue list` and `show`: people find types, and are helped when they misspell them."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from taggov.catalogue.entries import read_entries
from taggov.catalogue.tables import details, overview
from tests.support.catalogued import BY_TYPE, DOCUMENT
from tests.support.command_line import taggov

ENTRIES = read_entries().types


def listed(*arguments: str) -> list[str]:
    """The types that `list` selects."""
    result = taggov("catalogue", "list", "--json", *arguments)
    assert result.exit_code == 0, result.stderr
    return [entry["type"] for entry in json.loads(result.stdout)["types"]]


def printed(table: object, width: int) -> str:
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_without_patterns_the_whole_catalogue_is_listed_in_its_own_format() -> None:
    result = taggov("catalogue", "list", "--json")
    assert json.loads(result.stdout) == DOCUMENT


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["s3:bucket"], {"s3:bucket"}),
        (["S3:Bucket"], {"s3:bucket"}),
        (["rds"], {name for name in BY_TYPE if name.startswith("rds:")}),
        (["ec2:*"], {name for name in BY_TYPE if name.startswith("ec2:")}),
        (["*:cluster"], {name for name in BY_TYPE if name.lower().endswith(":cluster")}),
        (["redshift*"], {name for name in BY_TYPE if name.startswith("redshift")}),
        (["sqs", "sns:topic"], {name for name in BY_TYPE if name.startswith("sqs:")} | {"sns:topic"}),
        (["*"], set(BY_TYPE)),
    ],
)
def test_a_pattern_is_a_service_or_a_type(patterns: list[str], expected: set[str]) -> None:
    assert listed(*patterns) == sorted(expected)


@pytest.mark.parametrize("event", ["CreateDBInstance", "createdbinstance"])
def test_an_event_lists_what_it_creates(event: str) -> None:
    assert "rds:db" in listed("--event", event)
    assert all("createdbinstance" in json.dumps(BY_TYPE[name]["create"]).lower() for name in listed("--event", event))


def test_an_event_is_known_with_the_api_date_that_cloudtrail_appends() -> None:
    assert listed("--event", "CreateFunction20150331") == listed("--event", "CreateFunction")


def test_an_event_is_looked_up_among_the_types_asked_for() -> None:
    assert listed("ec2:instance", "s3", "--event", "RunInstances") == ["ec2:instance"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "rdss"], 'unknown service "rdss"; did you mean "rds"?'),
        (["list", "s3", "s3:buckets"], 'unknown resource type "s3:buckets"; did you mean "s3:bucket"?'),
        (["list", "bucket"], 'unknown service "bucket"; did you mean "s3:bucket"?'),
        (["list", "moon:*"], 'unknown resource type "moon:*"; did you mean "'),
        (["list", ""], 'unknown service ""'),
        (["list", "--event", "CreateDBInstanc"], 'unknown event "CreateDBInstanc"; did you mean "CreateDBInstance"?'),
        (["list", "s3", "--event", "RunInstances"], "RunInstances creates ec2:instance"),
        (["show", "ec2:instanse"], 'unknown resource type "ec2:instanse"; did you mean "ec2:instance"?'),
        (["show", "ec2:\x1b[31m"], r'unknown resource type "ec2:\x1b[31m"'),
    ],
)
def test_an_unknown_name_is_refused_in_one_line_with_the_nearest_one(arguments: list[str], message: str) -> None:
    result = taggov("catalogue", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"taggov: {message}")


@pytest.mark.parametrize("arguments", [["show"], ["list", "--evnt", "x"], ["resolve"], ["lisst"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    result = taggov("catalogue", *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("width", [80, 180])
def test_no_name_is_cut_off_at_any_width(width: int) -> None:
    chosen = [entry for entry in ENTRIES if entry.service == "rds"]

    text = printed(overview(chosen, width), width)

    assert max(map(len, text.splitlines())) <= width
    assert all(entry.type in text for entry in chosen)
    assert "CreateDBInstanceReadReplica" in text
    assert f"{len(chosen)} resource types of 1 service" in text


def test_a_pipe_gets_one_line_for_a_type_with_all_columns() -> None:
    lines = taggov("catalogue", "list", "s3:bucket").stdout.splitlines()
    cells = [line.split() for line in lines if "s3:bucket" in line]
    assert cells == [["s3", "s3:bucket", "CreateBucket", "-", "yes", "yes", "s3"]]


def test_show_prints_all_that_the_entry_says() -> None:
    result = taggov("catalogue", "show", "EC2:volume")
    assert result.exit_code == 0
    for name in ("RunInstances", "CreateVolume", "arn:${Partition}:ec2:", "ec2:CreateTags", "ec2:volume"):
        assert name in result.stdout


def test_show_prints_the_entry_as_json() -> None:
    assert json.loads(taggov("catalogue", "show", "rds:db", "--json").stdout) == BY_TYPE["rds:db"]


def test_a_name_between_colons_is_no_emoji() -> None:
    assert ":secret:${SecretId}" in taggov("catalogue", "show", "secretsmanager:Secret").stdout


def test_every_entry_can_be_shown() -> None:
    for entry in ENTRIES:
        assert entry.document["arn"] in printed(details(entry), 400)
