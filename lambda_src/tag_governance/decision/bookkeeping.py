"""Updates of a resource's ledger entry after the resource was evaluated. Pure.

An entry goes through three steps: *draft* from the verdict, *claim* before anything is written, *conclusion* with the
result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from tag_governance.decision.memory import WHY_KEPT, WHY_RESTORED
from tag_governance.decision.tag_set_writes import newest_within_size
from tag_governance.domain.entry import Change, ChangeRecord, Entry
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import (
    SAME_TIME,
    Correction,
    Evidence,
    Fix,
    Observation,
    Problem,
    Source,
    Status,
    Tags,
    TagWrite,
    Verdict,
    Violation,
)

CHECK = timedelta(days=1)
"""Time until the function checks if the resource of a finding still exists, if nothing has shown it before."""
UNCONFIRMED_AFTER = timedelta(days=30)
"""Time after which a finding is closed as unconfirmed, if nothing has shown its resource."""
_CONFIRM = timedelta(hours=1)
"""Minimum time between two writes of an unchanged finding."""
_LONGEST_OWNER = 256
_REMEMBERED_EVENTS = 8
"""Events that are stored for a resource whose tags cannot be read."""
_REMEMBERED = 5
"""Writes of a key that are stored, so that their events are not mistaken for changes by others."""


def resolve_pending(
    entry: Entry, tags: Tags | None, shown: Iterable[Evidence], now: datetime
) -> tuple[Entry, ChangeRecord | None]:
    """Find the result of a change that was planned but not concluded.

    Args:
        entry: an entry with a pending change.
        tags: the current tags; None if the resource is gone.
        shown: tags from events. The change may have been made and reverted since.

    Returns:
        The entry without the pending change, and the record of the change.
    """
    plan = entry.pending_change
    cleared = replace(entry, pending_change=None, claim=None)
    if plan is None:
        return cleared, None
    if tags is None:
        return cleared, ChangeRecord(plan, "unknown", "the resource is gone")
    removed = plan.removed_keys
    to_write = {key for key, value in plan.after.items() if plan.before.get(key) != value}
    since = [evidence for evidence in shown if evidence.at >= plan.at - SAME_TIME]
    seen = [tags, *(evidence.tags for evidence in since)]
    made = {key for key in to_write if any(shows.get(key) == plan.after[key] for shows in seen)}
    left = {key for key in removed if key in tags}
    if not made and all(key in tags for key in removed):
        # Somebody may have reverted the restored value already, so it is not restored again.
        twice = {
            key: replace(cleared.corrections[key], is_restored=True)
            for key in _restored_keys(plan)
            if key in cleared.corrections
        }
        cleared = replace(cleared, corrections={**cleared.corrections, **twice})
        return cleared, ChangeRecord(plan, "unknown", "interrupted, and the tags show no trace of the change")
    # The write happened before the claim ended.
    echoes = any(_is_echo(evidence, plan, to_write) for evidence in since)
    settled = with_change(cleared, plan, made, left, entry.pending_deadline or now, is_certain=echoes)
    return settled, ChangeRecord(plan, "applied" if made == to_write and not left else "partial")


def _restored_keys(change: Change) -> list[str]:
    return [key for key, why in change.why.items() if why == WHY_RESTORED]


def _is_echo(evidence: Evidence, plan: Change, to_write: set[str]) -> bool:
    """Check if an event reports exactly this change. Then nobody else wrote the same values."""
    changed = {*(evidence.changed or ())}
    return bool(to_write) and to_write <= changed and all(evidence.tags.get(key) == plan.after[key] for key in to_write)


def with_change(
    entry: Entry, change: Change, written: set[str], left: set[str], at: datetime, is_certain: bool = True
) -> Entry:
    """Add a change that was made to an entry.

    Args:
        written: the keys that were written.
        left: the misspelt keys that still exist.
        at: the latest time at which the change can have been made.
        is_certain: False if only the current tags indicate that the change was made.
    """
    corrections = dict(entry.corrections)
    evidence = entry.evidence
    if evidence is not None:
        gone = {key for key in change.removed_keys if key not in left}
        tags = {key: value for key, value in evidence.tags.items() if key not in gone}
        evidence = Evidence(tags | {key: change.after[key] for key in written}, at)
    for key in change.after:
        still = tuple(old for old in change.removed.get(key, ()) if old in left)
        if key in written:
            corrections[key] = _correction_after_write(
                entry.corrections.get(key) or _restored_correction(entry, key, change),
                key,
                change,
                still,
                TagWrite(change.after[key], change.at, at, is_certain),
            )
        elif key in corrections:
            corrections[key] = replace(corrections[key], leftover_keys=still)
    done = {*written, *(key for key in change.removed_keys if key not in left)}
    tag_set_writes = tuple(
        replace(put, others=put.others | dict.fromkeys(sorted(done - {*put.intended_keys}), ()))
        for put in entry.tag_set_writes
    )
    return replace(
        entry,
        corrections=corrections,
        evidence=evidence,
        changes=(*entry.changes, change),
        tag_set_writes=tag_set_writes,
    )


def _restored_correction(entry: Entry, key: str, change: Change) -> Correction | None:
    """Build the correction of a value that a replacement of the whole set had put back, and that is replaced now.

    Return None for any other value.
    """
    value = change.before.get(key)
    put = next((put for put in entry.tag_set_writes if put.tags.get(key) == value), None)
    if put is None or value is None or change.why[key] != WHY_RESTORED:
        return None
    return Correction(value, "", put.read_at, (TagWrite(value, put.read_at, put.written_at),))


def _correction_after_write(
    before: Correction | None, key: str, change: Change, left: tuple[str, ...], written: TagWrite
) -> Correction:
    value, why = change.after[key], change.why[key]
    writes = (*(before.writes if before else ()), written)[-_REMEMBERED:]
    correction = Correction(value, why, change.basis, writes, leftover_keys=left)
    if before is None:
        return correction
    correction = replace(
        correction, reverts=before.reverts, contested_by=before.contested_by, why=before.why if why == WHY_KEPT else why
    )
    if change.before.get(key) != before.value:
        return correction
    # The write replaced the function's own value, so values by others from the time of that write still matter.
    restored = before.is_restored or why == WHY_RESTORED
    return replace(correction, basis=before.basis, is_restored=restored, others=before.others)


def plan_change(verdict: Verdict, basis: datetime, now: datetime) -> Change | None:
    """Build the change that a verdict requires; None if it requires none."""
    if not verdict.is_to_be_written:
        return None
    seen, fixes = verdict.observation, verdict.fixes
    tags = seen.tags or {}
    touched = sorted({fix.key for fix in fixes} | {key for fix in fixes for key in fix.remove_keys})
    change = Change(
        id="",
        at=now,
        before={key: tags[key] for key in touched if key in tags},
        after={fix.key: fix.value for fix in fixes},
        removed={fix.key: fix.remove_keys for fix in fixes if fix.remove_keys},
        why={fix.key: fix.why for fix in fixes},
        basis=basis,
        event_id=seen.event_id,
    )
    return replace(change, id=sha256(f"{seen.arn} {now.isoformat()} {change.plan}".encode()).hexdigest()[:16])


def is_refused(change: Change, entry: Entry, seen: Observation) -> bool:
    """Check if AWS refused the same change before. A requested recheck tries it again."""
    return entry.refused_plan == change.plan and seen.source is not Source.RECHECK


def draft_entry(
    entry: Entry | None,
    verdict: Verdict,
    now: datetime,
    evidence: Evidence | None,
    owner_tag: str | None,
    deferred_evidence: tuple[Evidence, ...] = (),
) -> Entry:
    """Build the entry from a verdict, before anything is written.

    Args:
        entry: the entry as it was.
        evidence: the tags that the verdict is based on.
        owner_tag: the tag that names the owner.
        deferred_evidence: tags from events, if no decision was possible.
    """
    seen = verdict.observation
    base = replace(
        entry or Entry(seen.arn, seen.resource_type, seen.account, seen.region),
        account=seen.account,
        region=seen.region,
    )
    is_deferred = verdict.status is Status.NOT_EVALUATED
    is_unread = is_deferred or (verdict.status is Status.UNCONFIRMED and verdict.failure is not None)
    is_open = is_deferred or verdict.status is Status.NON_COMPLIANT
    # Without a decision, the stored violations are the best known ones.
    violations = base.violations if is_deferred else verdict.violations if is_open else ()
    draft = replace(
        base,
        scope=verdict.scope or base.scope,
        mode=verdict.mode if verdict.scope else base.mode,
        status=verdict.status,
        reason=verdict.reason,
        owner=owner_of(seen, owner_tag, {}) or base.owner,
        violations=violations,
        first_seen=(base.first_seen or now) if is_open else None,
        last_seen=now,
        origin=seen.origin or base.origin,
        evidence=evidence or base.evidence,
        corrections=verdict.corrections,
        deferred_evidence=_merge_deferred(base.deferred_evidence, deferred_evidence) if is_unread else (),
        claim=None,
        recheck_requested_at=None,
        notified_digest=base.notified_digest if violations else None,
        denying_account=verdict.failure.denying_account if verdict.failure else None,
        refused_plan=None,
        undeliverable=base.undeliverable if violations == base.violations else None,
    )
    if verdict.status is Status.GONE:
        return replace(draft, changes=(), corrections={}, evidence=None, notify_after=None)
    return draft


def _merge_deferred(before: tuple[Evidence, ...], deferred_evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    found = (*before, *(evidence for evidence in deferred_evidence if evidence not in before))[-_REMEMBERED_EVENTS:]
    return newest_within_size(found, lambda evidence: evidence.tags)


def with_known_refusal(draft: Entry, entry: Entry) -> Entry:
    """Build the entry for a change that AWS refused before and that is not tried again."""
    return replace(draft, reason=entry.reason, refused_plan=entry.refused_plan, denying_account=entry.denying_account)


def conclude_entry(
    draft: Entry, verdict: Verdict, failure: Failure | None, written: bool, now: datetime, owner_tag: str | None
) -> Entry:
    """Build the entry after its change was made, partly made, or refused.

    Args:
        failure: the reason why the tags were not written, or the old keys not removed.
        written: True if the tags of the change are on the resource.
    """
    change = draft.pending_change
    assert change is not None
    entry = replace(draft, pending_change=None)
    if not written:
        assert failure is not None
        return replace(entry, refused_plan=change.plan, reason=failure.cause, denying_account=failure.denying_account)
    left = set(change.removed_keys) if failure is not None else set()
    to_write = {key for key, value in change.after.items() if change.before.get(key) != value}
    if to_write or not left:
        entry = with_change(entry, change, to_write, left, now)
    violations = tuple(
        v for v in (_remaining_violation(violation, left) for violation in draft.violations) if v is not None
    )
    return replace(
        entry,
        status=Status.NON_COMPLIANT if violations else Status.COMPLIANT,
        violations=violations,
        owner=owner_of(verdict.observation, owner_tag, change.after) or entry.owner,
        refused_plan=change.plan if failure is not None else None,
        reason=failure.cause if failure is not None else "",
        denying_account=failure.denying_account if failure is not None else None,
        first_seen=entry.first_seen if violations else None,
        notified_digest=entry.notified_digest if violations else None,
    )


def _remaining_violation(violation: Violation, left: set[str]) -> Violation | None:
    """Return what remains of a violation after its fix was written; None if nothing does."""
    fix = violation.fix
    if fix is None:
        return violation
    still = tuple(key for key in fix.remove_keys if key in left)
    if not still:
        return None
    return Violation(violation.key, Problem.OLD_KEY_LEFT, ", ".join(still), Fix(fix.key, fix.value, fix.why, still))


def with_unconfirmed_removals(entry: Entry, change: Change) -> Entry:
    """Mark old keys to be checked again: EC2 reports success for a removal even if the value was changed in between."""
    corrections = {
        key: replace(k, leftover_keys=change.removed.get(key, k.leftover_keys)) for key, k in entry.corrections.items()
    }
    return replace(entry, corrections=corrections)


def is_write_needed(entry: Entry, before: Entry | None) -> bool:
    """Check if an entry contains more than the stored one."""
    if before is None:
        return entry.status in (Status.NON_COMPLIANT, Status.NOT_EVALUATED) or entry.has_news
    same = replace(
        entry,
        last_seen=before.last_seen,
        confirmed_at=before.confirmed_at,
        check_after=before.check_after,
        owner=before.owner,
        evidence=before.evidence,
    )
    if before.origin is not None:
        same = replace(same, origin=before.origin)
    if same != before:
        return True
    if before.last_seen is None or entry.last_seen is None:
        return True
    return (entry.is_open or entry.denying_account is not None) and entry.last_seen - before.last_seen >= _CONFIRM


def notice_time(entry: Entry, now: datetime, digest_minutes: int) -> datetime | None:
    """Return the time for the notice: the end of the current digest window, which is the same for all owners."""
    if not entry.has_news or entry.is_observed_only:
        return None
    if entry.notify_after is not None and entry.notify_after > now:
        return entry.notify_after
    if digest_minutes == 0:
        return now
    window = digest_minutes * 60
    return now.replace(microsecond=0) + timedelta(seconds=window - int(now.timestamp()) % window)


def check_time(entry: Entry, now: datetime, tells_absence: bool) -> datetime | None:
    """Return the time to check if the resource of a finding still exists; None if there is no finding.

    Args:
        tells_absence: True if a read shows that a resource is gone. Otherwise a read confirms nothing.
    """
    if not entry.is_open:
        return None
    return max((entry.confirmed_at or now) + (CHECK if tells_absence else UNCONFIRMED_AFTER), now + CHECK)


def is_unconfirmed(entry: Entry, now: datetime) -> bool:
    """Check if nothing has shown the resource of a finding for so long that the finding is closed."""
    is_finding = entry.is_open or entry.status is Status.UNCONFIRMED
    return is_finding and entry.confirmed_at is not None and now - entry.confirmed_at >= UNCONFIRMED_AFTER


def owner_of(seen: Observation, owner_tag: str | None, written: Mapping[str, str]) -> str:
    """Return the owner: the value of the owner tag, else the creator of the resource, else an empty text."""
    if owner_tag is not None:
        owner = {**(seen.tags or {}), **written}.get(owner_tag, "").strip()
        if owner:
            return owner[:_LONGEST_OWNER]
    return (seen.actor or "")[:_LONGEST_OWNER]
