"""docs/catalogue.schema.json describes every field of the catalogue, and the catalogue keeps to it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.catalogued import DOCUMENT
from tools import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "catalogue.schema.json").read_text(encoding="utf-8"))


def without_further_fields(schema: Any) -> Any:
    """Make the schema refuse fields that it does not describe."""
    if isinstance(schema, list):
        return [without_further_fields(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema and schema.get("type") == "object" else {}
    return closed | {key: without_further_fields(value) for key, value in schema.items()}


def faults(document: object, schema: Any = SCHEMA) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_catalogue_has_nothing_that_the_schema_does_not_describe() -> None:
    assert faults(DOCUMENT, without_further_fields(SCHEMA)) == []


def test_every_field_of_a_type_and_of_an_event_is_described_in_words() -> None:
    for name in ("resource_type", "creation", "notification"):
        for field, described in SCHEMA["$defs"][name]["properties"].items():
            reference = described.get("$ref", "#/").rpartition("/")[2]
            assert "description" in described or "description" in SCHEMA["$defs"].get(reference, {}), field


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda entry: entry.pop("arn"), "$.types[0]"),
        (lambda entry: entry.update(type="bucket"), "$.types[0].type"),
        (lambda entry: entry.update(tag_api="telepathy"), "$.types[0].tag_api"),
        (lambda entry: entry.update(tag_actions=["PutTags"]), "$.types[0].tag_actions[0]"),
        (lambda entry: entry["create"][0].update(event_source="s3"), "$.types[0].create[0].event_source"),
        (lambda entry: entry["create"][0].pop("id"), "$.types[0].create[0]"),
    ],
)
def test_what_is_wrong_with_an_entry_has_a_place(change: Callable[[dict[str, Any]], object], place: str) -> None:
    entry = copy.deepcopy(next(entry for entry in DOCUMENT["types"] if entry["type"] == "s3:bucket"))
    change(entry)

    (fault,) = faults(DOCUMENT | {"types": [entry]})

    assert fault.startswith(f"{place}: ")


def test_a_field_of_a_later_version_is_no_fault_for_readers() -> None:
    entry = DOCUMENT["types"][0] | {"a later field": 1}
    assert faults(DOCUMENT | {"types": [entry]}) == []
