"""What counts as compliant, and what the metric document looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Fix, Observation, Problem, Result, Source, Status, Verdict, Violation
from tag_governance.reporting.metrics import NAMES, metric_documents

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SEEN = Observation("arn:aws:s3:::b", "s3:bucket", "1", "us-east-1", NOW, Source.CREATION, "e")
FIXABLE = Violation("Owner", Problem.MISSING, fix=Fix("Owner", "x", "default"))
STUCK = Violation("Cost", Problem.MISSING)


def verdict(status: Status, *violations: Violation, scope: str | None = "sandbox") -> Verdict:
    return Verdict(SEEN, status, scope=scope, violations=violations)


def counts(*results: Result, not_understood: int = 0) -> dict[str, dict[str, int]]:
    documents = metric_documents(results, not_understood, "tags", NOW)
    return {d["Scope"]: {name: d[name] for name in NAMES if d[name]} for d in documents}


def test_a_resource_counts_by_its_state_after_what_was_done() -> None:
    wrong = verdict(Status.NON_COMPLIANT, FIXABLE)
    half = verdict(Status.NON_COMPLIANT, FIXABLE, STUCK)
    assert counts(
        Result(verdict(Status.COMPLIANT)),
        Result(wrong),
        Result(wrong, changed=True),
        Result(half, changed=True),
        Result(verdict(Status.EXEMPT, FIXABLE)),
        Result(verdict(Status.IGNORED)),
    ) == {"sandbox": {"Evaluated": 4, "Compliant": 2, "NonCompliant": 2, "Remediated": 2, "Exempt": 1}}


def test_what_could_not_be_evaluated_is_a_gap_and_never_compliant() -> None:
    gap = verdict(Status.NOT_EVALUATED, scope=None)
    assert counts(Result(gap), not_understood=2) == {"unknown": {"NotEvaluated": 3}}


def test_a_failure_counts_as_nothing_else() -> None:
    failed = Result(verdict(Status.NON_COMPLIANT, FIXABLE), failure=Failure(FailureKind.THROTTLED, "slow down"))
    assert counts(failed) == {"sandbox": {"Failed": 1}}


def test_a_resource_that_is_gone_counts_as_nothing() -> None:
    assert counts(Result(verdict(Status.NON_COMPLIANT, FIXABLE), gone=True)) == {}


def test_documents_are_in_embedded_metric_format_for_the_whole_and_by_scope() -> None:
    other = replace(verdict(Status.COMPLIANT), scope="prod")
    first, second = metric_documents([Result(verdict(Status.COMPLIANT)), Result(other)], 0, "tags", NOW)
    assert (first["Scope"], second["Scope"]) == ("prod", "sandbox")
    directive = first["_aws"]["CloudWatchMetrics"][0]
    assert first["_aws"]["Timestamp"] == 1780272000000
    assert (directive["Namespace"], directive["Dimensions"]) == ("tags", [[], ["Scope"]])
    assert [m["Name"] for m in directive["Metrics"]] == list(NAMES)
    assert all(isinstance(first[name], int) for name in NAMES)
