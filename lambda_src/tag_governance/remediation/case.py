"""Case of one resource in a batch: messages, ledger entry, verdict and result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tag_governance.domain.entry import ChangeRecord, Entry
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import SAME_TIME, Evidence, Observation, Source, Status, Verdict
from tag_governance.domain.result import Result

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Case:
    """State of one resource in a batch, filled in step by step. It ends with a result."""

    verdicts: tuple[Verdict, ...]
    """Verdicts by the messages alone, without the ledger."""
    before: Entry | None = None
    """Entry as it is in the ledger."""
    entry: Entry | None = None
    """The same entry, with an earlier pending change resolved."""
    evidence: Evidence | None = None
    exists: bool = False
    """True if a current read shows that the resource exists."""
    deferred_evidence: tuple[Evidence, ...] = ()
    """Tags from events that cannot be used yet."""
    failure: Failure | None = None
    """Reason why the tags could not be read. Then only the ledger entry is known."""
    verdict: Verdict | None = None
    draft: Entry | None = None
    """The new entry."""
    version: int = 0
    """Version of the entry in the ledger."""
    has_planned_change: bool = False
    """True if a change is about to be made."""
    is_claimed: bool = False
    change_records: list[ChangeRecord] = field(default_factory=list)
    """Changes made now, or found to have been made by an earlier invocation."""
    unrecorded_changes: list[ChangeRecord] = field(default_factory=list)
    """Those of them that are not in the ledger yet."""
    result: Result | None = None

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Observations of all messages about the resource."""
        return tuple(verdict.observation for verdict in self.verdicts)

    @property
    def primary(self) -> Observation:
        """Observation to use: that of a creation if there is one, else the newest."""
        return max(self.observations, key=lambda o: (o.source is Source.CREATION, o.time))

    @property
    def arn(self) -> str:
        """ARN of the resource."""
        return self.verdicts[0].observation.arn

    @property
    def key(self) -> str:
        """Partition key of the resource in the ledger."""
        return ledger_key(self.verdicts[0].observation)

    @property
    def created(self) -> datetime | None:
        """Time of the creation, from the newest message that contains it."""
        return max((o.origin.at for o in self.observations if o.origin is not None), default=None)

    def reset(self, created: datetime) -> None:
        """Start again for a new resource of the same name: ledger entry and older events are about the old one."""
        assert self.before is not None
        primary = self.primary
        since = created - SAME_TIME
        self.entry = Entry(self.key, primary.resource_type, primary.account, primary.region, self.version, since=since)
        self.verdicts = tuple(v for v in self.verdicts if v.observation.time >= since)

    @property
    def known_since(self) -> datetime:
        """Earliest time from which the resource is known."""
        if self.created is not None:
            return self.created
        times = [o.time for o in self.observations]
        if self.entry is not None:
            origin = self.entry.origin
            times += [t for t in (origin.at if origin else None, self.entry.first_seen, self.entry.last_seen) if t]
        return min(times)

    @property
    def latest(self) -> datetime:
        """Time of the newest event about the resource."""
        return max((o.time for o in self.observations if o.source is not Source.RECHECK), default=_LONG_AGO)

    @property
    def is_recheck(self) -> bool:
        """True if all messages are requests of the function itself."""
        return all(o.source is Source.RECHECK for o in self.observations)

    def confirmation_time(self, now: datetime) -> datetime | None:
        """Return the last time at which a read or an event showed that the resource exists."""
        if self.exists:
            return now
        times = [o.time for o in self.observations if o.source is not Source.RECHECK]
        if self.entry is not None:
            times += [t for t in (self.entry.confirmed_at or self.entry.last_seen,) if t is not None]
        return max(times, default=None)

    def observation(self) -> Observation:
        """Build the current observation, with the combined tags and the stored origin."""
        since = self.entry.since if self.entry else None
        origins = [o.origin for o in self.observations if o.origin is not None and (not since or o.time >= since)]
        if self.entry is not None and self.entry.origin is not None:
            origins.append(self.entry.origin)
        # Some services accept a second creation of the same resource (topic, queue): the first creator counts.
        origin = min(origins, key=lambda o: o.at, default=None)
        tags = self.evidence.tags if self.evidence else None
        return replace(self.primary, tags=tags, origin=origin)

    def retry(self, failure: Failure) -> None:
        """End the case with a retry of its messages."""
        verdict = self.verdict or self.verdicts[0]
        made = tuple(recorded.change for recorded in self.change_records)
        self.result = Result(verdict, verdict.status, made, verdict.violations, failure.cause, failure)

    def record(self, recorded: ChangeRecord | None) -> None:
        """Add a change to be recorded."""
        if recorded is not None:
            self.change_records.append(recorded)
            self.unrecorded_changes.append(recorded)

    def pop_unrecorded(self) -> tuple[ChangeRecord, ...]:
        """Take the changes for the next write."""
        taken = tuple(self.unrecorded_changes)
        self.unrecorded_changes.clear()
        return taken

    def end(self, verdict: Verdict, status: Status) -> None:
        """End the case without a write to the ledger."""
        self.result = Result(verdict, status)


def ledger_key(seen: Observation) -> str:
    """Build the partition key of a resource. Resources of which only the parent is known share one key."""
    return seen.arn if seen.is_named else f"{seen.arn}#{seen.resource_type}"


def cases_of(verdicts: Iterable[Verdict]) -> list[Case]:
    """Build one case per resource from any number of messages."""
    grouped: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        grouped.setdefault(ledger_key(verdict.observation), []).append(verdict)
    return [Case(tuple(group)) for group in grouped.values()]
