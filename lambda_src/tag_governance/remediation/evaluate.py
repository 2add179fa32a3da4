"""Evaluation of resources: ledger entry, current tags, verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tag_governance.aws.readers import Reading, check_existence, find_attached_arns, read_tags
from tag_governance.decision.bookkeeping import UNCONFIRMED_AFTER, is_unconfirmed, resolve_pending
from tag_governance.decision.decide import decide
from tag_governance.decision.evidence import evidence_from, join_evidence
from tag_governance.decision.memory import Memory
from tag_governance.decision.plan import plan_describes, plan_reads
from tag_governance.decision.tag_set_writes import with_tag_set_write
from tag_governance.domain.budget import READ
from tag_governance.domain.entry import Entry
from tag_governance.domain.failure import Failure, FailureKind, postponement
from tag_governance.domain.gap import Gap
from tag_governance.domain.model import SAME_TIME, Correction, Evidence, Facts, Source, Status, Tags, Verdict
from tag_governance.remediation.case import Case, cases_of
from tag_governance.remediation.facts import answer_needs
from tag_governance.remediation.run import Run

NOT_YET = timedelta(minutes=15)
"""Time after an event during which a missing resource counts as not visible yet; afterwards it counts as gone."""
_UNCONFIRMED = f"nothing has shown the resource for {UNCONFIRMED_AFTER.days} days"
_ABOUT_THE_SAME = timedelta(minutes=1)
"""Tolerance for a resource that is created again between the read that missed it and the entry that records it as gone.
"""


def evaluate(verdicts: Iterable[Verdict], run: Run) -> list[Case]:
    """Evaluate all resources that the messages alone do not settle.

    Args:
        verdicts: verdicts by the messages alone; several may be about one resource.

    Returns:
        One case per resource, with a verdict or already with a result.
    """
    cases = cases_of(verdicts)
    # What is asked about an account is asked again with its resources.
    probing = [name for case in cases if case.is_recheck for name in (case.arn, case.primary.account)]
    gaps = _load(cases, run)
    run.load_gaps(gaps, probing)
    cases = [
        *(case for case in cases if case.primary.is_named),
        *_resolve_unnamed([c for c in cases if not c.primary.is_named], run),
    ]
    for case in _readable(cases):
        _settle_by_event(case, run)
    _read(_readable(cases), run)
    _decide(_open(cases), run)
    _confirm(cases, run)
    _recheck_new_creations(cases, run)
    _await_creation(cases, run)
    return cases


def _open(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.result is None and case.verdict is None]


def _readable(cases: Iterable[Case]) -> list[Case]:
    return [case for case in _open(cases) if case.failure is None]


def _load(cases: Sequence[Case], run: Run) -> dict[str, Gap]:
    """Read the ledger entries. A resource that another copy of the function works on is retried later."""
    accounts = {case.primary.account for case in cases} | {run.policy.account}
    entries, gaps = run.ledger.load((case.key for case in cases), sorted(accounts), run.budget, READ)
    now = run.now()
    for case in cases:
        loaded = entries[case.key]
        if isinstance(loaded, Failure):
            certain = loaded.kind is FailureKind.REFUSED
            case.retry(loaded if certain else postponement(f"the ledger cannot be read: {loaded.cause}"))
        elif loaded is not None and loaded.is_claimed(now, run.id):
            case.retry(postponement("another copy of the function works on the resource"))
        elif loaded is not None:
            case.before = case.entry = loaded
            case.version = loaded.version
            if _is_stale(case, loaded):
                case.end(case.verdicts[0], Status.GONE)
    return {account: gap for account, gap in gaps.items() if isinstance(gap, Gap)}


def _is_stale(case: Case, entry: Entry) -> bool:
    """Check if all events are older than the end of a resource that is gone. Indexes list it for a while."""
    if entry.status is not Status.GONE or entry.last_seen is None:
        return False
    is_created_since = case.created is not None and case.created > entry.last_seen - _ABOUT_THE_SAME
    return case.latest <= entry.last_seen and not is_created_since


def _resolve_unnamed(unnamed: Sequence[Case], run: Run) -> list[Case]:
    """Replace cases that only name a parent resource by cases for the attached resources."""
    waiting = [case for case in unnamed if case.result is None]
    if not waiting:
        return list(unnamed)
    found = find_attached_arns(
        (case.primary for case in waiting), run.deployment.catalogue, run.policy.partition, run.clients, run.attempts
    )
    named: list[Verdict] = []
    for case in waiting:
        attached = found[case.primary.subject]
        if isinstance(attached, Failure):
            _fail(case, attached, run)
            continue
        for verdict in case.verdicts:
            # The verdict of the message used the ARN of the parent, so it is not reused.
            named += [Verdict(replace(verdict.observation, arn=arn), Status.UNDECIDED) for arn in attached]
        case.verdict = Verdict(case.primary, Status.IGNORED, reason="its resources are known by their own ARNs")
    cases = cases_of(named)
    _load(cases, run)
    # Cases that name only the parent are kept if they have a ledger entry to close.
    return [*(case for case in unnamed if case.result or case.before or case.entry or case.failure), *cases]


def _settle_by_event(case: Case, run: Run) -> None:
    """End a case if every message shows compliant tags and the ledger entry agrees."""
    settled = all(v.status in (Status.COMPLIANT, Status.EXEMPT) for v in case.verdicts)
    if not settled:
        return
    verdict, entry = case.verdicts[-1], case.entry
    if entry is None:
        if case.latest > run.now() - run.deployment.lag:
            # An older event may still arrive, and a read for it may not show the change of this event yet.
            case.retry(postponement("the tag index may not be up to date yet"))
        else:
            case.end(verdict, verdict.status)
        return
    shown = evidence_from(case.observations)
    echoes = all(
        _is_echo(evidence, key, correction) for evidence in shown for key, correction in entry.corrections.items()
    )
    calm = entry.pending_change is None and entry.claim is None and entry.denying_account is None and echoes
    if not calm or any(k.reverts or k.leftover_keys or k.others for k in entry.corrections.values()):
        return
    # Only a read may close a finding: the event may be older than the evidence of the finding.
    if not entry.is_open and entry.status is Status.COMPLIANT:
        case.end(verdict, verdict.status)


def _is_echo(evidence: Evidence, key: str, correction: Correction) -> bool:
    """Check if an event shows nothing for a key except what the function wrote."""
    shown = evidence.of(key)
    return shown is None or (shown.value == correction.value and correction.is_own(shown.value, shown.at))


def _read(cases: Sequence[Case], run: Run) -> None:
    """Read the current tags and combine them with those of events.

    The time of a read is the time at which it started.
    """
    started = run.now()
    readings = read_tags(
        plan_reads((case.primary for case in cases), run.deployment.catalogue), run.clients, run.attempts
    )
    for case in cases:
        _apply_reading(case, readings[case.arn], started, run)


def _apply_reading(case: Case, reading: Reading, now: datetime, run: Run) -> None:
    if isinstance(reading, Failure):
        _fail(case, reading, run)
        return
    if _is_recreated(case, reading):
        _reset_case(case, now)
    entry = case.entry
    # A tag index returns nothing for a resource without tags, whether it exists or not.
    case.exists = bool(reading) or run.tag_api(case.primary.resource_type) in ("s3", "native")
    shown = _event_evidence(case)
    remembered = (entry.evidence,) if entry is not None and entry.evidence is not None else ()
    tags = join_evidence((*shown, *remembered), reading, now, run.deployment.lag, case.latest)
    if isinstance(tags, Failure):
        case.retry(tags)
        return
    if entry is not None and entry.pending_change is not None and not _is_visible(entry, now, run.deployment.lag):
        case.retry(postponement("the result of an earlier change is not visible yet"))
        return
    case.evidence = tags
    if entry is not None:
        case.entry, recorded = resolve_pending(entry, tags.tags, shown, now)
        case.record(recorded)
        if recorded is not None and run.tag_api(case.primary.resource_type) == "s3":
            case.entry = with_tag_set_write(
                case.entry, entry, recorded.change, recorded.change.at, entry.pending_deadline or now
            )
        case.entry = replace(
            case.entry, tag_set_writes=tuple(put.with_events(shown) for put in case.entry.tag_set_writes)
        )


def _is_recreated(case: Case, tags: Tags | None) -> bool:
    """Check if the resource was deleted and another one created with the same name: none of the stored tags is there.

    A second creation event is not sufficient: many services accept a second creation and return the existing resource.
    """
    entry, created = case.entry, case.created
    if entry is None or entry.origin is None or created is None or created <= entry.origin.at + SAME_TIME:
        return False
    remembered = {key: correction.value for key, correction in entry.corrections.items()}
    if not remembered and entry.evidence is not None:
        remembered = dict(entry.evidence.tags)
    nothing_is_there = all((tags or {}).get(key) != value for key, value in remembered.items())
    return entry.status is Status.GONE or tags is None or (bool(remembered) and nothing_is_there)


def _reset_case(case: Case, now: datetime) -> None:
    assert case.entry is not None
    assert case.created is not None
    _, recorded = resolve_pending(case.entry, None, (), now)
    case.record(recorded)
    case.reset(case.created)


def _event_evidence(case: Case) -> tuple[Evidence, ...]:
    """List the tags in events about this resource, without those about an earlier resource of the same name."""
    entry = case.entry
    shown = (*evidence_from(case.observations), *(entry.deferred_evidence if entry else ()))
    if entry is None or entry.since is None:
        return shown
    return tuple(evidence for evidence in shown if evidence.at >= entry.since)


def _is_visible(entry: Entry, now: datetime, lag: timedelta) -> bool:
    """Check if a pending change, if it was made, would be visible by now."""
    return entry.pending_deadline is None or now - entry.pending_deadline > lag


def _fail(case: Case, failure: Failure, run: Run) -> None:
    """End a case whose resource could not be read."""
    if failure.is_transient:
        case.retry(failure)
    elif failure.kind is FailureKind.NOT_FOUND:
        if run.now() - case.known_since <= NOT_YET:
            case.retry(failure)
            return
        if case.entry is not None:
            case.entry, recorded = resolve_pending(case.entry, None, (), run.now())
            case.record(recorded)
        case.verdict = Verdict(case.observation(), Status.GONE, reason=failure.cause)
    else:
        case.failure = failure
        # Tags from events are needed when the resource can be read again.
        case.deferred_evidence = evidence_from(case.observations)


def _decide(cases: Sequence[Case], run: Run) -> None:
    """Decide by the current tags, and read the facts that decisions need."""
    facts, waiting = Facts(), list(cases)
    while waiting:
        asking: list[Verdict] = []
        still: list[Case] = []
        for case in waiting:
            if not run.budget.allows(READ):
                case.retry(postponement("no time is left to decide"))
                continue
            verdict = _verdict(case, facts, run)
            if verdict.status is not Status.UNDECIDED:
                case.verdict = verdict
            elif verdict.failure is not None:
                _fail_on_fact(case, verdict, verdict.failure)
            else:
                asking.append(verdict)
                still.append(case)
        waiting = still
        facts = answer_needs(asking, facts, run)


def _confirm(cases: Iterable[Case], run: Run) -> None:
    """Check if the resources of findings exist, where neither tags nor a write would show it."""
    now = run.now()
    unsure = [
        case
        for case in cases
        if case.result is None and not case.exists and case.verdict and case.verdict.status is Status.NON_COMPLIANT
        if not case.verdict.is_to_be_written and now - case.known_since > NOT_YET
    ]
    calls = plan_describes((case.primary for case in unsure), run.deployment.catalogue)
    found = check_existence(calls, run.clients, run.attempts)
    for case in unsure:
        exists = found.get(case.arn, Failure(FailureKind.REFUSED, ""))
        if isinstance(exists, Failure):
            if exists.is_transient:
                case.retry(exists)
            elif case.verdict is not None:
                case.verdict = _unconfirmed(case, replace(case.verdict, reason=exists.cause), run) or case.verdict
        elif exists:
            case.exists = True
        else:
            _fail(case, Failure(FailureKind.NOT_FOUND, "the service does not list it"), run)


def _recheck_new_creations(cases: Iterable[Case], run: Run) -> None:
    """Retry compliant creations if another copy of the function wrote an entry for the resource in the meantime.

    The entry must get the creator, which only the creation has.
    """
    silent = [
        case
        for case in cases
        if case.result is None and case.entry is None and case.verdict and case.verdict.status is Status.COMPLIANT
    ]
    creations = [case for case in silent if case.observation().origin is not None]
    if not creations:
        return
    entries, _ = run.ledger.load((case.key for case in creations), (), run.budget, READ)
    for case in creations:
        if entries[case.key] is not None:
            case.retry(postponement("another copy of the function wrote the resource's entry"))


def _await_creation(cases: Iterable[Case], run: Run) -> None:
    """Retry violations that only a service's own event shows, while the event of the creation may still arrive.

    Only the creation names the creator. With both there is one correction and one notice.
    """
    wait = timedelta(seconds=run.policy.creation_wait_seconds)
    for case in cases:
        is_new = case.result is None and case.entry is None
        is_wrong = case.verdict is not None and case.verdict.status is Status.NON_COMPLIANT
        is_notified = all(o.source is Source.NOTIFICATION for o in case.observations)
        if is_new and is_wrong and is_notified and run.now() - case.latest < wait:
            case.retry(postponement("the event of the creation may still arrive"))


def _verdict(case: Case, facts: Facts, run: Run) -> Verdict:
    verdict = decide(case.observation(), run.policy, facts, run.now(), _memory(case, run))
    is_to_be_asked = verdict.needs or (verdict.failure is not None and verdict.failure.is_transient)
    if case.failure is None or is_to_be_asked or verdict.status is Status.IGNORED:
        return verdict
    return _judge_unread(case, case.failure, verdict, run)


def _judge_unread(case: Case, failure: Failure, verdict: Verdict, run: Run) -> Verdict:
    """Build the verdict for a resource that could not be read: its stored finding stays, with the current mode of its
    scope."""
    corrections = case.entry.corrections if case.entry else {}
    for exemption in run.policy.exemptions:
        # An exemption by tags cannot be checked without the tags.
        if not exemption.tags and exemption.covers(verdict.observation, run.now().date()):
            return replace(verdict, status=Status.EXEMPT, corrections=corrections, reason=exemption.name)
    waiting = replace(
        verdict, status=Status.NOT_EVALUATED, corrections=corrections, failure=failure, reason=failure.cause
    )
    return _unconfirmed(case, waiting, run) or waiting


def _unconfirmed(case: Case, verdict: Verdict, run: Run) -> Verdict | None:
    """Close a finding that nothing has confirmed for long. Return None if it stays open."""
    now = run.now()
    if case.entry is None or not is_unconfirmed(replace(case.entry, confirmed_at=case.confirmation_time(now)), now):
        return None
    reason = f"{_UNCONFIRMED}: {verdict.reason}" if verdict.reason else _UNCONFIRMED
    return replace(verdict, status=Status.UNCONFIRMED, reason=reason, violations=(), upgrades=())


def _memory(case: Case, run: Run) -> Memory:
    entry = case.entry
    return Memory(
        corrections=entry.corrections if entry else {},
        event_evidence=_event_evidence(case),
        tag_set_writes=entry.tag_set_writes if entry else (),
        lag=run.deployment.lag,
        contest_after=run.policy.contest_after,
    )


def _fail_on_fact(case: Case, verdict: Verdict, failure: Failure) -> None:
    """End a case that needs a fact which could not be read. It never uses a default."""
    if failure.is_transient:
        case.retry(failure)
    else:
        case.verdict = replace(verdict, status=Status.NOT_EVALUATED, reason=failure.cause)
