"""Counting of compliant resources, and the format of the metric document."""

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


def counts(*results: Result, given_up: int = 0, ignored: int = 0) -> dict[str, dict[str, int]]:
    documents = metric_documents(results, given_up, ignored, "tags", NOW)
    return {d["Scope"]: {name: d[name] for name in NAMES if name in d} for d in documents}


def test_a_resource_counts_by_its_state_after_what_was_done() -> None:
    wrong = verdict(Status.NON_COMPLIANT, FIXABLE)
    half = verdict(Status.NON_COMPLIANT, FIXABLE, STUCK)
    assert counts(
        Result(verdict(Status.COMPLIANT), Status.COMPLIANT),
        Result(wrong, Status.NON_COMPLIANT, remaining=(FIXABLE,)),
        Result(wrong, Status.COMPLIANT, made=(CHANGE,)),
        Result(half, Status.NON_COMPLIANT, made=(CHANGE,), remaining=(STUCK,)),
        Result(verdict(Status.EXEMPT, FIXABLE), Status.EXEMPT),
    ) == {"sandbox": {"Evaluated": 4, "Compliant": 2, "NonCompliant": 2, "Remediated": 2, "Exempt": 1}}


def test_what_could_not_be_evaluated_is_a_gap_and_never_compliant() -> None:
    gap = Result(verdict(Status.NOT_EVALUATED, scope=None), Status.NOT_EVALUATED)
    assert counts(gap, given_up=2) == {"unknown": {"NotEvaluated": 3}}


def test_a_resource_that_comes_back_counts_as_nothing_else() -> None:
    failed = verdict(Status.NON_COMPLIANT, FIXABLE)
    again = Failure(FailureKind.TRANSIENT, "slow down")
    assert counts(Result(failed, Status.NON_COMPLIANT, again=again)) == {"sandbox": {"TriedAgain": 1}}


def test_a_resource_that_is_gone_counts_as_nothing() -> None:
    assert counts(Result(verdict(Status.NON_COMPLIANT, FIXABLE), Status.GONE)) == {}


def test_what_is_not_governed_is_counted_as_ignored_message_and_resource_alike() -> None:
    assert counts(Result(verdict(Status.IGNORED), Status.IGNORED), ignored=2) == {
        "sandbox": {"Ignored": 1},
        "unknown": {"Ignored": 2},
    }


def test_a_refused_change_a_contested_key_and_a_notice_that_nobody_takes_are_counted_apart() -> None:
    wrong = verdict(Status.NON_COMPLIANT, FIXABLE)
    contested = Violation("Owner", Problem.CONTESTED)
    assert counts(
        Result(wrong, Status.NON_COMPLIANT, remaining=(FIXABLE,), cause="UnauthorizedTagging: no"),
        Result(wrong, Status.NON_COMPLIANT, remaining=(contested,)),
        Result(wrong, Status.NON_COMPLIANT, remaining=(FIXABLE,), undeliverable=True),
    ) == {"sandbox": {"Evaluated": 3, "NonCompliant": 3, "Refused": 1, "Contested": 1, "Undeliverable": 1}}


def test_documents_are_in_embedded_metric_format_for_the_whole_and_by_scope() -> None:
    complies = Result(verdict(Status.COMPLIANT), Status.COMPLIANT)
    other = Result(replace(verdict(Status.COMPLIANT), scope="prod"), Status.COMPLIANT)
    first, second = metric_documents([complies, other], 0, 0, "tags", NOW)
    assert (first["Scope"], second["Scope"]) == ("prod", "sandbox")
    directive = first["_aws"]["CloudWatchMetrics"][0]
    assert first["_aws"]["Timestamp"] == 1780272000000
    assert (directive["Namespace"], directive["Dimensions"]) == ("tags", [[], ["Scope"]])


def test_a_metric_is_published_only_where_it_counts_something() -> None:
    (document,) = metric_documents([Result(verdict(Status.COMPLIANT), Status.COMPLIANT)], 0, 0, "tags", NOW)
    names = [metric["Name"] for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert sorted(names) == ["Compliant", "Evaluated"]
    assert [name for name in NAMES if name in document] == ["Evaluated", "Compliant"]
    assert metric_documents([], 0, 0, "tags", NOW) == []


def test_gauges_are_published_zeros_included_so_that_an_alarm_sees_them_end() -> None:
    document = gauge_document(dict.fromkeys(GAUGES, 0), "tags", NOW)
    assert (document["AccountsDenied"], document["Overdue"]) == (0, 0)
    assert document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
