"""Fields that the module does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from taggov.lint.context import CallContext
from taggov.lint.findings import Finding
from taggov.lint.interface import Type
from taggov.lint.names import closest_field
from taggov.lint.values import Items, Pairs, Value, is_null, possible_values


def unknown_fields(checked: CallContext) -> Iterator[Finding]:
    """Find arguments and fields that the module does not have, and null instead of an object."""
    for name, entry in checked.call.arguments.items():
        if name in checked.interface:
            yield from _of_value(entry.value, checked.interface[name].type, name)
        else:
            yield Finding(
                entry.place, name, "unknown-field", "the module has no such variable", _hint(name, checked.interface)
            )


def _of_value(value: Value, kind: Type, subject: str) -> Iterator[Finding]:
    for option in possible_values(value):
        if isinstance(option, Items) and kind.element:
            for index, item in enumerate(option.items):
                yield from _of_value(item, kind.element, f"{subject}[{index}]")
        if not isinstance(option, Pairs):
            continue
        if kind.kind == "object":
            yield from _of_object(option, kind, subject)
        elif kind.element:
            for key, entry in option.entries.items():
                inner = f'{subject}["{key}"]'
                if is_null(entry.value) and kind.element.kind == "object":
                    yield Finding(entry.place, inner, "null-object", "null is no value here", "Write {} for defaults.")
                yield from _of_value(entry.value, kind.element, inner)
            for other in option.others:
                yield from _of_value(other, kind.element, f"{subject}[...]")


def _of_object(value: Pairs, kind: Type, subject: str) -> Iterator[Finding]:
    for name, entry in value.entries.items():
        if name in kind.fields:
            yield from _of_value(entry.value, kind.fields[name].type, f"{subject}.{name}")
        else:
            message = "unknown field, which Terraform ignores silently"
            yield Finding(entry.place, f"{subject}.{name}", "unknown-field", message, _hint(name, kind.fields))


def _hint(name: str, known: Collection[str]) -> str:
    meant = closest_field(name, known)
    return f"Did you mean {meant}?" if meant else f"There are {', '.join(sorted(known))}."
