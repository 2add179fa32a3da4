"""Input of the rules: a call of the module and its surroundings."""

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
class Checked:
    """A call and what its rules need to know."""

    call: Call
    interface: Interface
    cost_tags: Collection[str] | None
    """Tag keys that cost rules read; None where no cost rules are known."""
    today: date
    """In UTC."""
    notice_days: int
    """Days before its end from which an exemption is reported."""

    @cached_property
    def tags(self) -> Value:
        """The schema."""
        return self.argument("tags")

    @cached_property
    def scopes(self) -> Mapping[str, Entry]:
        """The scopes that the files tell."""
        return entries(self.argument("scopes"))

    def argument(self, name: str) -> Value:
        """Return the value that the call gives to a variable, or the default when the variable is left out."""
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
    """Find the value of a field; None where the files do not tell that it is set."""
    found = entries(value).get(name)
    return found.value if found else None


def text_of(value: Value | None) -> str | None:
    """Return the text of a value; None where it is unknown or no text."""
    return value.content if isinstance(value, Known) and isinstance(value.content, str) else None


def is_false(value: Value | None) -> bool:
    """Say if a value is certainly false."""
    return isinstance(value, Known) and value.content in (False, "false")


def is_empty(entry: Entry | None) -> bool:
    """Say if a field is certainly left out, null or an empty map."""
    if entry is None or is_null(entry.value):
        return True
    return isinstance(entry.value, Pairs) and entry.value.complete and not entry.value.entries


def comparable(value: Value) -> Any:
    """Convert a value so that equal values in Terraform are equal here: `"true"` equals true, and 1 equals `"1"`."""
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
