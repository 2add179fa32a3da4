"""Variables of the module: types, required fields and defaults.

`variables.json` has the variables of the module of this version. `make docs` generates it from `variables*.tf`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lark import Token, Tree

from taggov.lint.evaluation import NoNames, evaluate
from taggov.lint.syntax import Expression, Node, branches, read_body
from taggov.lint.values import NotKnown, Place, plain

_COLLECTIONS = frozenset({"list", "map", "set"})
_SINGLE = frozenset({"bool", "number", "string"})
_NOWHERE = Place("", 1)


@dataclass(frozen=True, slots=True)
class Type:
    """A type constraint. Unsupported ones, such as tuples, are `any`."""

    kind: str
    """`string`, `number`, `bool`, `any`, `list`, `set`, `map` or `object`."""
    element: Type | None = None
    """Type of the elements of a list, set or map."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    """Fields of an object."""


@dataclass(frozen=True, slots=True)
class Field:
    """A variable, or a field of an object."""

    type: Type
    required: bool
    default: Any = None
    """Default value."""


Interface = Mapping[str, Field]
"""Variables by name."""


def read_interface(folder: Path) -> Interface:
    """Read the variables of the module in a folder.

    Raises:
        NotTerraform: a file cannot be read.
    """
    found: dict[str, Field] = {}
    for path in sorted(folder.glob("*.tf")):
        for block in read_body(path, str(path)).blocks:
            if block.kind == "variable" and len(block.labels) == 1:
                attributes = block.body.attributes
                default = attributes.get("default")
                found[block.labels[0]] = Field(
                    type=_type(attributes["type"].expression.node) if "type" in attributes else Type("any"),
                    required=default is None,
                    default=_literal(default.expression) if default else None,
                )
    return found


@cache
def packaged_interface() -> Interface:
    """Read the variables of the module of this version."""
    return interface_of(json.loads(files(__package__).joinpath("variables.json").read_text("utf-8")))


def document_of(interface: Interface) -> dict[str, Any]:
    """Convert an interface to JSON: `{"tags": {"type": {"map": {"object": {...}}}, "required": true}}`."""
    return {name: _field_document(variable) for name, variable in sorted(interface.items())}


def interface_of(document: Mapping[str, Any]) -> Interface:
    """Build the interface that a document of `document_of` describes."""
    return {name: _field_of(variable) for name, variable in document.items()}


def _field_document(described: Field) -> dict[str, Any]:
    document = {"type": _type_document(described.type)}
    return document | ({"required": True} if described.required else {"default": described.default})


def _type_document(described: Type) -> Any:
    if described.kind == "object":
        return {"object": {name: _field_document(inner) for name, inner in described.fields.items()}}
    return {described.kind: _type_document(described.element)} if described.element else described.kind


def _field_of(document: Mapping[str, Any]) -> Field:
    return Field(_type_of(document["type"]), document.get("required", False), document.get("default"))


def _type_of(document: Any) -> Type:
    if isinstance(document, str):
        return Type(document)
    ((kind, inner),) = document.items()
    if kind == "object":
        return Type("object", fields={name: _field_of(one) for name, one in inner.items()})
    return Type(kind, element=_type_of(inner))


def _type(node: Node | Token) -> Type:
    """Read a type constraint from its expression."""
    name, arguments = _split_call(node)
    if name in _COLLECTIONS and arguments:
        return Type(name, element=_type(arguments[0]))
    if name == "object" and arguments:
        members = branches(_unwrap(arguments[0]))
        return Type("object", fields=dict(_member(one) for one in members if one.data == "object_elem"))
    return Type(name if name in _SINGLE else "any")


def _member(element: Node) -> tuple[str, Field]:
    """Read a field of `object({...})`."""
    key, value = branches(element)
    name = str(next(key.scan_values(lambda _: True)))
    called, arguments = _split_call(value)
    if called != "optional" or not arguments:
        return name, Field(_type(value), required=True)
    default = _literal(Expression(arguments[1], _NOWHERE, "hcl")) if len(arguments) > 1 else None
    return name, Field(_type(arguments[0]), required=False, default=default)


def _split_call(node: Node | Token) -> tuple[str, list[Node]]:
    """Split `name(argument, ...)` into name and arguments; a bare name has none."""
    node = _unwrap(node)
    if node.data == "identifier":
        return str(node.children[0]), []
    if node.data != "function_call":
        return "", []
    name, *rest = branches(node)
    return str(name.children[0]), [argument for part in rest for argument in branches(part)]


def _unwrap(node: Node | Token) -> Node:
    """Unwrap a term: return the node inside it."""
    while isinstance(node, Tree) and node.data == "expr_term" and len(branches(node)) == 1:
        node = branches(node)[0]
    return node if isinstance(node, Tree) else Tree("token", [node])


def _literal(expression: Expression) -> Any:
    try:
        return plain(evaluate(expression, NoNames()))
    except NotKnown:
        return None
