"""Audit lines: one JSON object per resource that was changed, violates the schema, or was exempted. Pure.

They are written to the function's log. Logs Insights finds them by the field `audit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tag_governance.domain.model import Status
from tag_governance.domain.result import Result
from tag_governance.reporting.changes import changes_of

_QUIET = (Status.COMPLIANT, Status.IGNORED)


def audit_lines(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Build the audit lines of results. Values of tags that are not governed are left out."""
    return [_line(result) for result in results if result.changes or result.retry_reason or result.status not in _QUIET]


def _line(result: Result) -> dict[str, Any]:
    verdict, seen = result.verdict, result.verdict.observation
    return {
        "audit": "again" if result.retry_reason else "changed" if result.changes else result.status.value,
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
        "changes": [change for made in result.changes for change in changes_of(made)],
        "violations": [
            {"key": v.key, "problem": v.problem.value, "found": v.found} for v in result.remaining_violations
        ],
    }
