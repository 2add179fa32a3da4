"""A change of tags as people and machines read it. Pure."""

from __future__ import annotations

from typing import Any

from tag_governance.domain.entry import Change


def changes_of(change: Change) -> list[dict[str, Any]]:
    """List the effects of one change, key by key."""
    return [
        {
            "key": key,
            "before": change.before.get(key),
            "after": value,
            "why": change.why.get(key, ""),
            "removed": list(change.removed.get(key, ())),
        }
        for key, value in change.after.items()
    ]
