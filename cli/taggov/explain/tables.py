"""Explanations for the eye."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from taggov.explain.explanation import Explanation
    from taggov.explain.position import Node

_TOP = "tags"
"""Variable that sets the fields of the default scope."""


def show(explanation: Explanation) -> Iterator[Table | str]:
    """Yield the parts of an explanation: scope, tags, exemptions, policies."""
    head = _table("", "")
    head.show_header = False
    head.add_row("Account", _named(explanation.path[0]) if explanation.path else explanation.account)
    head.add_row("Position", " > ".join(map(_named, explanation.path)) or "not looked up: no scope needs it")
    found = "nothing nearer has one" if explanation.node is None else f"scope of {_named(explanation.node)}"
    head.add_row("Scope", f"{explanation.scope} ({found})")
    head.add_row("Mode", f"{explanation.mode} (set by {_setter(explanation.mode_scope, 'mode')})")
    yield head
    yield _tags(explanation)
    exemptions = _table("Exemption", "Until", "Owner", "Reason")
    for one in explanation.exemptions:
        exemptions.add_row(one.name, one.expires.isoformat(), one.owner, one.reason)
    yield exemptions if explanation.exemptions else "No exemption covers the account."
    if explanation.policies is None:
        yield "Policies were not looked up, because no scope is attached to a part of an organization."
        return
    policies = _table("Policy", "Type", "Id", "Attached to")
    for held in explanation.policies:
        policies.add_row(held.name, held.type, held.id, _named(held.node))
    yield policies if explanation.policies else "No policy of the stack holds for the account."


def _tags(explanation: Explanation) -> Table | str:
    table = _table("Tag", "Field", "Value", "Set by")
    for tag in explanation.tags:
        # What nobody sets is left out, except what matters most.
        rows = [field for field in tag.fields if field.scope is not None or field.name == "required"]
        for number, field in enumerate(rows):
            table.add_row("" if number else tag.key, field.name, _value(field.value), _setter(field.scope, _TOP))
    return table if explanation.tags else "No tag applies."


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _named(node: Node) -> str:
    return f"{node.name} ({node.id})" if node.name else node.id


def _setter(scope: str | None, variable: str) -> str:
    """Say who sets a field. The default scope has the values of a variable of the module."""
    if scope is None:
        return "default of the module"
    return variable if scope == "default" else scope


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
