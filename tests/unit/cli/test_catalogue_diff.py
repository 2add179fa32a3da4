"""`taggov catalogue diff`: what came, went and changed between two catalogues."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogued import DOCUMENT
from tests.support.command_line import taggov

Document = dict[str, Any]

FEW: Document = DOCUMENT | {
    "types": [entry for entry in DOCUMENT["types"] if entry["type"] in ("ec2:volume", "s3:bucket", "sqs:queue")]
}


def compared(tmp_path: Path, change: Callable[[Document, dict[str, Document]], object]) -> tuple[Path, Path]:
    """Write a small catalogue, and a copy with a change."""
    new = copy.deepcopy(FEW)
    change(new, {entry["type"]: entry for entry in new["types"]})
    paths = tmp_path / "old.json", tmp_path / "new.json"
    for path, document in zip(paths, (FEW, new), strict=True):
        path.write_text(json.dumps(document), encoding="utf-8")
    return paths


def differences(old: Path, new: Path) -> list[tuple[Any, ...]]:
    result = taggov("catalogue", "diff", str(old), str(new), "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    found = json.loads(result.stdout)["differences"]
    return [(one["subject"], one["change"], one["type"], one["name"]) for one in found]


def rename_event(_: Document, types: dict[str, Document]) -> None:
    types["sqs:queue"]["create"][0]["event_name"] = "MakeQueue"


CHANGES: dict[str, tuple[Callable[[Document, dict[str, Document]], object], list[tuple[Any, ...]]]] = {
    "a type came": (
        lambda new, types: new["types"].append({**types["s3:bucket"], "type": "s3:shelf"}),
        [("type", "added", "s3:shelf", None)],
    ),
    "a type went": (
        lambda new, types: new["types"].remove(types["s3:bucket"]),
        [("type", "removed", "s3:bucket", None)],
    ),
    "an event has another name": (
        rename_event,
        [
            ("creation", "removed", "sqs:queue", "sqs.amazonaws.com CreateQueue"),
            ("creation", "added", "sqs:queue", "sqs.amazonaws.com MakeQueue"),
        ],
    ),
    "an event says its tags elsewhere": (
        lambda _, types: types["sqs:queue"]["create"][0].update(tags="requestParameters.labels"),
        [("creation", "changed", "sqs:queue", "sqs.amazonaws.com CreateQueue.tags")],
    ),
    "another API tags": (
        lambda _, types: types["sqs:queue"].update(tag_api="native"),
        [("tagging", "changed", "sqs:queue", "tag_api")],
    ),
    "tagging needs another permission": (
        lambda _, types: types["ec2:volume"].update(tag_actions=["ec2:TagVolume"]),
        [("tagging", "changed", "ec2:volume", "tag_actions")],
    ),
    "tag policies lost it": (
        lambda _, types: types["s3:bucket"].update(enforced_for=None),
        [("field", "changed", "s3:bucket", "enforced_for")],
    ),
    "a field that this version does not know": (
        lambda _, types: types["s3:bucket"].update(colour="red"),
        [("field", "changed", "s3:bucket", "colour")],
    ),
    "something of all types": (
        lambda new, _: new.update(unscoped_actions=[]),
        [("catalogue", "changed", None, "unscoped_actions")],
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_each_change_is_one_difference(case: str, tmp_path: Path) -> None:
    change, expected = CHANGES[case]

    assert sorted(differences(*compared(tmp_path, change)), key=str) == sorted(expected, key=str)


def test_catalogues_that_say_the_same_end_with_0(tmp_path: Path) -> None:
    def reorder(new: Document, types: dict[str, Document]) -> None:
        new["types"].reverse()
        new["generated_from"] = {"botocore": "9.9.9"}
        types["s3:bucket"]["a field without content"] = []
        types["s3:bucket"]["tag_actions"].reverse()

    paths = compared(tmp_path, reorder)

    result = taggov("catalogue", "diff", *map(str, paths))
    assert (result.exit_code, result.output) == (0, "")


def test_old_and_new_values_are_told(tmp_path: Path) -> None:
    paths = compared(tmp_path, lambda _, types: types["sqs:queue"].update(tag_api="native"))

    (found,) = json.loads(taggov("catalogue", "diff", *map(str, paths), "--json").stdout)["differences"]
    assert (found["old"], found["new"]) == ("tagging", "native")


def test_the_table_has_a_line_for_each_difference_and_counts_them(tmp_path: Path) -> None:
    paths = compared(
        tmp_path, lambda new, types: (new["types"].remove(types["s3:bucket"]), types["sqs:queue"].update(tag_api="s3"))
    )

    result = taggov("catalogue", "diff", *map(str, paths))

    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["-", "type", "s3:bucket", "CreateBucket;", "s3"] in lines
    assert ["~", "tagging", "sqs:queue", "tag_api", "tagging", "s3"] in lines
    assert "1 tagging changed, 1 type removed" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "has no list of types"),
        ('{"version": 2, "types": []}', "version is 2, expected 1"),
        ('{"version": 1, "types": [7]}', "types[0] is no type"),
        ('{"version": true, "types": []}', "version is True"),
        (
            '{"version": 1, "types": [{"type": "a:b", "create": []}, {"type": "a:b", "create": []}]}',
            "a:b a second time",
        ),
        ('{"version": 1, "types": [{"type": "a:b", "create": [{"event_source": "x"}]}]}', "types[0] is no type"),
    ],
)
def test_what_is_no_catalogue_is_refused_in_one_line(text: str, cause: str, tmp_path: Path) -> None:
    old, new = compared(tmp_path, lambda *_: None)
    new.write_text(text, encoding="utf-8")

    result = taggov("catalogue", "diff", str(old), str(new))

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"taggov: {new}: ")
    assert cause in result.stderr


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    result = taggov("catalogue", "diff", str(tmp_path / "old.json"), str(tmp_path / "new.json"))
    assert (result.exit_code, result.stderr) == (2, f"taggov: {tmp_path / 'old.json'}: No such file or directory\n")
