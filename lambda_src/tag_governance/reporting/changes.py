"""Changes of tags in the form of notices and audit lines. Pure."""

from __future__ import annotations

from typing import Any

from tag_governance.domain.entry import Change


def changes_of(change: Change) -> list[dict[str, Any]]:
    """List the effects of a change by key."""
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
