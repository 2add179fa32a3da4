"""Results in, audit lines out: one JSON object for each resource that was changed, is in violation or was spared.

They go to the function's log; Logs Insights finds them by `audit`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tag_governance.domain.model import Result, Status


def audit_lines(results: Iterable[Result]) -> list[dict[str, Any]]:
    """What was done and why, without the values of tags that are not governed."""
    return [_line(result) for result in results if _worth_a_line(result)]


def _worth_a_line(result: Result) -> bool:
    quiet = (Status.COMPLIANT, Status.IGNORED)
    return result.changed or result.gone or result.failure is not None or result.status not in quiet


def _line(result: Result) -> dict[str, Any]:
    verdict, seen = result.verdict, result.verdict.observation
    before = seen.tags or {}
    return {
        "audit": "gone" if result.gone else "changed" if result.changed else verdict.status.value,
        "resource": seen.arn,
        "resource_type": seen.resource_type,
        "account": seen.account,
        "region": seen.region,
        "scope": verdict.scope,
        "mode": verdict.mode.value,
        "actor": seen.actor,
        "event": seen.event_id,
        "reason": verdict.reason or None,
        "failure": None if result.failure is None else result.failure.cause,
        "changes": [
            {"key": f.key, "before": before.get(f.key), "after": f.value, "why": f.why, "removed": list(f.remove_keys)}
            for f in (verdict.fixes if result.changed else ())
        ],
        "violations": [{"key": v.key, "problem": v.problem.value, "found": v.found} for v in result.remaining],
    }
