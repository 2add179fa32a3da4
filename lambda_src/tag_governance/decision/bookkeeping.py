"""Content of a resource's entry in the ledger after a look at the resource. Pure.

An entry goes through three steps: *drafted* by the verdict, *claimed* before anything is done, *concluded* with what
was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TypeVar

from tag_governance.decision.memory import WHY_KEPT, WHY_RESTORED
from tag_governance.domain.entry import Change, Entry, Recorded
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import (
    SAME_TIME,
    Evidence,
    Fix,
    Kept,
    Observation,
    Problem,
    Put,
    Source,
    Status,
    Tags,
    Verdict,
    Violation,
    Written,
)

T = TypeVar("T")

CHECK = timedelta(days=1)
"""Time until the resource of a finding is looked for, when nothing else shows that it is there."""
UNCONFIRMED_AFTER = timedelta(days=30)
"""Time after which a finding that nothing confirms is none any more."""
_CONFIRM = timedelta(hours=1)
"""A finding that is seen again is written again after so long."""
_LONGEST_OWNER = 256
_REMEMBERED_EVENTS = 8
"""Events that are remembered for a resource that cannot be read."""
_REMEMBERED_PUTS = 6
"""Whole sets of tags that are remembered: an event from the time of one of them may be hours late."""
_REMEMBERED_BYTES = 100_000
_TRIED_AGAIN = timedelta(minutes=15)
_REMEMBERED = 5
"""Writes of a key that are remembered, so that their events are not taken for somebody else's."""


def settle(entry: Entry, tags: Tags | None, shown: Iterable[Evidence], now: datetime) -> tuple[Entry, Recorded | None]:
    """Find out what became of a change that was planned and never concluded.

    Args:
        entry: an entry with a plan.
        tags: the current tags; None where the resource is gone.
        shown: what events show: the change may have been made, and changed back since.

    Returns:
        The entry without the plan, and the change as it goes on record.
    """
    plan = entry.pending
    cleared = replace(entry, pending=None, claim=None)
    if plan is None:
        return cleared, None
    if tags is None:
        return cleared, Recorded(plan, "unknown", "the resource is gone")
    removed = plan.removed_keys
    to_write = {key for key, value in plan.after.items() if plan.before.get(key) != value}
    since = [evidence for evidence in shown if evidence.at >= plan.at - SAME_TIME]
    seen = [tags, *(evidence.tags for evidence in since)]
    made = {key for key in to_write if any(shows.get(key) == plan.after[key] for shows in seen)}
    left = {key for key in removed if key in tags}
    if not made and all(key in tags for key in removed):
        # Somebody may have changed back already what the function restored: it is not restored twice.
        twice = {key: replace(cleared.kept[key], restored=True) for key in _restored(plan) if key in cleared.kept}
        cleared = replace(cleared, kept={**cleared.kept, **twice})
        return cleared, Recorded(plan, "unknown", "cut short, and no trace of it is there")
    # The write came at some time before the claim ended.
    echoes = any(_is_echo(evidence, plan, to_write) for evidence in since)
    settled = with_change(cleared, plan, made, left, entry.done_by or now, is_certain=echoes)
    return settled, Recorded(plan, "applied" if made == to_write and not left else "partial")


def _restored(change: Change) -> list[str]:
    return [key for key, why in change.why.items() if why == WHY_RESTORED]


def _is_echo(evidence: Evidence, plan: Change, to_write: set[str]) -> bool:
    """Say if an event tells of exactly this change: then nobody else wrote the same."""
    changed = {*(evidence.changed or ())}
    return bool(to_write) and to_write <= changed and all(evidence.tags.get(key) == plan.after[key] for key in to_write)


def with_change(
    entry: Entry, change: Change, written: set[str], left: set[str], at: datetime, is_certain: bool = True
) -> Entry:
    """Remember a change that was made.

    Args:
        written: the keys that were written.
        left: the misspelt keys that are still there.
        at: when it was done by.
        is_certain: False where only the tags tell that it was done.
    """
    kept = dict(entry.kept)
    evidence = entry.evidence
    if evidence is not None:
        gone = {key for key in change.removed_keys if key not in left}
        tags = {key: value for key, value in evidence.tags.items() if key not in gone}
        evidence = Evidence(tags | {key: change.after[key] for key in written}, at)
    for key in change.after:
        still = tuple(old for old in change.removed.get(key, ()) if old in left)
        if key in written:
            kept[key] = _kept(
                entry.kept.get(key) or _put_back(entry, key, change),
                key,
                change,
                still,
                Written(change.after[key], change.at, at, is_certain),
            )
        elif key in kept:
            kept[key] = replace(kept[key], left=still)
    done = {*written, *(key for key in change.removed_keys if key not in left)}
    puts = tuple(replace(put, others=put.others | dict.fromkeys(sorted(done - {*put.meant}), ())) for put in entry.puts)
    return replace(entry, kept=kept, evidence=evidence, changes=(*entry.changes, change), puts=puts)


