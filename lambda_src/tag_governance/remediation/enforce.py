"""Enforcement of verdicts: claim, write, notify, conclude.

The ledger entry is written first. It is claimed, with the planned change, before anything else happens. The result is
recorded afterwards. If the invocation ends in between, the claim expires, and the next evaluation resolves the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tag_governance.aws.history import with_contesting_principal
from tag_governance.aws.ledger import Write
from tag_governance.aws.senders import publish
from tag_governance.aws.writers import Outcome, write_tags
from tag_governance.decision.bookkeeping import (
    check_time,
    conclude_entry,
    draft_entry,
    is_refused,
    is_write_needed,
    notice_time,
    plan_change,
    with_known_refusal,
    with_unconfirmed_removals,
)
from tag_governance.decision.plan import plan_writes
from tag_governance.decision.tag_set_writes import with_tag_set_write
from tag_governance.domain.budget import CLAIM, CONCLUDE, TELL
from tag_governance.domain.entry import ChangeRecord, Entry
from tag_governance.domain.failure import FailureKind, postponement
from tag_governance.domain.model import Evidence, Problem, Status, Verdict
from tag_governance.domain.result import Result
from tag_governance.remediation.case import Case
from tag_governance.remediation.evaluate import NOT_YET
from tag_governance.remediation.run import Run
from tag_governance.reporting.notices import notices_of


def enforce(cases: Iterable[Case], run: Run) -> list[Result]:
    """Process cases with a verdict.

    Returns:
        One result per case. A case to retry has the reason in its result.
    """
    cases = list(cases)
    judged = [case for case in cases if case.result is None]
    for case in judged:
        _draft(case, run)
    _claim([case for case in judged if _needs_claim(case, run)], run)
    _write([case for case in judged if case.is_claimed and case.has_planned_change], run)
    _publish_notices([case for case in judged if case.is_claimed and case.result is None], run)
    unrecorded = run.record_gaps()
    for case in judged:
        if case.result is None and _draft_of(case).denying_account in unrecorded:
            case.retry(postponement("the denial of the account could not be recorded"))
    _conclude([case for case in judged if case.result is None or case.is_claimed], run)
    return [case.result for case in cases if case.result is not None]


def _draft_of(case: Case) -> Entry:
    assert case.draft is not None
    return case.draft


def _verdict_of(case: Case) -> Verdict:
    assert case.verdict is not None
    return case.verdict


def _draft(case: Case, run: Run) -> None:
    """Draft the new ledger entry, with the planned change."""
    verdict, now = _verdict_of(case), run.now()
    draft = draft_entry(case.entry, verdict, now, case.evidence, run.policy.owner_tag, case.deferred_evidence)
    draft = replace(draft, arn=case.key, confirmed_at=case.confirmation_time(now))
    basis = case.evidence.at if case.evidence else now
    change = plan_change(verdict, basis, now)
    if change is not None and case.entry is not None and is_refused(change, case.entry, case.primary):
        draft, change = with_known_refusal(draft, case.entry), None
    if change is not None:
        case.has_planned_change = True
        draft = replace(draft, pending_change=change)
    draft = replace(draft, check_after=_check_after(draft, case, run))
    if any(v.problem is Problem.CONTESTED for v in draft.violations) and draft.has_news:
        draft = with_contesting_principal(draft, run.clients, run.attempts)
    case.draft = draft


def _check_after(draft: Entry, case: Case, run: Run) -> datetime | None:
    tells_absence = run.deployment.catalogue.type(case.primary.resource_type).tells_absence
    return check_time(draft, run.now(), tells_absence)


def _notifies_now(case: Case, run: Run) -> bool:
    """Check if owners are notified at once.

    After a recheck, the settlement collects the notices.
    """
    return run.policy.digest_minutes == 0 and not case.is_recheck and not _draft_of(case).is_observed_only


def _needs_claim(case: Case, run: Run) -> bool:
    return case.has_planned_change or (_notifies_now(case, run) and _draft_of(case).has_news)


def _claim(cases: Sequence[Case], run: Run) -> None:
    """Record what is about to be done. Cases whose claim fails are not processed further."""
    claim = run.claim()
    writes = {
        case.key: Write(replace(_draft_of(case), claim=claim), case.version, case.pop_unrecorded()) for case in cases
    }
    outcomes = run.ledger.write(writes.values(), run.now(), run.budget, CLAIM)
    for case in cases:
        failure = outcomes[case.key]
        if failure is None:
            case.is_claimed = True
            case.version += 1
        else:
            case.retry(failure)


def _write(cases: Sequence[Case], run: Run) -> None:
    """Write tags. After a transient failure the claim stays: the result is unknown until the tags are read again."""
    started = run.now()
    outcomes = write_tags(
        plan_writes((_verdict_of(case) for case in cases), run.deployment.catalogue), run.clients, run.attempts
    )
    for case in cases:
        outcome = outcomes.get(case.arn, Outcome(written=True))
        failure, draft, now = outcome.failure, _draft_of(case), run.now()
        if failure is not None and (failure.is_transient or not (failure.is_certain or outcome.written)):
            case.retry(failure)
            if failure.is_certain and not outcome.written:
                case.draft = replace(draft, pending_change=None)
            elif outcome.written and draft.pending_change is not None and draft.evidence is not None:
                shown = Evidence({**draft.evidence.tags, **draft.pending_change.after}, now)
                case.draft = replace(draft, evidence=shown)
        elif failure is not None and failure.kind is FailureKind.NOT_FOUND and not outcome.written:
            if now - case.known_since <= NOT_YET:
                case.retry(failure)
                case.draft = replace(draft, pending_change=None)  # no tag was written
                continue
            case.verdict = replace(_verdict_of(case), status=Status.GONE, reason=failure.cause)
            case.draft = replace(
                draft_entry(draft, case.verdict, now, None, run.policy.owner_tag), pending_change=None, arn=case.key
            )
        else:
            if outcome.written and draft.pending_change is not None:
                cause = failure.cause if failure is not None else ""
                case.record(ChangeRecord(draft.pending_change, "partial" if failure is not None else "applied", cause))
            case.draft = conclude_entry(draft, _verdict_of(case), failure, outcome.written, now, run.policy.owner_tag)
            if (
                outcome.written
                and draft.pending_change is not None
                and run.tag_api(case.primary.resource_type) == "ec2"
            ):
                case.draft = with_unconfirmed_removals(case.draft, draft.pending_change)
            if outcome.written and draft.pending_change is not None and run.tag_api(case.primary.resource_type) == "s3":
                case.draft = with_tag_set_write(case.draft, draft, draft.pending_change, started, now)


def _publish_notices(cases: Sequence[Case], run: Run) -> None:
    """Publish notices for claimed cases. The settlement publishes what fails here."""
    telling = {_draft_of(case).arn: case for case in cases if _notifies_now(case, run) and _draft_of(case).has_news}
    notices = notices_of((_draft_of(case) for case in telling.values()), run.policy.name)
    outcomes = publish(notices, run.clients, run.deployment.settings.notification_topic_arn, run.budget, TELL)
    for notice in notices:
        failure = outcomes[notice.id]
        for entry in notice.entries:
            case = telling[entry.arn]
            if failure is None:
                case.draft = _draft_of(case).after_notice(entry)
            elif failure.kind is FailureKind.REFUSED:
                case.draft = replace(_draft_of(case), undeliverable=failure.cause)


def _conclude(cases: Sequence[Case], run: Run) -> None:
    """Record the results."""
    now = run.now()
    writes: dict[str, Write] = {}
    for case in cases:
        draft = replace(_draft_of(case), claim=None, last_seen=now)
        if case.result is not None:
            writes[case.key] = Write(draft, case.version, case.pop_unrecorded())
            continue
        draft = replace(
            draft,
            notify_after=notice_time(draft, now, 0 if _notifies_now(case, run) else run.policy.digest_minutes),
            check_after=_check_after(draft, case, run),
        )
        case.draft = draft
        if case.is_claimed or case.unrecorded_changes or is_write_needed(draft, case.before):
            writes[case.key] = Write(draft, case.version, case.pop_unrecorded())
    outcomes = run.ledger.write(writes.values(), now, run.budget, CONCLUDE)
    for case in cases:
        failure = outcomes.get(case.key)
        if case.result is not None:
            continue
        if failure is not None:
            case.retry(failure)
            continue
        draft = _draft_of(case)
        made = tuple(recorded.change for recorded in case.change_records)
        lost = draft.undeliverable is not None and (case.before is None or case.before.undeliverable is None)
        case.result = Result(_verdict_of(case), draft.status, made, draft.violations, draft.reason, undeliverable=lost)
