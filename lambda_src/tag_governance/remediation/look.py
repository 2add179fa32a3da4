"""Look at resources: what the ledger remembers, what their tags are now, what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tag_governance.aws.readers import Reading, find_attached, find_present, read_tags
from tag_governance.decision.bookkeeping import UNCONFIRMED_AFTER, is_unconfirmed, settle, with_put
from tag_governance.decision.decide import decide
from tag_governance.decision.evidence import joined, shown_by
from tag_governance.decision.memory import Memory
from tag_governance.decision.plan import plan_describes, plan_reads
from tag_governance.domain.budget import READ
from tag_governance.domain.entry import Entry
from tag_governance.domain.failure import Failure, FailureKind, postponed
from tag_governance.domain.gap import Gap
from tag_governance.domain.model import SAME_TIME, Evidence, Facts, Kept, Source, Status, Tags, Verdict
from tag_governance.remediation.case import Case, cases_of
from tag_governance.remediation.facts import answer
from tag_governance.remediation.run import Run

NOT_YET = timedelta(minutes=15)
"""Time after an event during which a resource that AWS does not find counts as not there yet; after it, as gone."""
_UNCONFIRMED = f"nothing has shown the resource for {UNCONFIRMED_AFTER.days} days"
_ABOUT_THE_SAME = timedelta(minutes=1)
"""A resource may have been created again between the read that found it gone and the entry that says so."""


def look(verdicts: Iterable[Verdict], run: Run) -> list[Case]:
    """Look at every resource that messages could not settle alone.

    Args:
        verdicts: by the messages alone; several may be about one resource.

    Returns:
        One case for each resource, with a verdict, or already with a result.
    """
    cases = cases_of(verdicts)
    probing = [case.arn for case in cases if case.is_recheck]
    gaps = _load(cases, run)
    run.know(gaps, probing)
    cases = [
        *(case for case in cases if case.primary.is_named),
        *_name([c for c in cases if not c.primary.is_named], run),
    ]
    for case in _readable(cases):
        _by_event(case, run)
    _read(_readable(cases), run)
    _decide(_open(cases), run)
    _confirm(cases, run)
    _meet(cases, run)
    _await_creation(cases, run)
    return cases


def _open(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.result is None and case.verdict is None]


def _readable(cases: Iterable[Case]) -> list[Case]:
    return [case for case in _open(cases) if case.failure is None]


def _load(cases: Sequence[Case], run: Run) -> dict[str, Gap]:
    """Read what is remembered. A resource that another copy works on comes back later."""
    accounts = {case.primary.account for case in cases} | {run.policy.account}
    entries, gaps = run.ledger.load((case.key for case in cases), sorted(accounts), run.budget, READ)
    now = run.now()
    for case in cases:
        loaded = entries[case.key]
        if isinstance(loaded, Failure):
            certain = loaded.kind is FailureKind.REFUSED
            case.again(loaded if certain else postponed(f"the ledger can not be read: {loaded.cause}"))
        elif loaded is not None and loaded.is_claimed(now, run.id):
            case.again(postponed("another copy of the function is at work on it"))
        elif loaded is not None:
            case.before = case.entry = loaded
            case.version = loaded.version
            if _is_about_the_past(case, loaded):
                case.end(case.verdicts[0], Status.GONE)
    return {account: gap for account, gap in gaps.items() if isinstance(gap, Gap)}


def _is_about_the_past(case: Case, entry: Entry) -> bool:
    """Say if a resource that is gone is only spoken of by events from before: indexes list it for a while."""
    if entry.status is not Status.GONE or entry.last_seen is None:
        return False
    is_created_since = case.created is not None and case.created > entry.last_seen - _ABOUT_THE_SAME
    return case.latest <= entry.last_seen and not is_created_since


def _name(unnamed: Sequence[Case], run: Run) -> list[Case]:
    """Put the resources that hang on others in place of the cases that stand for them."""
    waiting = [case for case in unnamed if case.result is None]
    if not waiting:
        return list(unnamed)
    found = find_attached(
        (case.primary for case in waiting), run.deployment.catalogue, run.policy.partition, run.clients, run.attempts
    )
    named: list[Verdict] = []
    for case in waiting:
        attached = found[case.primary.subject]
        if isinstance(attached, Failure):
            _fail(case, attached, run)
            continue
        for verdict in case.verdicts:
            # What the event said was judged by the ARN of the holder.
            named += [Verdict(replace(verdict.observation, arn=arn), Status.UNDECIDED) for arn in attached]
        case.verdict = Verdict(case.primary, Status.IGNORED, reason="its resources are known by name now")
    cases = cases_of(named)
    _load(cases, run)
    # Of those that stand for others, only what the ledger remembers is left to be closed.
    return [*(case for case in unnamed if case.result or case.before or case.entry or case.failure), *cases]


def _by_event(case: Case, run: Run) -> None:
    """End a case that its messages settle.

    Every one shows tags that comply, and nothing that is remembered disagrees.
    """
    settled = all(v.status in (Status.COMPLIANT, Status.EXEMPT) for v in case.verdicts)
    if not settled:
        return
    verdict, entry = case.verdicts[-1], case.entry
    if entry is None:
        if case.latest > run.now() - run.deployment.lag:
            # An older event may still be on its way, and a read for it would not see yet what this one tells.
            case.again(postponed("the index of tags may not have caught up yet"))
        else:
            case.end(verdict, verdict.status)
        return
    shown = shown_by(case.observations)
    echoes = all(_is_echo(evidence, key, kept) for evidence in shown for key, kept in entry.kept.items())
    calm = entry.pending is None and entry.claim is None and entry.waits_for is None and echoes
    if not calm or any(k.undone or k.left or k.others for k in entry.kept.values()):
        return
    # Whether a finding is closed is for a read to say: the event may be older than what the finding was made by.
    if not entry.is_open and entry.status is Status.COMPLIANT:
        case.end(verdict, verdict.status)


def _is_echo(evidence: Evidence, key: str, kept: Kept) -> bool:
    """Say if an event has nothing to tell of a key but what the function wrote."""
    shown = evidence.of(key)
    return shown is None or (shown.value == kept.value and kept.is_own(shown.value, shown.at))


def _read(cases: Sequence[Case], run: Run) -> None:
    """Read the tags as they are, and join them with what events show. What was read counts from when reading began."""
    started = run.now()
    readings = read_tags(
        plan_reads((case.primary for case in cases), run.deployment.catalogue), run.clients, run.attempts
    )
    for case in cases:
        _take(case, readings[case.arn], started, run)


def _take(case: Case, reading: Reading, now: datetime, run: Run) -> None:
    if isinstance(reading, Failure):
        _fail(case, reading, run)
        return
    if _is_another(case, reading):
        _begin_anew(case, now)
    entry = case.entry
    # The indexes of tags show nothing of a resource without tags, be it there or not.
    case.is_there = bool(reading) or run.tag_api(case.primary.resource_type) in ("s3", "native")
    shown = _shown(case)
    remembered = (entry.evidence,) if entry is not None and entry.evidence is not None else ()
    tags = joined((*shown, *remembered), reading, now, run.deployment.lag, case.latest)
    if isinstance(tags, Failure):
        case.again(tags)
        return
    if entry is not None and entry.pending is not None and not _is_visible(entry, now, run.deployment.lag):
        case.again(postponed("what became of an earlier change cannot be seen yet"))
        return
    case.evidence = tags
    if entry is not None:
        case.entry, recorded = settle(entry, tags.tags, shown, now)
        case.record(recorded)
        if recorded is not None and run.tag_api(case.primary.resource_type) == "s3":
            case.entry = with_put(case.entry, entry, recorded.change, recorded.change.at, entry.done_by or now)
        case.entry = replace(case.entry, puts=tuple(put.remembering(shown) for put in case.entry.puts))


def _is_another(case: Case, tags: Tags | None) -> bool:
    """Say if a resource was deleted, and another created under its name: nothing that is remembered is there.

    A second creation alone does not say so: many services answer it with the resource that is there.
    """
    entry, created = case.entry, case.created
    if entry is None or entry.origin is None or created is None or created <= entry.origin.at + SAME_TIME:
        return False
    remembered = {key: kept.value for key, kept in entry.kept.items()}
    if not remembered and entry.evidence is not None:
        remembered = dict(entry.evidence.tags)
    nothing_is_there = all((tags or {}).get(key) != value for key, value in remembered.items())
    return entry.status is Status.GONE or tags is None or (bool(remembered) and nothing_is_there)


def _begin_anew(case: Case, now: datetime) -> None:
    assert case.entry is not None
    assert case.created is not None
    _, recorded = settle(case.entry, None, (), now)
    case.record(recorded)
    case.begin_anew(case.created)


def _shown(case: Case) -> tuple[Evidence, ...]:
    """List the tags that messages have shown of this resource, and not of one that had its name before."""
    entry = case.entry
    shown = (*shown_by(case.observations), *(entry.heard if entry else ()))
    if entry is None or entry.since is None:
        return shown
    return tuple(evidence for evidence in shown if evidence.at >= entry.since)


def _is_visible(entry: Entry, now: datetime, lag: timedelta) -> bool:
    """Say if a change that was planned, and perhaps made, would be seen by now."""
    return entry.done_by is None or now - entry.done_by > lag


def _fail(case: Case, failure: Failure, run: Run) -> None:
    """End a case that could not be read."""
    if failure.is_transient:
        case.again(failure)
    elif failure.kind is FailureKind.NOT_FOUND:
        if run.now() - case.born <= NOT_YET:
            case.again(failure)
            return
        if case.entry is not None:
            case.entry, recorded = settle(case.entry, None, (), run.now())
            case.record(recorded)
        case.verdict = Verdict(case.observation(), Status.GONE, reason=failure.cause)
    else:
        case.failure = failure
        # What events show now is still of interest when the resource can be read again.
        case.heard = shown_by(case.observations)


def _decide(cases: Sequence[Case], run: Run) -> None:
    """Decide by the tags as they are, reading the facts that decisions ask for."""
    facts, waiting = Facts(), list(cases)
    while waiting:
        asking: list[Verdict] = []
        still: list[Case] = []
        for case in waiting:
            if not run.budget.allows(READ):
                case.again(postponed("no time was left to decide"))
                continue
            verdict = _verdict(case, facts, run)
            if verdict.status is not Status.UNDECIDED:
                case.verdict = verdict
            elif verdict.failure is not None:
                _fail_fact(case, verdict, verdict.failure)
            else:
                asking.append(verdict)
                still.append(case)
        waiting = still
        facts = answer(asking, facts, run)


def _confirm(cases: Iterable[Case], run: Run) -> None:
    """Find out whether the resources of findings are still there, where no tag shows it and no write would tell."""
    now = run.now()
    unsure = [
        case
        for case in cases
        if case.result is None and not case.is_there and case.verdict and case.verdict.status is Status.NON_COMPLIANT
        if not case.verdict.is_to_be_written and now - case.born > NOT_YET
    ]
    calls = plan_describes((case.primary for case in unsure), run.deployment.catalogue)
    found = find_present(calls, run.clients, run.attempts)
    for case in unsure:
        is_there = found.get(case.arn, Failure(FailureKind.REFUSED, ""))
        if isinstance(is_there, Failure):
            if is_there.is_transient:
                case.again(is_there)
            elif case.verdict is not None:
                case.verdict = _unconfirmed(case, replace(case.verdict, reason=is_there.cause), run) or case.verdict
        elif is_there:
            case.is_there = True
        else:
            _fail(case, Failure(FailureKind.NOT_FOUND, "the service does not list it"), run)


def _meet(cases: Iterable[Case], run: Run) -> None:
    """Send back creations that would end without a word, where another copy has written the resource's tags meanwhile:
    its entry has to learn who the creator is."""
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
            case.again(postponed("another copy of the function was at work on it"))


def _await_creation(cases: Iterable[Case], run: Run) -> None:
    """Send back what a service's own event shows to be wrong, as long as the creation may still be reported: it alone
    names the creator, and by both together there is one correction and one notice."""
    wait = timedelta(seconds=run.policy.creation_wait_seconds)
    for case in cases:
        is_new = case.result is None and case.entry is None
        is_wrong = case.verdict is not None and case.verdict.status is Status.NON_COMPLIANT
        is_notified = all(o.source is Source.NOTIFICATION for o in case.observations)
        if is_new and is_wrong and is_notified and run.now() - case.latest < wait:
            case.again(postponed("the event of its creation may still come"))


def _verdict(case: Case, facts: Facts, run: Run) -> Verdict:
    verdict = decide(case.observation(), run.policy, facts, run.now(), _memory(case, run))
    is_to_be_asked = verdict.needs or (verdict.failure is not None and verdict.failure.is_transient)
    if case.failure is None or is_to_be_asked or verdict.status is Status.IGNORED:
        return verdict
    return _unread(case, case.failure, verdict, run)


def _unread(case: Case, failure: Failure, verdict: Verdict, run: Run) -> Verdict:
    """Judge a resource that could not be read: what is known of it stays, told as its scope says now."""
    kept = case.entry.kept if case.entry else {}
    for exemption in run.policy.exemptions:
        # Nobody knows whether one by tags holds.
        if not exemption.tags and exemption.covers(verdict.observation, run.now().date()):
            return replace(verdict, status=Status.EXEMPT, kept=kept, reason=exemption.name)
    waiting = replace(verdict, status=Status.NOT_EVALUATED, kept=kept, failure=failure, reason=failure.cause)
    return _unconfirmed(case, waiting, run) or waiting


def _unconfirmed(case: Case, verdict: Verdict, run: Run) -> Verdict | None:
    """End a finding that neither a look nor an event has shown for long; None where it goes on."""
    now = run.now()
    if case.entry is None or not is_unconfirmed(replace(case.entry, confirmed=case.confirmed(now)), now):
        return None
    reason = f"{_UNCONFIRMED}: {verdict.reason}" if verdict.reason else _UNCONFIRMED
    return replace(verdict, status=Status.UNCONFIRMED, reason=reason, violations=(), upgrades=())


def _memory(case: Case, run: Run) -> Memory:
    entry = case.entry
    return Memory(
        kept=entry.kept if entry else {},
        shown=_shown(case),
        puts=entry.puts if entry else (),
        lag=run.deployment.lag,
        contest_after=run.policy.contest_after,
    )


def _fail_fact(case: Case, verdict: Verdict, failure: Failure) -> None:
    """End a case that waits for a fact which could not be asked: it never takes a default."""
    if failure.is_transient:
        case.again(failure)
    else:
        case.verdict = replace(verdict, status=Status.NOT_EVALUATED, reason=failure.cause)
