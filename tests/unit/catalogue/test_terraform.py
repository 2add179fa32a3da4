"""The part of the catalogue that Terraform reads, for entries made for the purpose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.catalogued import BY_TYPE, DOCUMENT
from tools.catalogue.terraform import rendered, terraform


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return terraform(DOCUMENT)


def document(**fields: object) -> dict[str, Any]:
    """Make a catalogue of one type, an instance with other fields."""
    return DOCUMENT | {"types": [BY_TYPE["ec2:instance"] | fields]}


def entry(**fields: object) -> dict[str, Any]:
    found: dict[str, Any] = terraform(document(**fields))["entries"]["ec2:instance"]
    return found


def test_arn_patterns_leave_the_partition_to_terraform() -> None:
    arn = "arn:${Partition}:shop:${Region}:${Account}:cart/${CartId}/item/${ItemId}"

    assert entry(arn=arn)["arn_pattern"] == "arn:${Partition}:shop:*:*:cart/*/item/*"


def test_a_variable_in_the_place_of_the_type_is_written_out() -> None:
    told = {
        "request_tag_actions": {"shop:Open": "arn:${Partition}:shop:::${Scope}/cart/${Id}", "shop:Rent": "*"},
        "arn_values": {"Scope": ["global", "regional"]},
    }

    assert entry(**told)["request_tag_actions"] == {
        "shop:Open": ["arn:${Partition}:shop:::global/cart/*", "arn:${Partition}:shop:::regional/cart/*"],
        "shop:Rent": ["*"],
    }


def test_each_entry_knows_which_of_its_actions_take_no_resource_or_any_key() -> None:
    found = terraform(
        document(tag_actions=["a:Tag"], untag_actions=["a:Untag"], read_actions=["a:Read", "a:List"])
        | {
            "unscoped_actions": ["a:List", "a:Other", "a:Tag"],
            "any_key_actions": ["a:Read", "a:Untag"],
        }
    )["entries"]["ec2:instance"]

    assert (found["unscoped_actions"], found["any_key_actions"]) == (["a:List", "a:Tag"], ["a:Untag"])


def test_dated_events_are_matched_as_they_are_and_followed_by_the_century(made: dict[str, Any]) -> None:
    source = "lambda.amazonaws.com"

    assert made["creations"]["lambda:function"] == [
        {"source": source, "name": "CreateFunction"},
        {"source": source, "name": "CreateFunction20*"},
    ]


@pytest.mark.parametrize(("service", "names"), [("one", None), ("two", ["two:a", "two:b"]), ("partly", None)])
def test_a_wildcard_is_of_a_service_that_has_it_and_more_than_one_type(service: str, names: list[str] | None) -> None:
    types = ["one:a", "one:a", "two:b", "two:a", "two:a", "partly:a", "partly:b", None]
    found = terraform(
        DOCUMENT
        | {
            "types": [BY_TYPE["ec2:instance"] | {"type": str(n), "enforced_for": name} for n, name in enumerate(types)],
            "all_supported": {"enforced_for": ["one", "two"], "report_required_tag_for": []},
        }
    )

    assert found["tag_policy_wildcards"]["enforced_for"].get(service) == names


def test_only_types_with_notices_of_their_own_are_listed_with_them(made: dict[str, Any]) -> None:
    assert made["notifications"] == {"ec2:instance": BY_TYPE["ec2:instance"]["notifications"]}


def test_a_type_is_a_line_in_each_part(made: dict[str, Any]) -> None:
    text = rendered(made)

    assert json.loads(text) == made
    assert [line for line in text.splitlines() if line.startswith('"sqs:queue":')] != []
    assert sum(line.startswith('"sqs:queue":{"arn_pattern":') for line in text.splitlines()) == 1
