"""Inputs and outputs of a Terraform module, read from its files."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2


@dataclass(frozen=True, slots=True)
class Input:
    """A variable. `type` is its expression on one line; `default` is an HCL literal, None when required."""

    name: str
    description: str
    type: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Output:
    """An output."""

    name: str
    description: str


def inputs(folder: Path) -> list[Input]:
    """The variables, required ones first, otherwise as they stand in the files.

    Raises:
        ValueError: a variable has no type or no description.
    """
    found = [
        Input(
            name=name,
            description=_text(body, "description", f"{folder.name}: variable {name}"),
            type=_expression(_required(body, "type", f"{folder.name}: variable {name}")),
            default=_literal(body["default"]) if "default" in body else None,
        )
        for name, body in _blocks(folder, "variable")
    ]
    return sorted(found, key=lambda taken: taken.default is not None)


def outputs(folder: Path) -> list[Output]:
    """The outputs as they stand in the file.

    Raises:
        ValueError: an output has no description.
    """
    return [
        Output(name=name, description=_text(body, "description", f"{folder.name}: output {name}"))
        for name, body in _blocks(folder, "output")
    ]


def _blocks(folder: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Blocks of `variables.tf`, then of `variables.schema.tf` and its like; the same for outputs."""
    for path in sorted(folder.glob(f"{kind}s*.tf"), key=lambda found: (found.name.count("."), found.name)):
        for block in hcl2.loads(path.read_text()).get(kind, []):
            for label, body in block.items():
                yield _unquote(label), body


def _required(body: dict[str, Any], field: str, where: str) -> str:
    if field not in body:
        raise ValueError(f"{where} has no {field}")
    return str(body[field])


def _text(body: dict[str, Any], field: str, where: str) -> str:
    text = _unquote(_required(body, field, where))
    if text.startswith("<<-"):
        text = textwrap.dedent(text.partition("\n")[2].rpartition("\n")[0])
    return text.strip()


def _expression(text: str) -> str:
    return text[2:-1] if text.startswith("${") else text


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        pairs = [f"{key} = {_literal(item)}" for key, item in value.items() if not key.startswith("__")]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _unquote(text: str) -> str:
    return text[1:-1].replace('\\"', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text
