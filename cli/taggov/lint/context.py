"""Input of lint rules: a module call and its context."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from taggov.lint.configuration import Call
from taggov.lint.interface import Field, Interface
from taggov.lint.values import Entry, Items, Known, Pairs, Unknown, Value, entries, is_null, plain


@dataclass(frozen=True)
class CallContext:
    """A module call and the facts that rules need."""

    call: Call
    interface: Interface
    cost_tags: Collection[str] | None
    """Tag keys that cost rules use; None if no cost rules are known."""
    today: date
    """In UTC."""
    notice_days: int
    """Days before its end at which an exemption is reported."""

    @cached_property
    def tags(self) -> Value:
        """The schema."""
        return self.argument("tags")

    @cached_property
    def scopes(self) -> Mapping[str, Entry]:
        """The known scopes."""
        return entries(self.argument("scopes"))

    def argument(self, name: str) -> Value:
        """Return the value of a variable in the call, or its default."""
        if name in self.call.arguments:
            return self.call.arguments[name].value
        known = self.interface.get(name)
        return value_of(known.default, self.call) if known and not known.required else Unknown(self.call.place)

    @cached_property
    def tag_fields(self) -> Mapping[str, Field]:
        """The fields of a tag."""
        tags = self.interface["tags"].type.element
        return tags.fields if tags else {}


def field_of(value: Value | None, name: str) -> Value | None:
    """Return the value of a field; None if it is not known to be set."""
    found = entries(value).get(name)
    return found.value if found else None


def text_of(value: Value | None) -> str | None:
    """Return the text of a value; None if it is unknown or not a text."""
    return value.content if isinstance(value, Known) and isinstance(value.content, str) else None


def is_empty(entry: Entry | None) -> bool:
    """Return True if a field is known to be missing, null or an empty map."""
    if entry is None or is_null(entry.value):
        return True
    return isinstance(entry.value, Pairs) and entry.value.complete and not entry.value.entries


def comparable(value: Value) -> Any:
    """Convert a value for comparison as in Terraform: `"true"` equals true, and 1 equals `"1"`."""
    content = plain(value)
    if isinstance(content, list):
        return [_as_text(item) for item in content]
    if isinstance(content, dict):
        return {key: _as_text(item) for key, item in content.items()}
    return _as_text(content)


def _as_text(content: Any) -> Any:
    if isinstance(content, bool):
        return str(content).lower()
    return str(content) if isinstance(content, int | float) else content


def value_of(content: Any, call: Call) -> Value:
    """Convert a default of the interface to a value."""
    if isinstance(content, dict):
        return Pairs(call.place, {key: Entry(call.place, value_of(item, call)) for key, item in content.items()})
    if isinstance(content, list):
        return Items(call.place, tuple(value_of(item, call) for item in content))
    return Known(call.place, content)
