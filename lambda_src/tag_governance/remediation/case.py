"""Case of one resource in a batch: what messages say, what is remembered, what is decided, how it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tag_governance.domain.entry import Entry, Recorded
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import SAME_TIME, Evidence, Observation, Source, Status, Verdict
from tag_governance.domain.result import Result

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Case:
    """Filled step by step: it has a result when it is at its end, or has to come back."""

    verdicts: tuple[Verdict, ...]
    """By what each message alone says, without memory."""
    before: Entry | None = None
    """The entry as the ledger has it."""
    entry: Entry | None = None
    """The same, with a plan of an earlier invocation settled."""
    evidence: Evidence | None = None
    is_there: bool = False
    """Something that was read now shows that the resource is there."""
    heard: tuple[Evidence, ...] = ()
    """Tags that events show, where they cannot be acted on yet."""
    failure: Failure | None = None
    """Reason why its tags could not be read; the memory of it is all that is known."""
    verdict: Verdict | None = None
    draft: Entry | None = None
    """The entry as it is to be."""
    version: int = 0
    """The version of the entry in the ledger."""
    is_planned: bool = False
    """A change is about to be made."""
    is_claimed: bool = False
    made: list[Recorded] = field(default_factory=list)
    """Changes that were made, or found to have been made by an earlier invocation."""
    unrecorded: list[Recorded] = field(default_factory=list)
    """Those of them that are not on record yet."""
    result: Result | None = None

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Observations of all messages about the resource."""
        return tuple(verdict.observation for verdict in self.verdicts)

    @property
    def primary(self) -> Observation:
        """The observation to go by: a creation knows more than a tag change, and of two the newer is the better."""
        return max(self.observations, key=lambda o: (o.source is Source.CREATION, o.time))

    @property
    def arn(self) -> str:
        """The resource."""
        return self.verdicts[0].observation.arn

    @property
    def key(self) -> str:
        """The resource's key in the ledger."""
        return ledger_key(self.verdicts[0].observation)

    @property
    def created(self) -> datetime | None:
        """Time of the creation, by the newest message that tells."""
        return max((o.origin.at for o in self.observations if o.origin is not None), default=None)

    def begin_anew(self, created: datetime) -> None:
        """Start anew after another resource of the same name was created: nothing remembered or older is about it."""
        assert self.before is not None
        primary = self.primary
        since = created - SAME_TIME
        self.entry = Entry(self.key, primary.resource_type, primary.account, primary.region, self.version, since=since)
        self.verdicts = tuple(v for v in self.verdicts if v.observation.time >= since)

    @property
    def born(self) -> datetime:
        """The earliest time from which the resource is known."""
        if self.created is not None:
            return self.created
        times = [o.time for o in self.observations]
        if self.entry is not None:
            origin = self.entry.origin
            times += [t for t in (origin.at if origin else None, self.entry.first_seen, self.entry.last_seen) if t]
        return min(times)

    @property
    def latest(self) -> datetime:
        """The time of the newest event about it."""
        return max((o.time for o in self.observations if o.source is not Source.RECHECK), default=_LONG_AGO)

    @property
    def is_recheck(self) -> bool:
        """True where the function itself asked for another look, and no event came with it."""
        return all(o.source is Source.RECHECK for o in self.observations)

    def confirmed(self, now: datetime) -> datetime | None:
        """Return the last time at which something showed that the resource is there: a read, or an event."""
        if self.is_there:
            return now
        times = [o.time for o in self.observations if o.source is not Source.RECHECK]
        if self.entry is not None:
            times += [t for t in (self.entry.confirmed or self.entry.last_seen,) if t is not None]
        return max(times, default=None)

    def observation(self) -> Observation:
        """Build the observation of the resource as it is now: its tags joined, its origin remembered."""
        since = self.entry.since if self.entry else None
        origins = [o.origin for o in self.observations if o.origin is not None and (not since or o.time >= since)]
        if self.entry is not None and self.entry.origin is not None:
            origins.append(self.entry.origin)
        # Services that take a second creation for the same (a topic, a queue) leave the creator who he was.
        origin = min(origins, key=lambda o: o.at, default=None)
        tags = self.evidence.tags if self.evidence else None
        return replace(self.primary, tags=tags, origin=origin)

    def again(self, failure: Failure) -> None:
        """End it for now: its messages come back."""
        verdict = self.verdict or self.verdicts[0]
        made = tuple(recorded.change for recorded in self.made)
        self.result = Result(verdict, verdict.status, made, verdict.violations, failure.cause, failure)

    def record(self, recorded: Recorded | None) -> None:
        """Remember a change that has to go on record."""
        if recorded is not None:
            self.made.append(recorded)
            self.unrecorded.append(recorded)

    def take_unrecorded(self) -> tuple[Recorded, ...]:
        """Take the changes that go on record with the next write."""
        taken = tuple(self.unrecorded)
        self.unrecorded.clear()
        return taken

    def end(self, verdict: Verdict, status: Status) -> None:
        """End it without a word to the ledger."""
        self.result = Result(verdict, status)


def ledger_key(seen: Observation) -> str:
    """Build the partition key of a resource; resources of which only the parent is known share one."""
    return seen.arn if seen.is_named else f"{seen.arn}#{seen.resource_type}"


def cases_of(verdicts: Iterable[Verdict]) -> list[Case]:
    """Build one case for each resource, whatever the number of messages about it."""
    grouped: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        grouped.setdefault(ledger_key(verdict.observation), []).append(verdict)
    return [Case(tuple(group)) for group in grouped.values()]
