"""Results in, audit lines out: one JSON object for each resource that was changed, is in violation or was spared. Pure.

They go to the function's log; Logs Insights finds them by `audit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tag_governance.domain.model import Status
from tag_governance.domain.result import Result
from tag_governance.reporting.changes import changes_of

_QUIET = (Status.COMPLIANT, Status.IGNORED)


def audit_lines(results: Iterable[Result]) -> list[dict[str, Any]]:
    """List what was done and why, without the values of tags that are not governed."""
    return [_line(result) for result in results if result.made or result.again or result.status not in _QUIET]


def _line(result: Result) -> dict[str, Any]:
    verdict, seen = result.verdict, result.verdict.observation
    return {
        "audit": "again" if result.again else "changed" if result.made else result.status.value,
        "resource": seen.arn,
        "resource_type": seen.resource_type,
        "account": seen.account,
        "region": seen.region,
        "scope": verdict.scope,
        "mode": verdict.mode.value,
        "actor": seen.actor,
        "event": seen.event_id,
        "reason": verdict.reason or None,
        "cause": result.cause or None,
        "changes": [change for made in result.made for change in changes_of(made)],
        "violations": [{"key": v.key, "problem": v.problem.value, "found": v.found} for v in result.remaining],
    }
