"""Catalogue entries with the properties for searches and tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from importlib.resources import files
from typing import Any

from tag_governance.domain.catalogue import without_api_date


@dataclass(frozen=True)
class Entry:
    """A resource type. `document` is its entry in catalogue.json."""

    document: Mapping[str, Any]

    @cached_property
    def type(self) -> str:
        """The name, `service:noun` as in the IAM reference."""
        return str(self.document["type"])

    @cached_property
    def service(self) -> str:
        """The IAM prefix."""
        return self.type.partition(":")[0]

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Names of the CloudTrail events that create it."""
        return tuple(dict.fromkeys(create["event_name"] for create in self.document["create"]))

    @cached_property
    def shows_tags(self) -> bool:
        """True if a creating event contains the tags."""
        return any(create["tags"] is not None for create in self.document["create"])

    @cached_property
    def can_be_denied(self) -> bool:
        """True if a service control policy can deny creation without a tag."""
        return bool(self.document["request_tag_actions"])

    @cached_property
    def tag_policy(self) -> str:
        """The effect of tag policies on it: `enforce` values, `report` a missing tag, both (`yes`) or nothing (`-`)."""
        enforces, reports = self.document["enforced_for"], self.document["report_required_tag_for"]
        if enforces and reports:
            return "yes"
        return "enforce" if enforces else "report" if reports else "-"

    @cached_property
    def tag_api(self) -> str:
        """The API that tags it: `tagging` is the Resource Groups Tagging API, others are native, `-` is none."""
        return str(self.document["tag_api"] or "-")

    def matches(self, pattern: str) -> bool:
        """Return True if a pattern selects the type: a service (`rds`) or a type (`s3:bucket`), with wildcard `*`."""
        subject = self.type if ":" in pattern or pattern == "*" else self.service
        return fnmatchcase(subject.casefold(), pattern.casefold())

    def created_by(self, event: str) -> bool:
        """Return True if an event creates the type. Letter case and API date are ignored."""
        names = {event.casefold(), without_api_date(event).casefold()}
        return any(name.casefold() in names for name in self.events)


@dataclass(frozen=True)
class Entries:
    """The catalogue's document: its head, and entries sorted by type."""

    head: Mapping[str, Any]
    types: Sequence[Entry]

    def document(self, types: Sequence[Entry]) -> dict[str, Any]:
        """Build a catalogue document with some of the entries."""
        return {**self.head, "types": [entry.document for entry in types]}


def read_entries() -> Entries:
    """Read the catalogue that is packaged with the function."""
    document = json.loads((files("tag_governance") / "catalogue.json").read_text(encoding="utf-8"))
    types = [Entry(entry) for entry in document.pop("types")]
    return Entries(document, types)
