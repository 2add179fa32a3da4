"""Metrics of results, as CloudWatch embedded metric format documents. Pure.

Source: CloudWatch embedded metric format specification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tag_governance.domain.model import Problem, Status
from tag_governance.domain.result import Result

UNKNOWN_SCOPE = "unknown"
NAMES = (
    "Evaluated",
    "Compliant",
    "NonCompliant",
    "Remediated",
    "Exempt",
    "NotEvaluated",
    "Unconfirmed",
    "TriedAgain",
    "Refused",
    "Contested",
    "Undeliverable",
    "Ignored",
)
"""Metrics of batches, in total and by scope. A metric is published only if it is not zero."""

GAUGES = ("AccountsDenied", "Overdue")
"""Metrics of the settlement: denying accounts, and entries that have been due for over an hour."""


def metric_documents(
    results: Iterable[Result], dead_letter_count: int, ignored: int, namespace: str, now: datetime
) -> list[dict[str, Any]]:
    """Count a batch, in total (no dimension) and by `Scope`.

    A resource counts as compliant if it complies after its changes. Evaluated = Compliant + NonCompliant. A dead letter
    counts as NotEvaluated, never as compliant.

    Args:
        results: results of the resources.
        dead_letter_count: number of messages that went to the dead-letter queue.
        ignored: number of messages without a governed resource.
    """
    counts: dict[str, Counter[str]] = {}
    for result in results:
        counts.setdefault(result.verdict.scope or UNKNOWN_SCOPE, Counter()).update(_metrics_of(result))
    counts.setdefault(UNKNOWN_SCOPE, Counter()).update({"NotEvaluated": dead_letter_count, "Ignored": ignored})
    documents = (
        _document(+count, [[], ["Scope"]], {"Scope": scope}, namespace, now) for scope, count in sorted(counts.items())
    )
    return [document for document in documents if document]


def gauge_document(values: Mapping[str, int], namespace: str, now: datetime) -> dict[str, Any]:
    """Report the state of the stack, including zeros, so that alarms see the recovery."""
    return _document(values, [[]], {}, namespace, now)


def _document(
    values: Mapping[str, int], dimensions: list[list[str]], names: Mapping[str, str], namespace: str, now: datetime
) -> dict[str, Any]:
    if not values:
        return {}
    directive = {
        "Namespace": namespace,
        "Dimensions": dimensions,
        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
    }
    timestamp = int(now.timestamp() * 1000)
    return {"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [directive]}, **names, **values}


def _metrics_of(result: Result) -> Iterator[str]:
    if result.retry_reason is not None:
        yield "TriedAgain"
        return
    match result.status:
        case Status.COMPLIANT:
            yield from ("Evaluated", "Compliant")
        case Status.NON_COMPLIANT:
            yield from ("Evaluated", "NonCompliant")
        case Status.EXEMPT:
            yield "Exempt"
        case Status.NOT_EVALUATED:
            yield "NotEvaluated"
        case Status.UNCONFIRMED:
            yield "Unconfirmed"
        case Status.IGNORED:
            yield "Ignored"
        case _:
            pass
    if result.changes:
        yield "Remediated"
    if result.cause and result.status is Status.NON_COMPLIANT:
        yield "Refused"
    if any(violation.problem is Problem.CONTESTED for violation in result.remaining_violations):
        yield "Contested"
    if result.undeliverable:
        yield "Undeliverable"