def with_put(entry: Entry, planned: Entry, change: Change, read: datetime, written: datetime) -> Entry:
    """Remember a whole set of tags that was put, where the API knows no other way (S3).

    Args:
        entry: the entry after the change.
        planned: the entry as it was planned, with the tags from before as its evidence.
        read, written: the time between which others may have written.
    """
    before = planned.evidence.tags if planned.evidence else {}
    removed = change.removed_keys
    tags = {key: value for key, value in before.items() if key not in removed} | dict(change.after)
    put = Put(read, written, tags, (*change.after, *removed))
    earlier = entry.puts
    if earlier and _is_same(earlier[-1], put):
        earlier, put = earlier[:-1], replace(put, read=earlier[-1].read, others=earlier[-1].others)
    return replace(entry, puts=_fewer((*earlier, put)))


def _fewer(puts: tuple[Put, ...]) -> tuple[Put, ...]:
    """Forget the oldest put when there are too many; but first see two attempts at the same as one."""
    puts = _within(puts, lambda put: put.tags)
    if len(puts) <= _REMEMBERED_PUTS:
        return puts
    for number, (one, other) in enumerate(pairwise(puts)):
        if (one.tags, one.meant) == (other.tags, other.meant):
            both = replace(other, read=one.read, others=one.others | other.others)
            return (*puts[:number], both, *puts[number + 2 :])
    return puts[1:]


def _within(items: tuple[T, ...], tags: Callable[[T], Tags]) -> tuple[T, ...]:
    """Keep the newest whose tags fit into `_REMEMBERED_BYTES`: an entry of the ledger has 400 KB for everything."""
    size, count = 0, 0
    for item in reversed(items):
        size += sum(
            len(key.encode(errors="replace")) + len(value.encode(errors="replace")) for key, value in tags(item).items()
        )
        if count and size > _REMEMBERED_BYTES:
            break
        count += 1
    return items[len(items) - count :]


def _is_same(earlier: Put, put: Put) -> bool:
    """Say if a put is an earlier one tried again, with nobody's word in between."""
    is_again = (earlier.tags, earlier.meant) == (put.tags, put.meant) and put.read - earlier.written <= _TRIED_AGAIN
    return is_again and all(earlier.others.values())


def _put_back(entry: Entry, key: str, change: Change) -> Kept | None:
    """Build the memory of a value that came back with a whole set of tags, and is now replaced; None for any other."""
    value = change.before.get(key)
    put = next((put for put in entry.puts if put.tags.get(key) == value), None)
    if put is None or value is None or change.why[key] != WHY_RESTORED:
        return None
    return Kept(value, "", put.read, (Written(value, put.read, put.written),))


def _kept(before: Kept | None, key: str, change: Change, left: tuple[str, ...], written: Written) -> Kept:
    value, why = change.after[key], change.why[key]
    wrote = (*(before.wrote if before else ()), written)[-_REMEMBERED:]
    kept = Kept(value, why, change.basis, wrote, left=left)
    if before is None:
        return kept
    kept = replace(
        kept, undone=before.undone, contested_by=before.contested_by, why=before.why if why == WHY_KEPT else why
    )
    if change.before.get(key) != before.value:
        return kept
    # It took the place of the function's own value: what else happened at the time of that write is still of interest.
    restored = before.restored or why == WHY_RESTORED
    return replace(kept, basis=before.basis, restored=restored, others=before.others)


def planned(verdict: Verdict, basis: datetime, now: datetime) -> Change | None:
    """Plan the change that a verdict asks for; None where there is none."""
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
    """Say if AWS refused the same change before. When somebody asks for another look, it is tried again."""
    return entry.refused == change.plan and seen.source is not Source.RECHECK


