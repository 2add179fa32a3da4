"""Stored knowledge about the tags that the function corrected, and its rules. Pure.

* Only a default that the function itself wrote may be replaced by a better value.
* A correction that is reverted repeatedly is contested.
* If the function overwrote a value that somebody set at the same time, that value is restored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tag_governance.domain.entry import CALM
from tag_governance.domain.model import SAME_TIME, Correction, Evidence, ObservedValue, Tags, TagSetWrite

WHY_DEFAULT = "default"
UNTIL_KNOWN = ", until the creation is known"
"""End of the reason of a value that may be replaced when the event of the creation arrives."""
WHY_KEPT = "kept"
WHY_RESTORED = "restored"
WHY_SOMEBODY = "set by somebody"

CONTEST_WINDOW = timedelta(days=30)
"""Time for which reverted corrections count."""
_UNORDERED = 4
"""Events of unknown order that are stored for one key."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Knowledge about a resource in addition to its current tags.

    `event_evidence` is tags from events, each with its time. `tag_set_writes` are the times at which the function read
    and replaced the whole set of tags. `lag` is the maximum lag of a read.
    """

    corrections: Mapping[str, Correction] = field(default_factory=dict)
    event_evidence: tuple[Evidence, ...] = ()
    tag_set_writes: tuple[TagSetWrite, ...] = ()
    lag: timedelta = timedelta(0)
    contest_after: int = 3

    def lost_values(self, tags: Tags) -> dict[str, LostValue]:
        """Find values that somebody set while the function replaced the whole set, and that the replacement removed."""
        found: dict[str, LostValue] = {}
        for put in self.tag_set_writes:
            for key, others in put.with_events(self.event_evidence).others.items():
                values = dict.fromkeys(shown.value for shown in others if not self._is_own(key, shown))
                set_to = next((value for value in values if value not in (None, tags.get(key))), None)
                if set_to is not None and tags.get(key) == put.tags.get(key):
                    found[key] = LostValue(set_to, is_certain=len(values) == 1)
        return found

    def _is_own(self, key: str, shown: ObservedValue) -> bool:
        return key in self.corrections and self.corrections[key].is_own(shown.value, shown.at)


@dataclass(frozen=True, slots=True)
class LostValue:
    """A value that a replacement of the whole set removed. `is_certain` is False if events contradict each other."""

    value: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Race:
    """Result of the search for a value that the function overwrote: one to restore, or one to report."""

    correction: Correction
    value_to_restore: str | None = None
    overwritten_value: str | None = None


def is_provisional(why: str) -> bool:
    """Check if a value may be replaced when a better source becomes known."""
    return why == WHY_DEFAULT or why.endswith(UNTIL_KNOWN)


def with_revert(correction: Correction, now: datetime) -> Correction:
    """Record that a correction was reverted. The same change counts once."""
    if correction.is_reverted:
        return replace(correction, allowed_since=None)
    recent = tuple(at for at in correction.reverts if at > now - CONTEST_WINDOW)
    return replace(correction, reverts=(*recent, now), allowed_since=None)


def is_contested(correction: Correction, memory: Memory, now: datetime) -> bool:
    """Check if the function must stop correcting a key."""
    return sum(at > now - CONTEST_WINDOW for at in correction.reverts) >= memory.contest_after


def with_calm_period(correction: Correction, memory: Memory, now: datetime) -> Correction:
    """Record since when a contested key has an allowed value. After a day it is no longer contested."""
    if not is_contested(correction, memory, now):
        return correction
    since = correction.allowed_since or now
    if now - since >= CALM:
        return replace(correction, reverts=(), allowed_since=None, contested_by=None)
    return replace(correction, allowed_since=since)


def was_set_again(key: str, correction: Correction, memory: Memory) -> bool:
    """Check if an event shows that somebody set the corrected value again after the function wrote it."""
    return any(
        key in (evidence.changed or ())
        and evidence.tags.get(key) == correction.value
        and evidence.at > correction.at + SAME_TIME
        for evidence in memory.event_evidence
    )


def find_race(key: str, correction: Correction, memory: Memory, allows: Callable[[str], bool], now: datetime) -> Race:
    """Find an allowed value that somebody else set while the function wrote its own.

    Args:
        key: the tag key. Its current value is the one that the function wrote.
        correction: the stored correction of the key.
        memory: tags from events.
        allows: checks if the schema allows a value for the key.
        now: the time of the decision.
    """
    earliest, latest = correction.basis - memory.lag, correction.at + SAME_TIME
    about = [shown for shown in (evidence.of(key) for evidence in memory.event_evidence) if shown is not None]
    others = [s for s in about if earliest <= s.at <= latest and not correction.is_own(s.value, s.at)]
    others += [s for s in correction.others if s.at > now - CONTEST_WINDOW and s not in others]
    newest = [shown for shown in others if not any(other.is_newer_than(shown) for other in others)] or others
    correction = replace(correction, others=tuple(newest[-_UNORDERED:]))
    wanted = [s.value for s in newest if s.value is not None and s.value != correction.value and allows(s.value)]
    if not wanted:
        return Race(correction)
    if correction.is_certain and not correction.is_restored and len({shown.value for shown in newest}) == 1:
        return Race(correction, value_to_restore=wanted[0])
    return Race(correction, overwritten_value=wanted[0])
