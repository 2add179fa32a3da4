"""Counts of resources by state, and the format of the metric documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tag_governance.domain.entry import Change
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Fix, Observation, Problem, Source, Status, Verdict, Violation
from tag_governance.domain.result import Result
from tag_governance.reporting.metrics import GAUGES, NAMES, gauge_document, metric_documents

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SEEN = Observation("arn:aws:s3:::b", "s3:bucket", "1", "us-east-1", NOW, Source.CREATION, "e")
FIXABLE = Violation("Owner", Problem.MISSING, fix=Fix("Owner", "x", "default"))
STUCK = Violation("Cost", Problem.MISSING)
CHANGE = Change(
    "c", NOW, before={}, after={"Owner": "x"}, removed={}, why={"Owner": "default"}, basis=NOW, event_id="e"
)


def verdict(status: Status, *violations: Violation, scope: str | None = "sandbox") -> Verdict:
    return Verdict(SEEN, status, scope=scope, violations=violations)


def counts(*results: Result, dead_letter_count: int = 0, ignored: int = 0) -> dict[str, dict[str, int]]:
    documents = metric_documents(results, dead_letter_count, ignored, "tags", NOW)
    return {d["Scope"]: {name: d[name] for name in NAMES if name in d} for d in documents}


def test_a_resource_counts_by_its_state_after_the_changes() -> None:
    wrong = verdict(Status.NON_COMPLIANT, FIXABLE)
    half = verdict(Status.NON_COMPLIANT, FIXABLE, STUCK)
    assert counts(
        Result(verdict(Status.COMPLIANT), Status.COMPLIANT),
        Result(wrong, Status.NON_COMPLIANT, remaining_violations=(FIXABLE,)),
        Result(wrong, Status.COMPLIANT, changes=(CHANGE,)),
        Result(half, Status.NON_COMPLIANT, changes=(CHANGE,), remaining_violations=(STUCK,)),
        Result(verdict(Status.EXEMPT, FIXABLE), Status.EXEMPT),
    ) == {"sandbox": {"Evaluated": 4, "Compliant": 2, "NonCompliant": 2, "Remediated": 2, "Exempt": 1}}


def test_a_resource_that_could_not_be_evaluated_never_counts_as_compliant() -> None:
    gap = Result(verdict(Status.NOT_EVALUATED, scope=None), Status.NOT_EVALUATED)
    assert counts(gap, dead_letter_count=2) == {"unknown": {"NotEvaluated": 3}}


def test_a_retried_resource_counts_only_as_retried() -> None:
    failed = verdict(Status.NON_COMPLIANT, FIXABLE)
    again = Failure(FailureKind.TRANSIENT, "slow down")
    assert counts(Result(failed, Status.NON_COMPLIANT, retry_reason=again)) == {"sandbox": {"TriedAgain": 1}}


def test_a_gone_resource_is_not_counted() -> None:
    assert counts(Result(verdict(Status.NON_COMPLIANT, FIXABLE), Status.GONE)) == {}


def test_ungoverned_messages_and_resources_count_as_ignored() -> None:
    assert counts(Result(verdict(Status.IGNORED), Status.IGNORED), ignored=2) == {
        "sandbox": {"Ignored": 1},
        "unknown": {"Ignored": 2},
    }


def test_refused_contested_and_undeliverable_are_separate_counts() -> None:
    wrong = verdict(Status.NON_COMPLIANT, FIXABLE)
    contested = Violation("Owner", Problem.CONTESTED)
    assert counts(
        Result(wrong, Status.NON_COMPLIANT, remaining_violations=(FIXABLE,), cause="UnauthorizedTagging: no"),
        Result(wrong, Status.NON_COMPLIANT, remaining_violations=(contested,)),
        Result(wrong, Status.NON_COMPLIANT, remaining_violations=(FIXABLE,), undeliverable=True),
    ) == {"sandbox": {"Evaluated": 3, "NonCompliant": 3, "Refused": 1, "Contested": 1, "Undeliverable": 1}}


def test_documents_are_in_embedded_metric_format_for_the_whole_and_by_scope() -> None:
    complies = Result(verdict(Status.COMPLIANT), Status.COMPLIANT)
    other = Result(replace(verdict(Status.COMPLIANT), scope="prod"), Status.COMPLIANT)
    first, second = metric_documents([complies, other], 0, 0, "tags", NOW)
    assert (first["Scope"], second["Scope"]) == ("prod", "sandbox")
    directive = first["_aws"]["CloudWatchMetrics"][0]
    assert first["_aws"]["Timestamp"] == 1780272000000
    assert (directive["Namespace"], directive["Dimensions"]) == ("tags", [[], ["Scope"]])


def test_a_metric_of_zero_is_not_published() -> None:
    (document,) = metric_documents([Result(verdict(Status.COMPLIANT), Status.COMPLIANT)], 0, 0, "tags", NOW)
    names = [metric["Name"] for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert sorted(names) == ["Compliant", "Evaluated"]
    assert [name for name in NAMES if name in document] == ["Evaluated", "Compliant"]
    assert metric_documents([], 0, 0, "tags", NOW) == []


def test_gauges_are_published_even_if_zero() -> None:
    document = gauge_document(dict.fromkeys(GAUGES, 0), "tags", NOW)
    assert (document["AccountsDenied"], document["Overdue"]) == (0, 0)
    assert document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
