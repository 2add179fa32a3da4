"""Sections of CHANGELOG.md and UPGRADING.md."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNRELEASED = "Unreleased"

# "## [1.0.0] - 2026-11-30" in the changelog, "## 1.0.0" in UPGRADING.md
_HEADING = re.compile(r"^## \[?(?P<name>[^\]\s]+)\]?(?: - (?P<date>\S+))?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of one version: the date beside its name, empty without one, and what it says."""

    date: str
    text: str


def sections(document: str) -> dict[str, Section]:
    """Read the sections by the name of their version, in the order of the document."""
    headings = list(_HEADING.finditer(document))
    ends = [heading.start() for heading in headings[1:]] + [len(document)]
    return {
        heading["name"]: Section(heading["date"] or "", document[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    }
