"""The rules of the design, each removed from the function by a patch. The simulation must detect each removal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from tag_governance.aws import attempts, ledger, organization, senders, writers
from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.decision import bookkeeping, decide, evidence, memory
from tag_governance.domain import entry as entries
from tag_governance.domain.budget import Budget
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Evidence, Status
from tag_governance.domain.policy import DEFAULT_SCOPE
from tag_governance.remediation import batch, enforce, evaluate, settlement
from tools.simulation.invariants import Invariants, Violation
from tools.simulation.organization import violations as organization_violations
from tools.simulation.runner import run
from tools.simulation.scenario import history

Patches = list[tuple[Any, str, Any]]


def _treat_unread_facts_as_absent() -> Patches:
    def answer(answers: Mapping[str, Any], need: Any) -> Any:
        return real(answers, need) if not isinstance(answers.get(need.subject), Failure) else {}

    real = decide._answer
    return [(decide, "_answer", answer)]


def _trust_index_at_once() -> Patches:
    def join_evidence(shown: Any, reading: Any, read_at: Any, *_: Any) -> Any:
        return Evidence(reading or {}, read_at, is_read=True)

    return [(evaluate, "join_evidence", join_evidence)]


def _fail_whole_call() -> Patches:
    real = attempts.Attempts.call_resources

    def call_resources(self: Any, place: Any, operation: str, arns: Any, calls: int, call: Any) -> Any:
        def whole(some: Any) -> Any:
            try:
                return call(some)
            except AWS_ERRORS as error:
                return dict.fromkeys(some, failure_of(error))

        return real(self, place, operation, arns, calls, whole)

    return [(attempts.Attempts, "call_resources", call_resources)]


def _ignore_partial_failures() -> Patches:
    return [(writers, "_failed_resources", lambda _: {})]


def _treat_unprocessed_keys_as_absent() -> Patches:
    real = ledger.Ledger._get

    def get(self: Any, *arguments: Any) -> Any:
        return {name: None if isinstance(item, Failure) else item for name, item in real(self, *arguments).items()}

    return [(ledger.Ledger, "_get", get), (ledger, "_ROUNDS", 1)]


def _skip_claim() -> Patches:
    def claim(cases: Any, _: Any) -> None:
        for case in cases:
            case.is_claimed = True

    return [(enforce, "_claim", claim)]


def _write_unconditionally() -> Patches:
    real = ledger.Ledger._actions

    def actions(self: Any, write: Any, now: Any) -> Iterator[Any]:
        for action in real(self, write, now):
            put = {key: value for key, value in action["Put"].items() if key in ("TableName", "Item")}
            yield {"Put": put}

    return [(ledger.Ledger, "_actions", actions), (entries.Entry, "is_claimed", lambda *_: False)]


def _ignore_due_entries() -> Patches:
    return [(settlement.Settlement, "_due_entries", lambda _: [])]


def _drop_pending_change() -> Patches:
    def resolve_pending(entry: Any, *_: Any) -> Any:
        return replace(entry, pending_change=None, claim=None), None

    return [(evaluate, "resolve_pending", resolve_pending)]


def _mark_as_sent_before_publish() -> Patches:
    def publish(notices: Any, *arguments: Any) -> Any:
        return dict.fromkeys(senders.publish(notices, *arguments))

    return [(enforce, "publish", publish), (settlement, "publish", publish)]


def _forget_sent_notices() -> Patches:
    return [(entries.Entry, "has_news", property(lambda self: bool(self.changes) or self.is_open))]


def _change_id_of_repeated_notice() -> Patches:
    def fresh(self: Any) -> str | None:
        return uuid4().hex if self.is_open else None

    return [(entries.Entry, "finding_id", property(fresh))]


def _never_report_observed_findings() -> Patches:
    return [(settlement.Settlement, "_recheck_observed", lambda _: None)]


def _skip_existence_check() -> Patches:
    return [(evaluate, "check_existence", lambda *_: {})]


def _drop_scope_of_unread_resource() -> Patches:
    def unread(*arguments: Any) -> Any:
        return replace(real(*arguments), scope=None)

    real = evaluate._judge_unread
    return [(evaluate, "_judge_unread", unread)]


def _ignore_events_as_confirmation() -> Patches:
    def unconfirmed(case: Any, verdict: Any, run_: Any) -> Any:
        is_late = case.entry is not None and bookkeeping.is_unconfirmed(case.entry, run_.now())
        return replace(verdict, status=Status.UNCONFIRMED, violations=(), upgrades=()) if is_late else None

    return [(evaluate, "_unconfirmed", unconfirmed)]


def _never_replace_default() -> Patches:
    real = decide._judge_correction

    def judge_own(*arguments: Any) -> Any:
        judged = real(*arguments)
        derived = judged.upgrade is not None and judged.upgrade.why != memory.WHY_RESTORED
        return replace(judged, upgrade=None) if derived else judged

    return [(decide, "_judge_correction", judge_own)]


def _forget_previous_value() -> Patches:
    return [(decide, "_value_for", _without_origin(decide._value_for))]


def _without_origin(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda rule, seen, facts, correction: real(
        rule, replace(seen, origin=None), facts, None if correction else correction
    )


def _ignore_event_evidence() -> Patches:
    return [(evaluate, "evidence_from", lambda _: ())]


def _close_finding_by_event() -> Patches:
    real = evaluate._settle_by_event

    def by_event(case: Any, run_: Any) -> None:
        complies = all(v.status.value == "compliant" for v in case.verdicts)
        if complies and case.entry is not None and case.entry.is_open:
            case.evidence = evidence.evidence_from(case.observations)[-1]
            case.verdict = replace(
                case.verdicts[-1], observation=case.observation(), corrections=case.entry.corrections
            )
            return
        real(case, run_)

    return [(evaluate, "_settle_by_event", by_event)]


def _ignore_races() -> Patches:
    return [(decide, "find_race", lambda key, correction, *_: memory.Race(correction))]


def _ignore_lost_values() -> Patches:
    return [(memory.Memory, "lost_values", lambda *_: {})]


def _never_contest() -> Patches:
    return [(decide, "is_contested", lambda *_: False)]


def _ignore_time_budget() -> Patches:
    return [(Budget, "allows", lambda *_: True), (attempts, "is_unresponsive", lambda _: False)]


def _accept_foreign_accounts() -> Patches:
    return [(decide, "_foreign_reason", lambda *_: None)]


def _never_retry_accounts() -> Patches:
    return [(settlement.Settlement, "_recheck_accounts", lambda _: None)]


def _never_close_gone_resources() -> Patches:
    return [(evaluate, "NOT_YET", timedelta(days=400)), (enforce, "NOT_YET", timedelta(days=400))]


def _close_invisible_resources_at_once() -> Patches:
    return [(evaluate, "NOT_YET", timedelta(0)), (enforce, "NOT_YET", timedelta(0))]


def _never_retry() -> Patches:
    return [(batch.Batch, "_return_or_give_up", lambda _: [])]


def _blame_messages_for_transient_failures() -> Patches:
    def own(_: Any, failure: Any) -> bool:
        return failure is not None

    return [(batch.Batch, "_is_own_fault", own)]


def _retry_refusals() -> Patches:
    real = failure_of

    def transient(*arguments: Any) -> Failure:
        failure = real(*arguments)
        return replace(failure, kind=FailureKind.TRANSIENT) if failure.kind is FailureKind.REFUSED else failure

    return [(attempts, "failure_of", transient)]


def _forget_leftover_keys() -> Patches:
    return [(bookkeeping, "with_change", _without_leftover_keys(bookkeeping.with_change))]


def _without_leftover_keys(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda entry, change, written, left, *rest, **named: real(entry, change, written, set(), *rest, **named)


def _remember_positions_for_ever() -> Patches:
    return [(organization, "REMEMBERED", timedelta(days=400))]


def _govern_accounts_outside() -> Patches:
    def unanswered(self: Any, node: str, account: str, failure: Any) -> Any:
        return real(self, node, account, failure) or DEFAULT_SCOPE

    real = organization.Organization._unanswered
    return [(organization.Organization, "_unanswered", unanswered)]


def _guess_unanswered_positions() -> Patches:
    def unanswered(self: Any, node: str, account: str, failure: Any) -> Any:
        return real(self, node, account, failure) and DEFAULT_SCOPE

    real = organization.Organization._unanswered
    return [(organization.Organization, "_unanswered", unanswered)]


def _ignore_moved_accounts() -> Patches:
    return [(settlement, "recheck_moved_accounts", lambda *_: None)]


ORGANIZATION_RULES: dict[str, Callable[[], Patches]] = {
    "an old position of an account is not used": _remember_positions_for_ever,
    "nothing is written outside the organization": _govern_accounts_outside,
    "a position that is not known is not guessed": _guess_unanswered_positions,
    "findings of a moved account are checked again": _ignore_moved_accounts,
}
"""Rules that histories with an organization show."""

RULES: dict[str, Callable[[], Patches]] = {
    "a decision waits for facts that could not be read": _treat_unread_facts_as_absent,
    "a lagging index does not outweigh an event": _trust_index_at_once,
    "a refused resource is found by splitting the call": _fail_whole_call,
    "partial failures in an answer count": _ignore_partial_failures,
    "an unprocessed ledger key is not a missing entry": _treat_unprocessed_keys_as_absent,
    "a change is recorded before it is made": _skip_claim,
    "ledger writes are conditional": _write_unconditionally,
    "the schedule processes due entries": _ignore_due_entries,
    "a later evaluation resolves a pending change": _drop_pending_change,
    "a notice counts as sent after the publish": _mark_as_sent_before_publish,
    "news is sent once": _forget_sent_notices,
    "a repeated notice has the same id": _change_id_of_repeated_notice,
    "observed findings are reported once the scope notifies": _never_report_observed_findings,
    "an unread resource keeps its scope": _drop_scope_of_unread_resource,
    "an event confirms a finding": _ignore_events_as_confirmation,
    "a finding is closed with its resource": _skip_existence_check,
    "only the function's own default is replaced": _never_replace_default,
    "a removed tag is restored with its last value": _forget_previous_value,
    "tags in events count": _ignore_event_evidence,
    "an older event does not close a newer finding": _close_finding_by_event,
    "an overwritten value is restored": _ignore_races,
    "values lost in a whole-set write are restored": _ignore_lost_values,
    "a contested tag is not corrected": _never_contest,
    "a step starts only if it fits into the time": _ignore_time_budget,
    "the accounts of ARN, event and credentials agree": _accept_foreign_accounts,
    "a denying account is tried again": _never_retry_accounts,
    "a finding of a gone resource is closed": _never_close_gone_resources,
    "a resource that is not visible yet is retried": _close_invisible_resources_at_once,
    "a transient failure is retried": _never_retry,
    "only its own failures make a message a dead letter": _blame_messages_for_transient_failures,
    "a refusal is not retried": _retry_refusals,
    "an old key that could not be removed is stored": _forget_leftover_keys,
    **ORGANIZATION_RULES,
}


LIKELY_SEEDS: dict[str, int] = {
    "an old position of an account is not used": 49,
    "nothing is written outside the organization": 49,
    "a position that is not known is not guessed": 15,
    "findings of a moved account are checked again": 28,
    "a decision waits for facts that could not be read": 92,
    "a lagging index does not outweigh an event": 121,
    "a refused resource is found by splitting the call": 131,
    "partial failures in an answer count": 86,
    "an unprocessed ledger key is not a missing entry": 7,
    "a change is recorded before it is made": 176,
    "ledger writes are conditional": 47,
    "the schedule processes due entries": 80,
    "a later evaluation resolves a pending change": 54,
    "a notice counts as sent after the publish": 163,
    "news is sent once": 140,
    "a repeated notice has the same id": 144,
    "observed findings are reported once the scope notifies": 70,
    "an unread resource keeps its scope": 72,
    "an event confirms a finding": 146,
    "a finding is closed with its resource": 144,
    "only the function's own default is replaced": 143,
    "a removed tag is restored with its last value": 57,
    "tags in events count": 114,
    "an older event does not close a newer finding": 21,
    "an overwritten value is restored": 42,
    "values lost in a whole-set write are restored": 25,
    "a contested tag is not corrected": 130,
    "a step starts only if it fits into the time": 42,
    "the accounts of ARN, event and credentials agree": 143,
    "a denying account is tried again": 107,
    "a finding of a gone resource is closed": 25,
    "a resource that is not visible yet is retried": 160,
    "a transient failure is retried": 80,
    "only its own failures make a message a dead letter": 68,
    "a refusal is not retried": 160,
    "an old key that could not be removed is stored": 168,
}
"""Seeds of short histories that detected the removal of a rule. They are tried first."""


@contextmanager
def without(rule: str) -> Iterator[None]:
    """Remove a rule from the function until the block ends."""
    with ExitStack() as stack:
        for target, name, value in RULES[rule]():
            stack.enter_context(patch.object(target, name, value))
        yield


def find(rule: str, seeds: int = 200) -> tuple[int, Violation] | None:
    """Find a history that detects the removal of a rule, and the violation; None if there is none."""
    likely = [LIKELY_SEEDS[rule]] if LIKELY_SEEDS.get(rule, seeds) < seeds else []
    with without(rule):
        for seed in (*likely, *range(seeds)):
            found = violations_of(rule, seed)
            if found:
                return seed, found[0]
    return None


def violations_of(rule: str, seed: int) -> list[Violation]:
    """Run the history of a seed that could show the rule, and list its violations."""
    if rule in ORGANIZATION_RULES:
        return organization_violations(seed)
    return Invariants(run(history(seed))).violations()