def drafted(
    entry: Entry | None,
    verdict: Verdict,
    now: datetime,
    evidence: Evidence | None,
    owner_tag: str | None,
    heard: tuple[Evidence, ...] = (),
) -> Entry:
    """Build the entry as the verdict has it, before anything is done.

    Args:
        entry: the entry as it was.
        evidence: the tags that it was decided by.
        owner_tag: the tag that names the owner.
        heard: what events show, where nothing could be decided.
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
    # Of what is deferred nobody knows better than the last look.
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
        kept=verdict.kept,
        heard=_heard(base.heard, heard) if is_unread else (),
        claim=None,
        asked=None,
        told=base.told if violations else None,
        waits_for=verdict.failure.blocked if verdict.failure else None,
        refused=None,
        undeliverable=base.undeliverable if violations == base.violations else None,
    )
    if verdict.status is Status.GONE:
        return replace(draft, changes=(), kept={}, evidence=None, tell_after=None)
    return draft


def _heard(before: tuple[Evidence, ...], heard: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    found = (*before, *(evidence for evidence in heard if evidence not in before))[-_REMEMBERED_EVENTS:]
    return _within(found, lambda evidence: evidence.tags)


def refused_before(draft: Entry, entry: Entry) -> Entry:
    """Build the entry of a resource whose change AWS refused before, and is not asked for again."""
    return replace(draft, reason=entry.reason, refused=entry.refused, waits_for=entry.waits_for)


def concluded(
    draft: Entry, verdict: Verdict, failure: Failure | None, written: bool, now: datetime, owner_tag: str | None
) -> Entry:
    """Build the entry after its change was made, made in part, or refused.

    Args:
        failure: why the tags were not written, or the old keys not removed.
        written: the tags are there, as far as the change writes any.
    """
    change = draft.pending
    assert change is not None
    entry = replace(draft, pending=None)
    if not written:
        assert failure is not None
        return replace(entry, refused=change.plan, reason=failure.cause, waits_for=failure.blocked)
    left = set(change.removed_keys) if failure is not None else set()
    to_write = {key for key, value in change.after.items() if change.before.get(key) != value}
    if to_write or not left:
        entry = with_change(entry, change, to_write, left, now)
    violations = tuple(v for v in (_after(violation, left) for violation in draft.violations) if v is not None)
    return replace(
        entry,
        status=Status.NON_COMPLIANT if violations else Status.COMPLIANT,
        violations=violations,
        owner=owner_of(verdict.observation, owner_tag, change.after) or entry.owner,
        refused=change.plan if failure is not None else None,
        reason=failure.cause if failure is not None else "",
        waits_for=failure.blocked if failure is not None else None,
        first_seen=entry.first_seen if violations else None,
        told=entry.told if violations else None,
    )


def _after(violation: Violation, left: set[str]) -> Violation | None:
    """Return the rest of a violation once its fix is written; None where nothing is left."""
    fix = violation.fix
    if fix is None:
        return violation
    still = tuple(key for key in fix.remove_keys if key in left)
    if not still:
        return None
    return Violation(violation.key, Problem.OLD_KEY_LEFT, ", ".join(still), Fix(fix.key, fix.value, fix.why, still))


def unsure(entry: Entry, change: Change) -> Entry:
    """Remember to look whether old keys are gone, where a removal is no error when somebody has changed the value."""
    kept = {key: replace(k, left=change.removed.get(key, k.left)) for key, k in entry.kept.items()}
    return replace(entry, kept=kept)


def is_worth_writing(entry: Entry, before: Entry | None) -> bool:
    """Say if an entry says more than the one that is there."""
    if before is None:
        return entry.status in (Status.NON_COMPLIANT, Status.NOT_EVALUATED) or entry.is_untold
    same = replace(
        entry,
        last_seen=before.last_seen,
        confirmed=before.confirmed,
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
    return (entry.is_open or entry.waits_for is not None) and entry.last_seen - before.last_seen >= _CONFIRM


def tell_time(entry: Entry, now: datetime, digest_minutes: int) -> datetime | None:
    """Return the time to tell the news of an entry: the end of a window that is the same for all owners."""
    if not entry.is_untold or entry.is_silent:
        return None
    if entry.tell_after is not None and entry.tell_after > now:
        return entry.tell_after
    if digest_minutes == 0:
        return now
    window = digest_minutes * 60
    return now.replace(microsecond=0) + timedelta(seconds=window - int(now.timestamp()) % window)


def check_time(entry: Entry, now: datetime, tells_absence: bool) -> datetime | None:
    """Return the time to find out whether the resource of a finding is still there; None where it is no finding.

    Args:
        tells_absence: whether a look tells that a resource is gone. If not, a look alone confirms nothing.
    """
    if not entry.is_open:
        return None
    return max((entry.confirmed or now) + (CHECK if tells_absence else UNCONFIRMED_AFTER), now + CHECK)


def is_unconfirmed(entry: Entry, now: datetime) -> bool:
    """Say if nothing has shown the resource of a finding for so long that it no longer counts as one."""
    is_finding = entry.is_open or entry.status is Status.UNCONFIRMED
    return is_finding and entry.confirmed is not None and now - entry.confirmed >= UNCONFIRMED_AFTER


def owner_of(seen: Observation, owner_tag: str | None, written: Mapping[str, str]) -> str:
    """Find the owner: the value of the owner tag, else who created the resource, else nothing."""
    if owner_tag is not None:
        owner = {**(seen.tags or {}), **written}.get(owner_tag, "").strip()
        if owner:
            return owner[:_LONGEST_OWNER]
    return (seen.actor or "")[:_LONGEST_OWNER]
