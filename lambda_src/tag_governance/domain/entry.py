"""Memory of the ledger about one resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from zlib import crc32

from tag_governance.domain.model import Evidence, Kept, Mode, Origin, Put, Status, Violation

SHARDS = 8
"""Partitions of the index of what is due: one takes about 1,000 writes a second."""
OBSERVED_SHARDS = 4
"""The same for findings that nobody is told about yet, for each scope."""
ASK_AGAIN = timedelta(minutes=15)
"""Time until a look that was asked for is asked for again."""
CALM = timedelta(days=1)
"""Time that an allowed value has to stay until a contested key counts as settled."""


@dataclass(frozen=True, slots=True)
class Change:
    """Change of the tags of a resource, with all that is needed to undo it.

    `before` are the touched keys that existed, `after` what was written, `removed` the keys that each of them took the
    place of. `basis` is the time of the tags that it was decided by.
    """

    id: str
    at: datetime
    before: Mapping[str, str]
    after: Mapping[str, str]
    removed: Mapping[str, tuple[str, ...]]
    why: Mapping[str, str]
    basis: datetime
    event_id: str

    @property
    def removed_keys(self) -> tuple[str, ...]:
        """All keys that were removed."""
        return tuple(sorted({key for keys in self.removed.values() for key in keys}))

    @property
    def plan(self) -> str:
        """The same for the same change, whenever it is planned."""
        return _hash(repr((sorted(self.after.items()), sorted(self.removed.items()))))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change with what became of it: `applied`, `partial` (`cause` says why) or `unknown`."""

    change: Change
    state: str
    cause: str = ""


OPERATOR = "operator"
"""Claimant of an entry that is to be looked at again, as in the run-book for a contested tag."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one invocation to bring an entry to its end, until a time."""

    by: str
    until: datetime


@dataclass(frozen=True)
class Entry:
    """The current state of one resource; `version` counts its writes, and every write names the one it saw."""

    arn: str
    resource_type: str
    account: str
    region: str
    version: int = 0
    scope: str | None = None
    mode: Mode = Mode.OBSERVE
    status: Status = Status.UNDECIDED
    reason: str = ""
    owner: str = ""
    violations: tuple[Violation, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    confirmed: datetime | None = None
    """The last time at which something showed that the resource is there."""
    check_after: datetime | None = None
    """Time to find out whether the resource of a finding is still there."""
    origin: Origin | None = None
    since: datetime | None = None
    """Time when it took the place of another of the same name: nothing older is about this one."""
    evidence: Evidence | None = None
    """The newest tags that an event or a read has shown."""
    heard: tuple[Evidence, ...] = ()
    """Tags that events showed while the resource could not be read: they count at the next look."""
    kept: Mapping[str, Kept] = field(default_factory=dict)
    puts: tuple[Put, ...] = ()
    """The last times that the whole set of tags was replaced, where the API knows no other way (S3)."""
    refused: str | None = None
    """The plan that AWS refuses for this resource: not tried again until it changes."""
    pending: Change | None = None
    """The change about to be made. A later look settles what became of it when this one was cut short."""
    claim: Claim | None = None
    changes: tuple[Change, ...] = ()
    """Changes that nobody was told about yet."""
    told: str | None = None
    """Digest of the violations that were told."""
    tellings: int = 0
    """Number of times that there was something to tell."""
    tell_after: datetime | None = None
    undeliverable: str | None = None
    """Reason why the topic does not take the notice."""
    waits_for: str | None = None
    """The account whose denial keeps it from being evaluated."""
    asked: datetime | None = None
    """Time when the settlement last asked for another look."""

    @property
    def is_open(self) -> bool:
        """True for a finding."""
        return bool(self.violations)

    @property
    def is_untold(self) -> bool:
        """True where there is news that nobody was told about."""
        return bool(self.changes) or (self.is_open and self.told != digest_of(self.violations))

    @property
    def is_silent(self) -> bool:
        """True where the scope only observes. What the function changed when it did more is told all the same."""
        return self.mode is Mode.OBSERVE and not self.changes

    @property
    def finding_id(self) -> str | None:
        """The same for a finding until it is told, by which a reader knows what was told twice; None without news."""
        digest = digest_of(self.violations)
        is_news = self.is_open and self.told != digest
        return _hash(f"{self.arn} {self.tellings} {digest}") if is_news else None

    @property
    def news_ids(self) -> tuple[str, ...]:
        """The ids of everything that is to be told."""
        finding = self.finding_id
        return (*(change.id for change in self.changes), *([finding] if finding else []))

    def after_telling(self, told: Entry) -> Entry:
        """Take off what `told`, an earlier state of this entry, said."""
        known = {change.id for change in told.changes}
        return replace(
            self,
            changes=tuple(change for change in self.changes if change.id not in known),
            told=digest_of(told.violations) if told.is_open else self.told,
            tellings=self.tellings + 1,
            undeliverable=None,
        )

    def is_claimed(self, now: datetime, by: str) -> bool:
        """Say if another invocation works on it."""
        return self.claim is not None and self.claim.by != by and self.claim.until > now

    @property
    def done_by(self) -> datetime | None:
        """By when a change that is pending was made, if it was: its claim is over, or was given back."""
        return self.claim.until if self.claim else self.last_seen

    @property
    def due(self) -> tuple[str, datetime] | None:
        """Its partition in the index of what is due, and when somebody has to look; None when nothing is left to do."""
        due = self._due
        if due is None or self.asked is None:
            return due
        return due[0], max(due[1], self.asked + ASK_AGAIN)

    @property
    def _due(self) -> tuple[str, datetime] | None:
        shard = f"due#{crc32(self.arn.encode()) % SHARDS}"
        if self.claim is not None:
            return shard, self.claim.until
        if self.pending is not None:
            return shard, self.pending.at + ASK_AGAIN
        if self.is_untold and self.undeliverable is None:
            if self.is_silent and self.first_seen is not None:
                number = crc32(self.arn.encode()) % OBSERVED_SHARDS
                return f"observed#{self.scope}#{number}", self.check_after or self.first_seen
            if self.last_seen is not None:
                return shard, self.tell_after or self.last_seen
        if self.waits_for is not None and self.last_seen is not None:
            return f"denied#{self.waits_for}", self.last_seen
        times = [kept.allowed_since + CALM for kept in self.kept.values() if kept.allowed_since is not None]
        if self.is_open and self.check_after is not None:
            times.append(self.check_after)
        return (shard, min(times)) if times else None


def digest_of(violations: Iterable[Violation]) -> str:
    """Compute a digest, the same for the same violations: what was once told of a resource is not told again."""
    return _hash(repr(sorted((v.key, v.problem.value, v.found or "") for v in violations)))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
