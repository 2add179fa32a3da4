"""The rules of the design, each taken out of the function: the simulation has to see that it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from tag_governance.aws import attempts, ledger, senders, writers
from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.decision import bookkeeping, decide, evidence, memory
from tag_governance.domain import entry as entries
from tag_governance.domain.budget import Budget
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Evidence, Status
from tag_governance.remediation import act, batch, look, settlement
from tools.simulation.judge import Judge, Violation
from tools.simulation.runner import run
from tools.simulation.scenario import history

Patches = list[tuple[Any, str, Any]]


def _unanswered_is_absent() -> Patches:
    def answer(answers: Mapping[str, Any], need: Any) -> Any:
        return real(answers, need) if not isinstance(answers.get(need.subject), Failure) else {}

    real = decide._answer
    return [(decide, "_answer", answer)]


def _index_is_believed_at_once() -> Patches:
    def joined(shown: Any, reading: Any, read_at: Any, *_: Any) -> Any:
        return Evidence(reading or {}, read_at, is_read=True)

    return [(look, "joined", joined)]


def _refusal_fails_the_whole_call() -> Patches:
    real = attempts.Attempts.each

    def each(self: Any, place: Any, operation: str, arns: Any, calls: int, call: Any) -> Any:
        def whole(some: Any) -> Any:
            try:
                return call(some)
            except AWS_ERRORS as error:
                return dict.fromkeys(some, failure_of(error))

        return real(self, place, operation, arns, calls, whole)

    return [(attempts.Attempts, "each", each)]


def _partial_failures_go_unseen() -> Patches:
    return [(writers, "_failed_resources", lambda _: {})]


def _unprocessed_keys_are_absent() -> Patches:
    real = ledger.Ledger._get

    def get(self: Any, *arguments: Any) -> Any:
        return {name: None if isinstance(item, Failure) else item for name, item in real(self, *arguments).items()}

    return [(ledger.Ledger, "_get", get), (ledger, "_ROUNDS", 1)]


def _no_claim_before_a_write() -> Patches:
    def claim(cases: Any, _: Any) -> None:
        for case in cases:
            case.is_claimed = True

    return [(act, "_claim", claim)]


def _the_last_writer_wins() -> Patches:
    real = ledger.Ledger._actions

    def actions(self: Any, write: Any, now: Any) -> Iterator[Any]:
        for action in real(self, write, now):
            put = {key: value for key, value in action["Put"].items() if key in ("TableName", "Item")}
            yield {"Put": put}

    return [(ledger.Ledger, "_actions", actions), (entries.Entry, "is_claimed", lambda *_: False)]


def _nobody_looks_for_what_was_cut_short() -> Patches:
    return [(settlement.Settlement, "_due_entries", lambda _: [])]


def _a_plan_is_forgotten() -> Patches:
    def settle(entry: Any, *_: Any) -> Any:
        return replace(entry, pending=None, claim=None), None

    return [(look, "settle", settle)]


def _told_before_it_is_certain() -> Patches:
    def publish(notices: Any, *arguments: Any) -> Any:
        return dict.fromkeys(senders.publish(notices, *arguments))

    return [(act, "publish", publish), (settlement, "publish", publish)]


def _what_was_told_is_forgotten() -> Patches:
    return [(entries.Entry, "is_untold", property(lambda self: bool(self.changes) or self.is_open))]


def _a_repeated_notice_has_a_new_id() -> Patches:
    def fresh(self: Any) -> str | None:
        return uuid4().hex if self.is_open else None

    return [(entries.Entry, "finding_id", property(fresh))]


def _observed_findings_stay_silent() -> Patches:
    return [(settlement.Settlement, "_ask_about_silent", lambda _: None)]


def _nobody_looks_whether_it_is_there() -> Patches:
    return [(look, "find_present", lambda *_: {})]


def _what_is_not_read_keeps_its_scope() -> Patches:
    def unread(*arguments: Any) -> Any:
        return replace(real(*arguments), scope=None)

    real = look._unread
    return [(look, "_unread", unread)]


def _events_confirm_nothing() -> Patches:
    def unconfirmed(case: Any, verdict: Any, run_: Any) -> Any:
        is_late = case.entry is not None and bookkeeping.is_unconfirmed(case.entry, run_.now())
        return replace(verdict, status=Status.UNCONFIRMED, violations=(), upgrades=()) if is_late else None

    return [(look, "_unconfirmed", unconfirmed)]


def _a_default_stays_for_good() -> Patches:
    real = decide._judge_kept

    def judge_own(*arguments: Any) -> Any:
        judged = real(*arguments)
        derived = judged.upgrade is not None and judged.upgrade.why != memory.WHY_RESTORED
        return replace(judged, upgrade=None) if derived else judged

    return [(decide, "_judge_kept", judge_own)]


def _derived_anew_each_time() -> Patches:
    return [(decide, "_value_for", _without_memory(decide._value_for))]


def _without_memory(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda rule, seen, facts, kept: real(rule, replace(seen, origin=None), facts, None if kept else kept)


def _events_are_no_evidence() -> Patches:
    return [(look, "shown_by", lambda _: ())]


def _an_event_closes_a_finding() -> Patches:
    real = look._by_event

    def by_event(case: Any, run_: Any) -> None:
        complies = all(v.status.value == "compliant" for v in case.verdicts)
        if complies and case.entry is not None and case.entry.is_open:
            case.evidence = evidence.shown_by(case.observations)[-1]
            case.verdict = replace(case.verdicts[-1], observation=case.observation(), kept=case.entry.kept)
            return
        real(case, run_)

    return [(look, "_by_event", by_event)]


def _what_was_overwritten_stays_so() -> Patches:
    return [(decide, "race", lambda key, kept, *_: memory.Race(kept))]


def _a_whole_set_is_put_without_a_look_back() -> Patches:
    return [(memory.Memory, "lost", lambda *_: {})]


def _a_fight_goes_on() -> Patches:
    return [(decide, "is_contested", lambda *_: False)]


def _time_is_no_matter() -> Patches:
    return [(Budget, "allows", lambda *_: True), (attempts, "is_silence", lambda _: False)]


def _any_account_will_do() -> Patches:
    return [(decide, "_foreign", lambda *_: None)]


def _a_denied_account_is_forgotten() -> Patches:
    return [(settlement.Settlement, "_ask_accounts", lambda _: None)]


def _what_is_gone_is_looked_for_again() -> Patches:
    return [(look, "NOT_YET", timedelta(days=400)), (act, "NOT_YET", timedelta(days=400))]


def _what_is_not_there_yet_is_gone() -> Patches:
    return [(look, "NOT_YET", timedelta(0)), (act, "NOT_YET", timedelta(0))]


def _nothing_is_tried_again() -> Patches:
    return [(batch.Batch, "_bury_or_return", lambda _: [])]


def _a_passing_failure_is_a_message_s_own() -> Patches:
    def own(_: Any, failure: Any) -> bool:
        return failure is not None

    return [(batch.Batch, "_is_own_fault", own)]


def _a_refusal_is_tried_for_ever() -> Patches:
    real = failure_of

    def transient(*arguments: Any) -> Failure:
        failure = real(*arguments)
        return replace(failure, kind=FailureKind.TRANSIENT) if failure.kind is FailureKind.REFUSED else failure

    return [(attempts, "failure_of", transient)]


def _an_old_key_is_left() -> Patches:
    return [(bookkeeping, "with_change", _forgetting_old_keys(bookkeeping.with_change))]


def _forgetting_old_keys(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda entry, change, written, left, *rest, **named: real(entry, change, written, set(), *rest, **named)


RULES: dict[str, Callable[[], Patches]] = {
    "a decision that needs what could not be asked waits": _unanswered_is_absent,
    "evidence is joined: an index that lags contradicts nothing": _index_is_believed_at_once,
    "a refused resource is found by halving the call": _refusal_fails_the_whole_call,
    "failures inside an answer are seen": _partial_failures_go_unseen,
    "a key that the ledger did not answer for is not absent": _unprocessed_keys_are_absent,
    "a change is on record before it is made": _no_claim_before_a_write,
    "of two copies one wins": _the_last_writer_wins,
    "the schedule settles what no message brings back": _nobody_looks_for_what_was_cut_short,
    "a later look settles a plan": _a_plan_is_forgotten,
    "it counts as told when the topic has taken it": _told_before_it_is_certain,
    "nobody is told twice": _what_was_told_is_forgotten,
    "a repeated notice has the same id": _a_repeated_notice_has_a_new_id,
    "findings of observe are told when the scope notifies": _observed_findings_stay_silent,
    "what cannot be read is told as its scope says now": _what_is_not_read_keeps_its_scope,
    "an event confirms a finding": _events_confirm_nothing,
    "a finding ends with its resource": _nobody_looks_whether_it_is_there,
    "only the function's own default is replaced": _a_default_stays_for_good,
    "a corrected tag comes back with the value it had": _derived_anew_each_time,
    "what an event shows counts": _events_are_no_evidence,
    "older news closes no newer finding": _an_event_closes_a_finding,
    "another writer's value comes back": _what_was_overwritten_stays_so,
    "what was lost with a whole set of tags comes back": _a_whole_set_is_put_without_a_look_back,
    "a fight is called": _a_fight_goes_on,
    "a step begins only if it fits": _time_is_no_matter,
    "accounts agree": _any_account_will_do,
    "an account that denied is asked again": _a_denied_account_is_forgotten,
    "what is gone is closed": _what_is_gone_is_looked_for_again,
    "what is not there yet is tried again": _what_is_not_there_yet_is_gone,
    "a passing failure is tried again": _nothing_is_tried_again,
    "a message is buried for its own failures only": _a_passing_failure_is_a_message_s_own,
    "what is refused for one resource ends": _a_refusal_is_tried_for_ever,
    "an old key that could not be removed is remembered": _an_old_key_is_left,
}


@contextmanager
def without(rule: str) -> Iterator[None]:
    """Take a rule out of the function until the block ends."""
    with ExitStack() as stack:
        for target, name, value in RULES[rule]():
            stack.enter_context(patch.object(target, name, value))
        yield


def find(rule: str, seeds: int = 200) -> tuple[int, Violation] | None:
    """Find the first history that notices that a rule is missing, and what it sees; None where none does."""
    with without(rule):
        for seed in range(seeds):
            violations = Judge(run(history(seed))).violations()
            if violations:
                return seed, violations[0]
    return None
