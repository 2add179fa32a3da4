"""Memory of the tags that the function corrected, and what follows from it. Pure.

Three rules live here. Only the function's own default may be replaced by a better value. A correction that is changed
back again and again is contested. A value that the function wrote over comes back to its owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tag_governance.domain.entry import CALM
from tag_governance.domain.model import SAME_TIME, Evidence, Kept, Put, Shown, Tags

WHY_DEFAULT = "default"
UNTIL_KNOWN = ", until the creation is known"
"""End of the reason for a value while a better source may still come with the event of the creation."""
WHY_KEPT = "kept"
WHY_RESTORED = "restored"
WHY_SOMEBODY = "set by somebody"

CONTEST_WINDOW = timedelta(days=30)
"""Corrections that were changed back count for so long."""
_UNORDERED = 4
"""Events without an order that are remembered of one key."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Knowledge of a decision besides the tags as they are.

    `shown` is what events say the tags were, at their own times. `put` is when the function read and replaced a whole
    set of tags. `lag` is how far a read may have been behind.
    """

    kept: Mapping[str, Kept] = field(default_factory=dict)
    shown: tuple[Evidence, ...] = ()
    puts: tuple[Put, ...] = ()
    lag: timedelta = timedelta(0)
    contest_after: int = 3

    def lost(self, tags: Tags) -> dict[str, Lost]:
        """Find what somebody set while the function replaced the whole set: what is there now is what it put."""
        found: dict[str, Lost] = {}
        for put in self.puts:
            for key, others in put.remembering(self.shown).others.items():
                values = dict.fromkeys(shown.value for shown in others if not self._is_own(key, shown))
                set_to = next((value for value in values if value not in (None, tags.get(key))), None)
                if set_to is not None and tags.get(key) == put.tags.get(key):
                    found[key] = Lost(set_to, is_certain=len(values) == 1)
        return found

    def _is_own(self, key: str, shown: Shown) -> bool:
        return key in self.kept and self.kept[key].is_own(shown.value, shown.at)


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that was lost when the function replaced a whole set of tags; certain where no event contradicts."""

    value: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Race:
    """Result of a search for what the function wrote over: somebody's value to put back, or only to tell about."""

    kept: Kept
    restore: str | None = None
    overwritten: str | None = None


def is_provisional(why: str) -> bool:
    """Say if a value may be replaced when a better source becomes known."""
    return why == WHY_DEFAULT or why.endswith(UNTIL_KNOWN)


def undone(kept: Kept, now: datetime) -> Kept:
    """Remember that a correction was changed back; the same change counts once."""
    if kept.is_undone:
        return replace(kept, allowed_since=None)
    recent = tuple(at for at in kept.undone if at > now - CONTEST_WINDOW)
    return replace(kept, undone=(*recent, now), allowed_since=None)


def is_contested(kept: Kept, memory: Memory, now: datetime) -> bool:
    """Say if the function has to stop correcting a key."""
    return sum(at > now - CONTEST_WINDOW for at in kept.undone) >= memory.contest_after


def calmed(kept: Kept, memory: Memory, now: datetime) -> Kept:
    """Remember since when a contested key has an allowed value; after a day it is contested no more."""
    if not is_contested(kept, memory, now):
        return kept
    since = kept.allowed_since or now
    if now - since >= CALM:
        return replace(kept, undone=(), allowed_since=None, contested_by=None)
    return replace(kept, allowed_since=since)


def was_set_again(key: str, kept: Kept, memory: Memory) -> bool:
    """Say if an event tells that somebody set the value that is kept after the function wrote it."""
    return any(
        key in (evidence.changed or ()) and evidence.tags.get(key) == kept.value and evidence.at > kept.at + SAME_TIME
        for evidence in memory.shown
    )


def race(key: str, kept: Kept, memory: Memory, allows: Callable[[str], bool], now: datetime) -> Race:
    """Look for an allowed value of somebody else that was there when the function wrote its own.

    Args:
        key: the tag key; its current value is the one that the function wrote.
        kept: what is remembered of it.
        memory: what events have shown.
        allows: says if the schema allows a value for the key.
        now: the moment of the decision.
    """
    earliest, latest = kept.basis - memory.lag, kept.at + SAME_TIME
    about = [shown for shown in (evidence.of(key) for evidence in memory.shown) if shown is not None]
    others = [s for s in about if earliest <= s.at <= latest and not kept.is_own(s.value, s.at)]
    others += [s for s in kept.others if s.at > now - CONTEST_WINDOW and s not in others]
    newest = [shown for shown in others if not any(other.is_newer_than(shown) for other in others)] or others
    kept = replace(kept, others=tuple(newest[-_UNORDERED:]))
    wanted = [s.value for s in newest if s.value is not None and s.value != kept.value and allows(s.value)]
    if not wanted:
        return Race(kept)
    if kept.is_certain and not kept.restored and len({shown.value for shown in newest}) == 1:
        return Race(kept, restore=wanted[0])
    return Race(kept, overwritten=wanted[0])
