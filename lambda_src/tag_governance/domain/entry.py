"""Ledger entry of one resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from zlib import crc32

from tag_governance.domain.model import Correction, Evidence, Mode, Origin, Status, TagSetWrite, Violation

SHARDS = 8
"""Partitions of the index of due entries. One partition takes about 1,000 writes per second."""
OBSERVED_SHARDS = 4
"""Partitions per scope for findings of mode observe."""
ASK_AGAIN = timedelta(minutes=15)
"""Time until a recheck is requested again."""
CALM = timedelta(days=1)
"""Time for which a contested key must have an allowed value until it is settled."""


@dataclass(frozen=True, slots=True)
class Change:
    """Change of the tags of a resource, with all data to undo it.

    `before` is the touched keys that existed, `after` the written tags, `removed` the keys that each of them replaced.
    `basis` is the time of the tags that the decision is based on.
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
        """All removed keys."""
        return tuple(sorted({key for keys in self.removed.values() for key in keys}))

    @property
    def plan(self) -> str:
        """Digest of the change; the same change has the same digest whenever it is planned."""
        return _hash(repr((sorted(self.after.items()), sorted(self.removed.items()))))


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change and its result: `applied`, `partial` (with the reason in `cause`) or `unknown`."""

    change: Change
    state: str
    cause: str = ""


OPERATOR = "operator"
"""Claimant of an entry that an operator resets, as the run-book for contested tags describes."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Exclusive right of one invocation to work on an entry, until a given time."""

    by: str
    until: datetime


@dataclass(frozen=True)
class Entry:
    """Current state of one resource. `version` counts its writes; each write is conditional on the version that was
    read."""

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
    confirmed_at: datetime | None = None
    """Last time at which something showed that the resource exists."""
    check_after: datetime | None = None
    """Time to check if the resource of a finding still exists."""
    origin: Origin | None = None
    since: datetime | None = None
    """Time at which the resource replaced another one of the same name. Older events are about the other one."""
    evidence: Evidence | None = None
    """Newest tags from an event or a read."""
    deferred_evidence: tuple[Evidence, ...] = ()
    """Tags from events while the resource could not be read. The next evaluation uses them."""
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    tag_set_writes: tuple[TagSetWrite, ...] = ()
    """Last replacements of the whole set of tags, if the API has no other way (S3)."""
    refused_plan: str | None = None
    """Digest of the change that AWS refuses for this resource. It is not retried until the change differs."""
    pending_change: Change | None = None
    """Change that is about to be made. If the invocation was interrupted, a later one finds out its result."""
    claim: Claim | None = None
    changes: tuple[Change, ...] = ()
    """Changes that have not been in a notice yet."""
    notified_digest: str | None = None
    """Digest of the violations that were in the last notice."""
    notice_count: int = 0
    """Number of notices about this resource."""
    notify_after: datetime | None = None
    undeliverable: str | None = None
    """Reason why the topic refuses the notice."""
    denying_account: str | None = None
    """Account whose denial prevents the evaluation."""
    recheck_requested_at: datetime | None = None
    """Time at which the settlement last requested a recheck."""

    @property
    def is_open(self) -> bool:
        """True if there is a finding."""
        return bool(self.violations)

    @property
    def has_news(self) -> bool:
        """True if there are changes or violations that have not been in a notice yet."""
        return bool(self.changes) or (self.is_open and self.notified_digest != digest_of(self.violations))

    @property
    def is_observed_only(self) -> bool:
        """True if the scope only observes. Changes from an earlier mode are still reported."""
        return self.mode is Mode.OBSERVE and not self.changes

    @property
    def finding_id(self) -> str | None:
        """Id of the finding, stable until it is reported, so that readers recognize duplicates; None without news."""
        digest = digest_of(self.violations)
        is_news = self.is_open and self.notified_digest != digest
        return _hash(f"{self.arn} {self.notice_count} {digest}") if is_news else None

    @property
    def notice_item_ids(self) -> tuple[str, ...]:
        """Ids of all changes and of the finding to report."""
        finding = self.finding_id
        return (*(change.id for change in self.changes), *([finding] if finding else []))

    def after_notice(self, reported: Entry) -> Entry:
        """Remove what a notice reported.

        Args:
            reported: the entry as it was when the notice was written.
        """
        known = {change.id for change in reported.changes}
        return replace(
            self,
            changes=tuple(change for change in self.changes if change.id not in known),
            notified_digest=digest_of(reported.violations) if reported.is_open else self.notified_digest,
            notice_count=self.notice_count + 1,
            undeliverable=None,
        )

    def is_claimed(self, now: datetime, by: str) -> bool:
        """Check if another invocation works on the entry."""
        return self.claim is not None and self.claim.by != by and self.claim.until > now

    @property
    def pending_deadline(self) -> datetime | None:
        """Latest time at which the pending change can have been made: the end of the claim, or its release."""
        return self.claim.until if self.claim else self.last_seen

    @property
    def due(self) -> tuple[str, datetime] | None:
        """Partition and time in the index of due entries; None if nothing is to be done."""
        due = self._due
        if due is None or self.recheck_requested_at is None:
            return due
        return due[0], max(due[1], self.recheck_requested_at + ASK_AGAIN)

    @property
    def _due(self) -> tuple[str, datetime] | None:
        shard = f"due#{crc32(self.arn.encode()) % SHARDS}"
        if self.claim is not None:
            return shard, self.claim.until
        if self.pending_change is not None:
            return shard, self.pending_change.at + ASK_AGAIN
        if self.has_news and self.undeliverable is None:
            if self.is_observed_only and self.first_seen is not None:
                number = crc32(self.arn.encode()) % OBSERVED_SHARDS
                return f"observed#{self.scope}#{number}", self.check_after or self.first_seen
            if self.last_seen is not None:
                return shard, self.notify_after or self.last_seen
        if self.denying_account is not None and self.last_seen is not None:
            return f"denied#{self.denying_account}", self.last_seen
        times = [
            correction.allowed_since + CALM
            for correction in self.corrections.values()
            if correction.allowed_since is not None
        ]
        if self.is_open and self.check_after is not None:
            times.append(self.check_after)
        return (shard, min(times)) if times else None


def digest_of(violations: Iterable[Violation]) -> str:
    """Compute a digest that is the same for the same violations, so that they are reported once."""
    return _hash(repr(sorted((v.key, v.problem.value, v.found or "") for v in violations)))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
