"""Entries for the eye."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from .entries import Entry

_ROOMY = 120
_NONE = "–"  # noqa: RUF001 - a dash as in printed tables


def overview(entries: Sequence[Entry], width: int) -> Table:
    """A line per type. Where there is room, the services stand in a column of their own."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=_count(entries), caption_justify="left")
    roomy = width >= _ROOMY
    if roomy:
        table.add_column("Service", style="bold", no_wrap=True)
    table.add_column("Type", style="cyan", overflow="fold", no_wrap=roomy)
    table.add_column("Created by", overflow="fold", ratio=1)
    table.add_column("Tags in event" if roomy else "Tags")
    table.add_column("SCP")
    table.add_column("Tag policy", overflow="fold")
    table.add_column("Tagging API" if roomy else "API")
    for service, group in groupby(entries, key=lambda entry: entry.service):
        for i, entry in enumerate(group):
            cells = [
                entry.type,
                ", ".join(entry.events) or _NONE,
                _yes(entry.shows_tags),
                _yes(entry.can_be_denied),
                "yes" if entry.tag_policy_type == entry.type else entry.tag_policy_type or _NONE,
                entry.tag_api,
            ]
            table.add_row(*([service if i == 0 else ""] if roomy else []), *cells)
    return table


def details(entry: Entry) -> Table:
    """All that the catalogue says about one type."""
    table = Table(
        box=None, show_header=False, pad_edge=False, title=Text(entry.type, "bold cyan"), title_justify="left"
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in entry.document.items():
        if key == "type":
            continue
        for label, text in _lines(key, value):
            table.add_row(label, text)
    return table


def _lines(label: str, value: Any) -> list[tuple[str, str]]:
    """Objects take a line per field, lists of objects a numbered block each; the fields are indented."""
    if isinstance(value, Mapping) and value:
        return [(label, ""), *((f"  {sub}", text) for key in value for sub, text in _lines(key, value[key]))]
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [row for i, item in enumerate(value, 1) for row in _lines(f"{label} {i}", item)]
    if isinstance(value, list):
        return [(label, ", ".join(map(str, value)) or _NONE)]
    if value is None or value == {}:
        return [(label, _NONE)]
    return [(label, value if isinstance(value, str) else json.dumps(value))]


def _yes(value: bool) -> str:
    return "yes" if value else _NONE


def _count(entries: Sequence[Entry]) -> str:
    services = len({entry.service for entry in entries})
    return f"{len(entries)} resource type{'s' * (len(entries) != 1)} of {services} service{'s' * (services != 1)}"
