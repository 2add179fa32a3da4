"""Notices for owners: one message per owner, with attributes for filters. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tag_governance.domain.entry import Entry
from tag_governance.domain.model import Problem, Violation
from tag_governance.reporting.changes import changes_of
from tag_governance.reporting.notice_text import single_line, text_of, title_of

UNKNOWN_OWNER = "unknown"
LARGEST_NOTICE = 200_000
"""Bytes of one message with its attributes; SNS accepts 256 KiB per batch."""
_RESOURCES_PER_NOTICE = 100
LONGEST_SUBJECT = 100


@dataclass(frozen=True, slots=True)
class Notice:
    """Message about the entries in `entries`.

    `id` is the same for the same news; each change and each finding has an id too. `attributes` maps a name to one text
    or to several; SNS filter policies match either.
    """

    id: str
    entries: tuple[Entry, ...]
    subject: str
    body: str
    text: str
    attributes: dict[str, str | list[str]]

    @property
    def message(self) -> str:
        """Message for SNS: JSON for machines, text for e-mail."""
        return json.dumps({"default": self.body, "email": self.text})

    @property
    def size(self) -> int:
        """Upper limit of the bytes of the message with its attributes."""
        attributes = json.dumps(self.attributes, ensure_ascii=False).encode()
        return len(self.message.encode()) + len(self.subject.encode()) + len(attributes) + 100


def notices_of(entries: Iterable[Entry], name: str) -> list[Notice]:
    """Group the news of entries by owner.

    Args:
        entries: ledger entries with news.
        name: the name of the stack.
    """
    by_owner: dict[str, list[Entry]] = {}
    for entry in entries:
        by_owner.setdefault(entry.owner or UNKNOWN_OWNER, []).append(entry)
    return [
        notice
        for owner, group in sorted(by_owner.items())
        for start in range(0, len(group), _RESOURCES_PER_NOTICE)
        for notice in _split_by_size(owner, group[start : start + _RESOURCES_PER_NOTICE], name)
    ]


def _split_by_size(owner: str, entries: Sequence[Entry], name: str) -> Iterator[Notice]:
    notice = _notice(owner, entries, name)
    if notice.size <= LARGEST_NOTICE or len(entries) == 1:
        yield notice
        return
    middle = len(entries) // 2
    yield from _split_by_size(owner, entries[:middle], name)
    yield from _split_by_size(owner, entries[middle:], name)


def _notice(owner: str, entries: Sequence[Entry], name: str) -> Notice:
    changed = sum(1 for entry in entries if entry.changes)
    left = sum(1 for entry in entries if entry.is_open)
    kinds = [kind for kind, count in (("changed", changed), ("violation", left)) if count]
    key = sha256("\n".join(sorted(key for entry in entries for key in entry.notice_item_ids)).encode()).hexdigest()[:16]
    body = {
        "version": 1,
        "id": key,
        "policy": name,
        "owner": owner,
        "changed": changed,
        "violations": left,
        "resources": [_resource(entry) for entry in entries],
    }
    return Notice(
        id=key,
        entries=tuple(entries),
        subject=title_of(body)[:LONGEST_SUBJECT],
        body=json.dumps(body, separators=(",", ":")),
        text=text_of(body),
        attributes={
            "id": key,
            "owner": single_line(owner),
            "kind": kinds,
            "account": sorted({entry.account for entry in entries}),
            "scope": sorted({entry.scope or "" for entry in entries}),
            "resource_type": sorted({entry.resource_type for entry in entries}),
        },
    )


def _resource(entry: Entry) -> dict[str, Any]:
    return {
        "arn": entry.arn,
        "resource_type": entry.resource_type,
        "account": entry.account,
        "region": entry.region,
        "scope": entry.scope,
        "mode": entry.mode.value,
        "actor": entry.origin.actor if entry.origin else None,
        "first_seen": entry.first_seen.isoformat() if entry.first_seen else None,
        "cause": entry.reason or None,
        "changes": [{"id": made.id, **change} for made in entry.changes for change in changes_of(made)],
        "finding_id": entry.finding_id,
        "violations": [_violation(violation, entry) for violation in entry.violations],
    }


def _violation(violation: Violation, entry: Entry) -> dict[str, Any]:
    proposed = None if violation.fix is None else violation.fix.value
    found: dict[str, Any] = {
        "key": violation.key,
        "problem": violation.problem.value,
        "found": violation.found,
        "proposed": proposed,
    }
    if violation.problem is Problem.CONTESTED and violation.key in entry.corrections:
        found["changed_back_by"] = entry.corrections[violation.key].contested_by
    return found
