"""Results in, CloudWatch embedded metric format documents out. Pure.

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
"""Metrics of batches, for the whole and for each scope. A metric is published only where it counts something."""

GAUGES = ("AccountsDenied", "Overdue")
"""Metrics of the settlement: accounts that deny what is needed, and entries that nobody could tell or settle for an
hour."""


def metric_documents(
    results: Iterable[Result], given_up: int, ignored: int, namespace: str, now: datetime
) -> list[dict[str, Any]]:
    """Count a batch, for the whole (no dimension) and by `Scope`.

    A resource counts as compliant when it complies after what was done to it. Evaluated = Compliant + NonCompliant; a
    message given up on counts as NotEvaluated, and never as compliant.

    Args:
        results: what became of the resources.
        given_up: messages that went to the dead-letter queue.
        ignored: messages that were about nothing that is governed.
    """
    counts: dict[str, Counter[str]] = {}
    for result in results:
        counts.setdefault(result.verdict.scope or UNKNOWN_SCOPE, Counter()).update(_counted(result))
    counts.setdefault(UNKNOWN_SCOPE, Counter()).update({"NotEvaluated": given_up, "Ignored": ignored})
    documents = (
        _document(+count, [[], ["Scope"]], {"Scope": scope}, namespace, now) for scope, count in sorted(counts.items())
    )
    return [document for document in documents if document]


def gauge_document(values: Mapping[str, int], namespace: str, now: datetime) -> dict[str, Any]:
    """Report the state of the stack as the settlement finds it, zeros included: an alarm has to see the recovery."""
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


def _counted(result: Result) -> Iterator[str]:
    if result.again is not None:
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
    if result.made:
        yield "Remediated"
    if result.cause and result.status is Status.NON_COMPLIANT:
        yield "Refused"
    if any(violation.problem is Problem.CONTESTED for violation in result.remaining):
        yield "Contested"
    if result.undeliverable:
        yield "Undeliverable"
