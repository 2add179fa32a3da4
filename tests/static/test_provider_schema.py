"""Every argument and attribute that this module names is in the schema of version 6 of the AWS provider, too.

`terraform validate` compares them with the version that is installed, which may be the oldest that we support.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.support.provider_schema import Block, block, version
from tools import ROOT

FILES = sorted(
    path
    for pattern in ("*.tf", "modules/**/*.tf", "examples/**/*.tf")
    for path in ROOT.glob(pattern)
    if ".terraform" not in path.parts
)
META = {"alias", "connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "version"}
BLOCK = re.compile(r'^(resource|data|provider) "aws', re.MULTILINE)
REFERENCE = re.compile(r"\b(?P<data>data\.)?(?P<type>aws_\w+)\.\w+(?:\[[^\]]*\])?\.(?P<attribute>\w+)")


def test_the_schema_is_that_of_the_next_major_version() -> None:
    assert version().startswith("6.")


def test_every_file_is_read() -> None:
    assert {Path(ROOT, "main.tf"), Path(ROOT, "modules/remediation/lambda.tf")} <= set(FILES)


def test_every_argument_is_known() -> None:
    found = [line for path in FILES for line in unknown(path.read_text("utf-8"), str(path.relative_to(ROOT)))]

    assert found == []


def test_every_attribute_that_is_read_is_known() -> None:
    references = [
        (path.relative_to(ROOT), found) for path in FILES for found in REFERENCE.finditer(path.read_text("utf-8"))
    ]
    missing = [
        f"{path}: {found[0]}"
        for path, found in references
        if not (schema := block("data" if found["data"] else "resource", found["type"]))
        or found["attribute"] not in {*schema.attributes, *schema.arguments}
    ]

    assert references
    assert missing == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('resource "aws_sqs_queue" "q" {\n  name = "a"\n  tags = { Any = 1 }\n}', []),
        ('resource "aws_sqs_queue" "q" {\n  nam = "a"\n}', ["aws_sqs_queue.q.nam: no such argument"]),
        ('resource "aws_sqs" "q" {}', ["aws_sqs.q: no such resource"]),
        ('data "aws_sqs_queue" "q" {}', ["aws_sqs_queue.q.name: required"]),
        (
            'data "aws_iam_policy_document" "d" {\n  statement {\n    principal {\n    }\n  }\n}',
            ["aws_iam_policy_document.d.statement.principal: no such argument"],
        ),
        (
            'data "aws_iam_policy_document" "d" {\n  dynamic "statement" {\n    for_each = [1]\n'
            '    content {\n      principals {\n        type = "*"\n        ids  = []\n      }\n    }\n  }\n}',
            [
                "aws_iam_policy_document.d.statement.principals.ids: no such argument",
                "aws_iam_policy_document.d.statement.principals.identifiers: required",
            ],
        ),
        (
            'provider "aws" {\n  assume_role {\n    role = "x"\n  }\n}',
            ["aws.assume_role.role: no such argument"],
        ),
        ('provider "aws" {\n  alias  = "x"\n  region = "x"\n}', []),
    ],
)
def test_what_is_wrong_is_named(text: str, problems: list[str]) -> None:
    assert list(unknown(text, "main.tf")) == [f"main.tf: {problem}" for problem in problems]


def unknown(text: str, where: str) -> Iterator[str]:
    """List arguments that version 6 of the provider does not have, and required ones that are missing."""
    if not BLOCK.search(text):
        return  # parsing takes its time
    parsed = hcl2.loads(text)
    for kind in ("resource", "data"):
        for typed in parsed.get(kind, []):
            for name, labelled in typed.items():
                for label, body in labelled.items():
                    yield from _problems(kind, _unquote(name), body, f"{where}: {_unquote(name)}.{_unquote(label)}")
    for typed in parsed.get("provider", []):
        for name, body in typed.items():
            yield from _problems("provider", _unquote(name), body, f"{where}: {_unquote(name)}")


def _problems(kind: str, name: str, body: dict[str, Any], where: str) -> Iterator[str]:
    if not name.startswith("aws"):
        return  # of another provider, or of Terraform itself
    schema = block(kind, name)
    if schema is None:
        yield f"{where}: no such {kind}"
    else:
        yield from _inside({key: value for key, value in body.items() if key not in META}, schema, where)


def _inside(body: dict[str, Any], schema: Block, where: str) -> Iterator[str]:
    given = _arguments(body)
    for name, values in given.items():
        if name not in schema.arguments:
            yield f"{where}.{name}: no such argument"
        elif inner := schema.arguments[name]:
            for value in values:
                yield from _inside(value, inner, f"{where}.{name}")
    for name in sorted(schema.required - given.keys()):
        yield f"{where}.{name}: required"


def _arguments(body: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Arguments and blocks of a block by name, dynamic ones among them; for each the objects written there."""
    found = {_unquote(name): _objects(value) for name, value in body.items() if not name.startswith("__")}
    for dynamic in found.pop("dynamic", []):
        for name, written in dynamic.items():
            if not name.startswith("__"):
                found.setdefault(_unquote(name), []).extend(_objects(written["content"]))
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def _unquote(text: str) -> str:
    return text.strip('"')
