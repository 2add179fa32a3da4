"""Values in a Terraform configuration, as far as known, with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, from 1. `file` is the displayed path."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Known:
    """A text, number, boolean or null."""

    place: Place
    content: Scalar


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set."""

    place: Place
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of an object or an element of a map. `place` is the place of its key."""

    place: Place
    value: Value


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map or object."""

    place: Place
    entries: Mapping[str, Entry]
    complete: bool = True
    """False if there may be more keys, as in `merge(var.tags, {...})`."""
    others: tuple[Value, ...] = ()
    """Values with unknown keys."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown value."""

    place: Place
    maybe: tuple[Value, ...] = field(default=())
    """Possible values, such as both sides of a condition."""


Value = Known | Items | Pairs | Unknown


class NotKnown(Exception):
    """Part of a value is unknown."""


def plain(value: Value) -> Any:
    """Convert a value to plain Python.

    Raises:
        NotKnown: some part of it is unknown.
    """
    match value:
        case Known(content=content):
            return content
        case Items(items=items):
            return [plain(item) for item in items]
        case Pairs(entries=entries, complete=True):
            return {key: plain(entry.value) for key, entry in entries.items()}
    raise NotKnown


def is_null(value: Value) -> bool:
    """Return True if the value is known to be null."""
    return isinstance(value, Known) and value.content is None


def entries(value: Value | None) -> Mapping[str, Entry]:
    """Return the known entries of a map or object; empty for other values."""
    return value.entries if isinstance(value, Pairs) else {}


def is_complete(value: Value) -> bool:
    """Return True if all keys of a map or object are known. Null has no keys."""
    return is_null(value) or (isinstance(value, Pairs) and value.complete)


def known_entries(value: Value) -> Mapping[str, Entry]:
    """Return all entries of a map or object; empty for null.

    Raises:
        NotKnown: there may be more.
    """
    if not is_complete(value):
        raise NotKnown
    return entries(value)


def known_field(value: Value, name: str) -> Value:
    """Return a field of an object; null if it is known to be missing.

    Raises:
        NotKnown: the field may exist.
    """
    if name in entries(value):
        return entries(value)[name].value
    if not is_complete(value):
        raise NotKnown
    return Known(value.place, None)


def possible_values(value: Value) -> Iterator[Value]:
    """Yield the possible values: the value itself, or the alternatives of an unknown value."""
    if isinstance(value, Unknown):
        for option in value.maybe:
            yield from possible_values(option)
    else:
        yield value
