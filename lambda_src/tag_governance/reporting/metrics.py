"""Results in, one CloudWatch embedded metric format document for each scope out. Pure.

Source: CloudWatch embedded metric format specification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tag_governance.domain.model import Result, Status

UNKNOWN_SCOPE = "unknown"
NAMES = ("Evaluated", "Compliant", "NonCompliant", "Remediated", "Exempt", "NotEvaluated", "Failed")


def metric_documents(
    results: Iterable[Result], not_understood: int, namespace: str, now: datetime
) -> list[dict[str, Any]]:
    """Counts of a batch, published for the whole (no dimension) and by `Scope`.

    A resource counts as compliant when it complies after what was done to it. Evaluated = Compliant + NonCompliant;
    a record given up on counts as NotEvaluated, and never as compliant.
    """
    counts: dict[str, Counter[str]] = {}
    for result in results:
        counts.setdefault(result.verdict.scope or UNKNOWN_SCOPE, Counter()).update(_counted(result))
    if not_understood:
        counts.setdefault(UNKNOWN_SCOPE, Counter())["NotEvaluated"] += not_understood
    return [
        {
            "_aws": {
                "Timestamp": int(now.timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [[], ["Scope"]],
                        "Metrics": [{"Name": name, "Unit": "Count"} for name in NAMES],
                    }
                ],
            },
            "Scope": scope,
            **{name: count[name] for name in NAMES},
        }
        for scope, count in sorted(counts.items())
        if count
    ]


def _counted(result: Result) -> Iterable[str]:
    if result.failure is not None:
        return ("Failed",)
    match result.status:
        case Status.COMPLIANT:
            return ("Evaluated", "Compliant", *(("Remediated",) if result.changed else ()))
        case Status.NON_COMPLIANT:
            return ("Evaluated", "NonCompliant", *(("Remediated",) if result.changed else ()))
        case Status.EXEMPT:
            return ("Exempt",)
        case Status.NOT_EVALUATED:
            return ("NotEvaluated",)
        case _:
            return ()
