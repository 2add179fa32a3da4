"""Values of a Terraform configuration as far as its files tell, each with the line where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, from 1. `file` is the path as it shall be shown."""

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
    """A field of an object or an element of a map. `place` is that of its key."""

    place: Place
    value: Value


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map or object."""

    place: Place
    entries: Mapping[str, Entry]
    complete: bool = True
    """False where there may be further keys, as in `merge(var.tags, {...})`."""
    others: tuple[Value, ...] = ()
    """Values under keys that the files do not tell."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Value that only a plan can tell, or not even a plan."""

    place: Place
    maybe: tuple[Value, ...] = field(default=())
    """Values that stand in the files and that it may have, such as both sides of a condition."""


Value = Known | Items | Pairs | Unknown


class NotKnown(Exception):
    """Part of a value is not told by the files."""


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
    """Say if the value is certainly null."""
    return isinstance(value, Known) and value.content is None


def entries(value: Value | None) -> Mapping[str, Entry]:
    """Return the certain entries of a map or object; none of anything else."""
    return value.entries if isinstance(value, Pairs) else {}


def is_complete(value: Value) -> bool:
    """Say if every key of a map or object is known. Null has none."""
    return is_null(value) or (isinstance(value, Pairs) and value.complete)


def known_entries(value: Value) -> Mapping[str, Entry]:
    """Return all entries of a map or object; none of null.

    Raises:
        NotKnown: there may be more.
    """
    if not is_complete(value):
        raise NotKnown
    return entries(value)


def known_field(value: Value, name: str) -> Value:
    """Return a field of an object; null where it is certainly left out.

    Raises:
        NotKnown: it may be there.
    """
    if name in entries(value):
        return entries(value)[name].value
    if not is_complete(value):
        raise NotKnown
    return Known(value.place, None)


def written(value: Value) -> Iterator[Value]:
    """List all that the files have for a value: the value itself, or the values that it may be."""
    if isinstance(value, Unknown):
        for option in value.maybe:
            yield from written(option)
    else:
        yield value
