"""Bring judged resources to their end: claim, write, tell, conclude.

The ledger comes first. An entry is claimed, with the change that is planned, before anything is done; what became of it
is concluded afterwards. An invocation that ends in between leaves a claim that runs out, and whoever looks next settles
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tag_governance.aws.history import changed_back_by
from tag_governance.aws.ledger import Write
from tag_governance.aws.senders import publish
from tag_governance.aws.writers import Outcome, write_tags
from tag_governance.decision.bookkeeping import (
    check_time,
    concluded,
    drafted,
    is_refused,
    is_worth_writing,
    planned,
    refused_before,
    tell_time,
    unsure,
    with_put,
)
from tag_governance.decision.plan import plan_writes
from tag_governance.domain.budget import CLAIM, CONCLUDE, TELL
from tag_governance.domain.entry import Entry, Recorded
from tag_governance.domain.failure import FailureKind, postponed
from tag_governance.domain.model import Evidence, Problem, Status, Verdict
from tag_governance.domain.result import Result
from tag_governance.remediation.case import Case
from tag_governance.remediation.look import NOT_YET
from tag_governance.remediation.run import Run
from tag_governance.reporting.notices import notices_of


def act(cases: Iterable[Case], run: Run) -> list[Result]:
    """Bring cases to their end.

    Returns:
        One result for each case. One that has to come back says why.
    """
    cases = list(cases)
    judged = [case for case in cases if case.result is None]
    for case in judged:
        _draft(case, run)
    _claim([case for case in judged if _needs_claim(case, run)], run)
    _write([case for case in judged if case.is_claimed and case.is_planned], run)
    _tell([case for case in judged if case.is_claimed and case.result is None], run)
    unrecorded = run.record_gaps()
    for case in judged:
        if case.result is None and _draft_of(case).waits_for in unrecorded:
            case.again(postponed("what the account denies could not be put on record"))
    _conclude([case for case in judged if case.result is None or case.is_claimed], run)
    return [case.result for case in cases if case.result is not None]


def _draft_of(case: Case) -> Entry:
    assert case.draft is not None
    return case.draft


def _verdict_of(case: Case) -> Verdict:
    assert case.verdict is not None
    return case.verdict


def _draft(case: Case, run: Run) -> None:
    """Draft the entry as it is to be, with the change that is planned."""
    verdict, now = _verdict_of(case), run.now()
    draft = drafted(case.entry, verdict, now, case.evidence, run.policy.owner_tag, case.heard)
    draft = replace(draft, arn=case.key, confirmed=case.confirmed(now))
    basis = case.evidence.at if case.evidence else now
    change = planned(verdict, basis, now)
    if change is not None and case.entry is not None and is_refused(change, case.entry, case.primary):
        draft, change = refused_before(draft, case.entry), None
    if change is not None:
        case.is_planned = True
        draft = replace(draft, pending=change)
    draft = replace(draft, check_after=_check_after(draft, case, run))
    if any(v.problem is Problem.CONTESTED for v in draft.violations) and draft.is_untold:
        draft = changed_back_by(draft, run.clients, run.attempts)
    case.draft = draft


def _check_after(draft: Entry, case: Case, run: Run) -> datetime | None:
    tells_absence = run.deployment.catalogue.type(case.primary.resource_type).tells_absence
    return check_time(draft, run.now(), tells_absence)


def _tells_now(case: Case, run: Run) -> bool:
    """Say if owners are told at once.

    After a look of the function's own accord the schedule gathers the notices.
    """
    return run.policy.digest_minutes == 0 and not case.is_recheck and not _draft_of(case).is_silent


def _needs_claim(case: Case, run: Run) -> bool:
    return case.is_planned or (_tells_now(case, run) and _draft_of(case).is_untold)


def _claim(cases: Sequence[Case], run: Run) -> None:
    """Put on record what is about to be done. Without it, nothing is done."""
    claim = run.claim()
    writes = {
        case.key: Write(replace(_draft_of(case), claim=claim), case.version, case.take_unrecorded()) for case in cases
    }
    outcomes = run.ledger.write(writes.values(), run.now(), run.budget, CLAIM)
    for case in cases:
        failure = outcomes[case.key]
        if failure is None:
            case.is_claimed = True
            case.version += 1
        else:
            case.again(failure)


def _write(cases: Sequence[Case], run: Run) -> None:
    """Write tags. A transient failure leaves the claim: nobody knows what became of the call until the tags are read
    again."""
    started = run.now()
    outcomes = write_tags(
        plan_writes((_verdict_of(case) for case in cases), run.deployment.catalogue), run.clients, run.attempts
    )
    for case in cases:
        outcome = outcomes.get(case.arn, Outcome(written=True))
        failure, draft, now = outcome.failure, _draft_of(case), run.now()
        if failure is not None and (failure.is_transient or not (failure.is_certain or outcome.written)):
            case.again(failure)
            if failure.is_certain and not outcome.written:
                case.draft = replace(draft, pending=None)
            elif outcome.written and draft.pending is not None and draft.evidence is not None:
                shown = Evidence({**draft.evidence.tags, **draft.pending.after}, now)
                case.draft = replace(draft, evidence=shown)
        elif failure is not None and failure.kind is FailureKind.NOT_FOUND and not outcome.written:
            if now - case.born <= NOT_YET:
                case.again(failure)
                case.draft = replace(draft, pending=None)  # nothing was written
                continue
            case.verdict = replace(_verdict_of(case), status=Status.GONE, reason=failure.cause)
            case.draft = replace(
                drafted(draft, case.verdict, now, None, run.policy.owner_tag), pending=None, arn=case.key
            )
        else:
            if outcome.written and draft.pending is not None:
                cause = failure.cause if failure is not None else ""
                case.record(Recorded(draft.pending, "partial" if failure is not None else "applied", cause))
            case.draft = concluded(draft, _verdict_of(case), failure, outcome.written, now, run.policy.owner_tag)
            if outcome.written and draft.pending is not None and run.tag_api(case.primary.resource_type) == "ec2":
                case.draft = unsure(case.draft, draft.pending)
            if outcome.written and draft.pending is not None and run.tag_api(case.primary.resource_type) == "s3":
                case.draft = with_put(case.draft, draft, draft.pending, started, now)


def _tell(cases: Sequence[Case], run: Run) -> None:
    """Publish the news of what is claimed. What does not get through stays untold, and the schedule tells it."""
    telling = {_draft_of(case).arn: case for case in cases if _tells_now(case, run) and _draft_of(case).is_untold}
    notices = notices_of((_draft_of(case) for case in telling.values()), run.policy.name)
    outcomes = publish(notices, run.clients, run.deployment.settings.notification_topic_arn, run.budget, TELL)
    for notice in notices:
        failure = outcomes[notice.id]
        for told in notice.entries:
            case = telling[told.arn]
            if failure is None:
                case.draft = _draft_of(case).after_telling(told)
            elif failure.kind is FailureKind.REFUSED:
                case.draft = replace(_draft_of(case), undeliverable=failure.cause)


def _conclude(cases: Sequence[Case], run: Run) -> None:
    """Put on record what was done."""
    now = run.now()
    writes: dict[str, Write] = {}
    for case in cases:
        draft = replace(_draft_of(case), claim=None, last_seen=now)
        if case.result is not None:
            writes[case.key] = Write(draft, case.version, case.take_unrecorded())
            continue
        draft = replace(
            draft,
            tell_after=tell_time(draft, now, 0 if _tells_now(case, run) else run.policy.digest_minutes),
            check_after=_check_after(draft, case, run),
        )
        case.draft = draft
        if case.is_claimed or case.unrecorded or is_worth_writing(draft, case.before):
            writes[case.key] = Write(draft, case.version, case.take_unrecorded())
    outcomes = run.ledger.write(writes.values(), now, run.budget, CONCLUDE)
    for case in cases:
        failure = outcomes.get(case.key)
        if case.result is not None:
            continue
        if failure is not None:
            case.again(failure)
            continue
        draft = _draft_of(case)
        made = tuple(recorded.change for recorded in case.made)
        lost = draft.undeliverable is not None and (case.before is None or case.before.undeliverable is None)
        case.result = Result(_verdict_of(case), draft.status, made, draft.violations, draft.reason, undeliverable=lost)
