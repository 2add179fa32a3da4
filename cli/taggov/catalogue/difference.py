"""Differences between two catalogues."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_VERSION = 1
_TAGGING = frozenset({"tag_api", "native", "tag_actions", "untag_actions", "read_actions"})


class NotACatalogue(Exception):
    """A file cannot be compared. The message says why."""


class Change(StrEnum):
    """Kind of change to an item of the catalogue."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Subject(StrEnum):
    """Part of a catalogue that a difference is about."""

    TYPE = "type"
    CREATION = "creation"
    """Event that creates a type. Events of added or removed types are not listed."""
    TAGGING = "tagging"
    """Tagging of a type: API, calls and permissions."""
    FIELD = "field"
    """Other field of a type."""
    CATALOGUE = "catalogue"
    """Field of the catalogue outside of types."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference in one item: it was added, removed or changed."""

    subject: Subject
    change: Change
    type: str | None
    """None for the catalogue as a whole."""
    name: str | None
    """The event (`s3.amazonaws.com CreateBucket`) or the field; with a dot, the field of an event."""
    old: Any
    new: Any
    """Values in the files; None if missing."""

    @property
    def document(self) -> dict[str, Any]:
        """The difference as JSON."""
        return {
            "subject": self.subject,
            "change": self.change,
            "type": self.type,
            "name": self.name,
            "old": self.old,
            "new": self.new,
        }


def read_catalogue(path: Path) -> Mapping[str, Any]:
    """Read a catalogue from a file. Unknown fields are kept.

    Raises:
        NotACatalogue: the file cannot be read, or is not a catalogue of this version.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise NotACatalogue(f"{path}: {getattr(error, 'strerror', None) or f'not JSON: {error}'}") from None
    except RecursionError:
        raise NotACatalogue(f"{path}: not JSON: nested too deeply") from None
    if not isinstance(document, dict) or not isinstance(document.get("types"), list):
        raise NotACatalogue(f"{path}: no catalogue: it has no list of types")
    if document.get("version") is True or document.get("version") != _VERSION:
        raise NotACatalogue(f"{path}: version is {document.get('version')!r}, expected {_VERSION}")
    seen: set[str] = set()
    for index, entry in enumerate(document["types"]):
        if not _is_entry(entry):
            raise NotACatalogue(f"{path}: types[{index}] is no type: it takes type, and create with events")
        if entry["type"] in seen:
            raise NotACatalogue(f"{path}: types[{index}] is {entry['type']} a second time")
        seen.add(entry["type"])
    return document


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield all differences: first by type, then those of the whole catalogue.

    Missing and empty fields are equal, because the format may grow. The source versions are ignored.
    """
    before = {entry["type"]: entry for entry in old["types"]}
    after = {entry["type"]: entry for entry in new["types"]}
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield Difference(Subject.TYPE, Change.ADDED, name, None, None, after[name])
        elif name not in after:
            yield Difference(Subject.TYPE, Change.REMOVED, name, None, before[name], None)
        else:
            yield from _of_type(name, before[name], after[name])
    yield from _fields(Subject.CATALOGUE, None, "", old, new, {"types", "generated_from", "version"})


def _of_type(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = _creations(old), _creations(new)
    for event in sorted(before.keys() | after.keys()):
        if event not in before:
            yield Difference(Subject.CREATION, Change.ADDED, name, event, None, after[event])
        elif event not in after:
            yield Difference(Subject.CREATION, Change.REMOVED, name, event, before[event], None)
        else:
            yield from _fields(Subject.CREATION, name, f"{event}.", before[event], after[event], set())
    yield from _fields(Subject.TAGGING, name, "", old, new, (old.keys() | new.keys()) - _TAGGING)
    yield from _fields(Subject.FIELD, name, "", old, new, {"create", "type", *_TAGGING})


def _fields(
    subject: Subject, name: str | None, prefix: str, old: Mapping[str, Any], new: Mapping[str, Any], left_out: set[str]
) -> Iterator[Difference]:
    for field in sorted((old.keys() | new.keys()) - left_out):
        if _normalize(old.get(field)) != _normalize(new.get(field)):
            yield Difference(subject, Change.CHANGED, name, f"{prefix}{field}", old.get(field), new.get(field))


def _normalize(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = sorted(value)  # no list of texts has an order that means anything
    return None if value in ([], {}) else value


def _creations(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{create['event_source']} {create['event_name']}": create for create in entry["create"]}


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        return False
    create = entry.get("create")
    return isinstance(create, list) and all(
        isinstance(one, dict) and isinstance(one.get("event_source"), str) and isinstance(one.get("event_name"), str)
        for one in create
    )
