"""Creations that a newly generated catalogue has and the committed one lacks, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]


def news(committed: Document, generated: Document) -> list[str]:
    """A head, then a line for each creation that AWS has added (+) or dropped (-) since."""
    old, new = set(_creations(committed)), set(_creations(generated))
    added, dropped = sorted(new - old), sorted(old - new)
    head = f"{len(added)} creations added, {len(dropped)} dropped, from {_made(committed)} to {_made(generated)}"
    return [head, *(f"+ {row}" for row in added), *(f"- {row}" for row in dropped)]


def _creations(document: Document) -> Iterator[str]:
    """`rds.amazonaws.com CreateDBInstance rds:db`."""
    for entry in document["types"]:
        for create in entry["create"]:
            yield f"{create['event_source']} {create['event_name']} {entry['type']}"


def _made(document: Document) -> str:
    return ", ".join(f"{package} {version}" for package, version in document["generated_from"].items())
