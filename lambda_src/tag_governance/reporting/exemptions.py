"""Notices to the owners of exemptions that end soon or have ended. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from tag_governance.domain.policy import Exemption
from tag_governance.reporting.notice_text import single_line, text_of, title_of
from tag_governance.reporting.notices import LONGEST_SUBJECT, Notice

_PER_NOTICE = 50
SOON = timedelta(days=14)
"""Time before the last day of an exemption at which its owner is told."""


def news_of(exemptions: Iterable[Exemption], today: date) -> dict[str, Exemption]:
    """List the exemptions to tell of, by a key that is the same as long as there is no other news of it.

    Args:
        exemptions: those of the policy.
        today: the current day (UTC).
    """
    return {
        f"{exemption.name}/{exemption.expires.isoformat()}/{_state(exemption, today)}": exemption
        for exemption in exemptions
        if exemption.expires - today <= SOON
    }


def exemption_notices(news: Mapping[str, Exemption], name: str, today: date) -> list[tuple[Notice, list[str]]]:
    """Build the notices for the owners, each with the keys of its news.

    Args:
        news: the exemptions to tell of, by key.
        name: the name of the stack.
        today: the current day (UTC).
    """
    by_owner: dict[str, list[str]] = {}
    for key, exemption in news.items():
        by_owner.setdefault(exemption.owner, []).append(key)
    return [
        (_notice(owner, [news[key] for key in part], name, today), part)
        for owner, keys in sorted(by_owner.items())
        for start in range(0, len(keys), _PER_NOTICE)
        if (part := keys[start : start + _PER_NOTICE])
    ]


def _notice(owner: str, exemptions: Iterable[Exemption], name: str, today: date) -> Notice:
    rows = [_row(exemption, today) for exemption in exemptions]
    key = sha256(json.dumps([name, owner, rows]).encode()).hexdigest()[:16]
    body: dict[str, Any] = {
        "version": 1,
        "id": key,
        "policy": name,
        "owner": owner,
        "changed": 0,
        "violations": 0,
        "resources": [],
        "exemptions": rows,
    }
    return Notice(
        id=key,
        entries=(),
        subject=title_of(body)[:LONGEST_SUBJECT],
        body=json.dumps(body, separators=(",", ":")),
        text=text_of(body),
        attributes={"id": key, "owner": single_line(owner), "kind": ["exemption"]},
    )


def _row(exemption: Exemption, today: date) -> dict[str, str]:
    return {
        "name": exemption.name,
        "expires": exemption.expires.isoformat(),
        "state": _state(exemption, today),
        "reason": single_line(exemption.reason),
    }


def _state(exemption: Exemption, today: date) -> str:
    return "expired" if exemption.expires < today else "expires soon"
