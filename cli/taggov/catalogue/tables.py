"""Entries for the eye."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from taggov.catalogue.difference import Change, Difference, Subject
from taggov.catalogue.entries import Entry

_ROOMY = 120
_NONE = "-"
_SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}


def overview(entries: Sequence[Entry], width: int) -> Table:
    """A line per type, grouped by service; a narrow terminal gets the same without repetition."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=_count(entries), caption_justify="left")
    if width < _ROOMY:
        table.padding = 0, 1, 0, 0
        for head in ("Type", "Created by", "Tags", "SCP", "Policy", "API"):
            table.add_column(head, no_wrap=head == "Type", overflow="fold")
        for entry in entries:
            table.add_row(entry.type, "\n".join(entry.events) or _NONE, *_layers(entry), entry.tag_api)
        return table
    for head in ("Service", "Type", "Created by", "Tags in event", "SCP", "Tag policy", "Tagging API"):
        table.add_column(head, no_wrap=head in ("Service", "Type"), overflow="fold")
    for service, group in groupby(entries, key=lambda entry: entry.service):
        for i, entry in enumerate(group):
            shows, denied, policy = _layers(entry)
            table.add_row(
                service if i == 0 else "",
                entry.type,
                ", ".join(entry.events) or _NONE,
                shows,
                denied,
                policy,
                entry.tag_api,
            )
    return table


def changes(found: Sequence[Difference]) -> Table:
    """Build a table with a line for each difference, and a count of each kind below it."""
    counts = Counter((one.subject, one.change) for one in found)
    caption = ", ".join(f"{number} {subject} {change}" for (subject, change), number in sorted(counts.items()))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
    for head in ("", "What", "Type", "Name", "Old", "New"):
        table.add_column(head, no_wrap=head in ("", "What"), overflow="fold")
    for one in found:
        old, new = _shorten(one)
        table.add_row(_SIGNS[one.change], one.subject, one.type or _NONE, one.name or "", old, new)
    return table


def _shorten(difference: Difference) -> tuple[str, str]:
    """Shorten the old and the new value to a few words; of maps and lists, keep only what is not in both."""
    old, new = difference.old, difference.new
    if difference.subject is Subject.TYPE:
        return _summary(old), _summary(new)
    if difference.change is not Change.CHANGED:
        return "", ""
    if isinstance(old, list) and isinstance(new, list):
        return _text([item for item in old if item not in new]), _text([item for item in new if item not in old])
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _text({k: v for k, v in old.items() if new.get(k) != v}), _text(
            {k: v for k, v in new.items() if old.get(k) != v}
        )
    return _text(old), _text(new)


def _summary(document: Mapping[str, Any] | None) -> str:
    if document is None:
        return ""
    entry = Entry(document)
    return "; ".join((", ".join(entry.events) or _NONE, str(document.get("tag_api") or _NONE)))


def _text(value: Any) -> str:
    if value is None or value in ([], {}):
        return _NONE
    return value if isinstance(value, str) else json.dumps(value)


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


def _layers(entry: Entry) -> tuple[str, str, str]:
    """Tags in the event, SCP, tag policy."""
    return _yes(entry.shows_tags), _yes(entry.can_be_denied), entry.tag_policy


def _yes(value: bool) -> str:
    return "yes" if value else _NONE


def _count(entries: Sequence[Entry]) -> str:
    services = len({entry.service for entry in entries})
    return f"{len(entries)} resource type{'s' * (len(entries) != 1)} of {services} service{'s' * (services != 1)}"
