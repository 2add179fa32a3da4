"""Domain types of the function: enums for closed sets, frozen dataclasses for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tag_governance.domain.failure import Failure

Tags = Mapping[str, str]

SAME_TIME = timedelta(seconds=2)
"""Times of events are whole seconds. Two events that are this close have no known order."""


class Mode(StrEnum):
    """Most that the function may do in a scope: only record, also notify owners, or also write tags."""

    OBSERVE = "observe"
    NOTIFY = "notify"
    REMEDIATE = "remediate"


class ActorSource(StrEnum):
    """Part of an assumed-role session that may name the person."""

    SOURCE_IDENTITY = "source_identity"
    """Set by the identity provider; it stays the same when one role assumes another."""
    SESSION_NAME = "session_name"
    """Often an e-mail address. Session names of machines are ignored."""
    ROLE_NAME = "role_name"
    """The name of the role, for machines and people."""


class ManagedByAws(StrEnum):
    """Treatment of resources that AWS services manage."""

    IGNORE = "ignore"
    """They are not evaluated."""
    REPORT = "report"
    """Their findings are recorded, and owners are notified as the scope says, but nothing is written."""
    GOVERN = "govern"
    """They are treated like all others."""


class Source(StrEnum):
    """Kind of the message that an observation was made from."""

    CREATION = "creation"
    TAG_CHANGE = "tag_change"
    NOTIFICATION = "notification"
    """Event of a service itself, for example a change of state. It contains neither tags nor an actor."""
    RECHECK = "recheck"
    """The function's own request for another evaluation. It contains no tags."""


class Problem(StrEnum):
    """Problems that one governed tag of one resource can have."""

    MISSING = "missing"
    MISSPELT_KEY = "misspelt_key"
    AMBIGUOUS_KEY = "ambiguous_key"
    OLD_KEY_LEFT = "old_key_left"
    """The correct key was written, but the misspelt one could not be removed."""
    MISSPELT_VALUE = "misspelt_value"
    VALUE_NOT_ALLOWED = "value_not_allowed"
    NO_ROOM = "no_room"
    CONTESTED = "contested"
    """Corrected and reverted several times: the function stops correcting it."""
    OVERWRITTEN = "overwritten"
    """The function overwrote an allowed value of somebody else, and it is not certain which value to restore."""


class Status(StrEnum):
    """Result of the evaluation of one resource."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non_compliant"
    EXEMPT = "exempt"
    UNDECIDED = "undecided"
    """A fact is missing: read it and decide again."""
    NOT_EVALUATED = "not_evaluated"
    """The resource cannot be evaluated. This is a coverage gap, and never counts as compliant."""
    GONE = "gone"
    """The resource no longer exists."""
    UNCONFIRMED = "unconfirmed"
    """Nothing has shown the resource of this finding for so long that the finding is closed."""
    IGNORED = "ignored"
    """No rule of the schema applies, or the event is about a resource of another account."""


@dataclass(frozen=True, slots=True)
class RelatedResource:
    """A resource whose tags can be inherited."""

    arn: str
    resource_type: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Creation of a resource, as a source of tag values.

    `request_tags` are all tags of the creating call, including those for other resources. `related` are the resources
    that this one was created from or in.
    """

    at: datetime
    actor: str | None = None
    request_tags: Tags = field(default_factory=dict)
    related: tuple[RelatedResource, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """Resource as a single message shows it.

    `tags` is None if the message does not contain them. `version` counts tag changes, and `changed` lists the changed
    keys, if the event has them. `origin` is None unless the message is about the creation.
    """

    arn: str
    resource_type: str
    account: str
    region: str
    time: datetime
    source: Source
    event_id: str
    tags: Tags | None = None
    version: int | None = None
    changed: tuple[str, ...] | None = None
    origin: Origin | None = None
    attached_to: str | None = None
    """ARN of the parent resource, if the event names only the parent."""
    case_sensitive_keys: bool = True
    """False if AWS ignores the case of keys (IAM roles and users)."""
    taggable: bool = True
    """False if tags can only be written by an update of the resource itself. Then a person has to do it."""
    other_arns: tuple[str, ...] = ()
    """The other forms of the ARN."""

    @property
    def is_named(self) -> bool:
        """False until the ARN is known: the event named only a parent resource, such as the instance of a volume."""
        return self.arn != self.attached_to

    @property
    def subject(self) -> tuple[str, str]:
        """Type and ARN as the message named them: the same before and after the own ARN was found."""
        return self.resource_type, self.attached_to or self.arn

    @property
    def actor(self) -> str | None:
        """The person or pipeline that created the resource, if known."""
        return self.origin.actor if self.origin else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All tags of a resource at one time.

    `is_read` is True for tags from a read, which can be outdated. It is False for tags from an event, or written by the
    function. `changed` lists the keys that an event is about; None if the event does not tell.
    """

    tags: Tags
    at: datetime
    version: int | None = None
    is_read: bool = False
    changed: tuple[str, ...] | None = None

    def of(self, key: str) -> ObservedValue | None:
        """Return the value of a key; None if the evidence is about other keys."""
        if self.changed is not None and key not in self.changed:
            return None
        return ObservedValue(self.tags.get(key), self.at, self.version)

    def is_newer_than(self, other: Evidence) -> bool:
        """Compare by the counter of tag changes if both have one, else by time."""
        if self.version is not None and other.version is not None:
            return self.version > other.version
        return self.at > other.at


@dataclass(frozen=True, slots=True)
class TagSetWrite:
    """Replacement of the whole set of tags. Values that others set between the read and the write are lost.

    `intended_keys` are the keys that the function meant to write or remove. `others` holds the newest values that
    events show for other keys in that time. A key has several values if their order is unknown, and none if somebody
    set it later.
    """

    read_at: datetime
    written_at: datetime
    tags: Tags
    intended_keys: tuple[str, ...]
    others: dict[str, tuple[ObservedValue, ...]] = field(default_factory=dict)

    def with_events(self, shown: Iterable[Evidence]) -> TagSetWrite:
        """Add values that others set between the read and the write."""
        others = dict(self.others)
        for evidence in shown:
            if evidence.at < self.read_at - SAME_TIME:
                continue
            if evidence.at > self.written_at + SAME_TIME:
                others |= dict.fromkeys(sorted({*(evidence.changed or ())} - {*self.intended_keys}), ())
                continue
            is_echo = self._is_echo(evidence)
            for key in sorted({*evidence.tags, *(evidence.changed or ())} - {*self.intended_keys}):
                seen = evidence.of(key)
                if seen is None or others.get(key) == () or seen in others.get(key, ()):
                    continue
                if not (is_echo and seen.value == self.tags.get(key)):
                    known = [shown for shown in others.get(key, ()) if not seen.is_newer_than(shown)]
                    if not any(shown.is_newer_than(seen) for shown in known):
                        others[key] = (*known, seen)
        return replace(self, others=others)

    def _is_echo(self, evidence: Evidence) -> bool:
        """Check if an event can be the echo of this write."""
        if evidence.changed is None:
            return True
        return any(
            key in evidence.changed and evidence.tags.get(key) == self.tags.get(key) for key in self.intended_keys
        )


@dataclass(frozen=True, slots=True)
class Fix:
    """Tag to write, the keys that it replaces, and the reason for the value."""

    key: str
    value: str
    why: str
    remove_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """Violation of a rule. `found` is the wrong key or value. `fix` is None if a person must decide."""

    key: str
    problem: Problem
    found: str | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Fact that a decision needs."""

    kind: NeedKind
    subject: str
    """An account id, or the ARN of a related resource."""
    resource_type: str | None = None


class NeedKind(StrEnum):
    """Kinds of facts that the function can read from AWS for a decision."""

    SCOPE_OF_ACCOUNT = "scope_of_account"
    ACCOUNT_TAGS = "account_tags"
    UNIT_TAGS = "unit_tags"
    """Tags of the organizational units above an account, and of the root."""
    RELATED_TAGS = "related_tags"


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that were read for decisions.

    A missing subject was not read yet. A failure means that it could not be read, and that decisions which need it must
    wait. A scope of None and empty tags are facts.
    """

    scope_of_account: Mapping[str, str | Failure | None] = field(default_factory=dict)
    account_tags: Mapping[str, Tags | Failure] = field(default_factory=dict)
    unit_tags: Mapping[str, Tags | Failure] = field(default_factory=dict)
    related_tags: Mapping[str, Tags | Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of the schema for an observation."""

    observation: Observation
    status: Status
    scope: str | None = None
    mode: Mode = Mode.OBSERVE
    violations: tuple[Violation, ...] = ()
    upgrades: tuple[Fix, ...] = ()
    """Values to write without a violation: they replace the function's own default, or restore a value that it
    overwrote."""
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    """Corrections by key, updated by this evaluation."""
    needs: tuple[Need, ...] = ()
    failure: Failure | None = None
    """Reason why a fact could not be read."""
    reason: str = ""
    """Name of the exemption that applies, or the reason why the resource was not evaluated."""

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """All changes that this verdict requires."""
        return (*(v.fix for v in self.violations if v.fix is not None), *self.upgrades)

    @property
    def is_to_be_written(self) -> bool:
        """True if the scope allows writing and there is something to write."""
        decided = self.status in (Status.NON_COMPLIANT, Status.COMPLIANT)
        return decided and self.mode is Mode.REMEDIATE and bool(self.fixes)


@dataclass(frozen=True, slots=True)
class ObservedValue:
    """Value of one key in an event; None if the key is absent."""

    value: str | None
    at: datetime
    version: int | None = None

    def is_newer_than(self, other: ObservedValue) -> bool | None:
        """Compare by the counter of tag changes if both have one, else by time. Return None if the order is unknown."""
        if self.version is not None and other.version is not None:
            return self.version > other.version
        return None if abs(self.at - other.at) <= SAME_TIME else self.at > other.at


@dataclass(frozen=True, slots=True)
class TagWrite:
    """Value that the function wrote at some time between `since` and `until`.

    `is_certain` is False if the write was interrupted and only the current tags indicate it. Somebody else may have
    written the same value.
    """

    value: str
    since: datetime
    until: datetime
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Correction:
    """Value that the function wrote for one key of a resource, and its history.

    `writes` are its writes, newest last. `basis` is the time of the tags that the first write is based on, unless
    somebody else changed the value since. `reverts` are the times at which the value was found reverted. `others` holds
    the newest values by others from the time of the writes; there are several if their order is unknown.
    """

    value: str
    why: str
    basis: datetime
    writes: tuple[TagWrite, ...] = ()
    reverts: tuple[datetime, ...] = ()
    is_restored: bool = False
    others: tuple[ObservedValue, ...] = ()
    contested_by: str | None = None
    """Principal that reverted the value, if CloudTrail has it."""
    allowed_since: datetime | None = None
    """Time since which a contested key has had an allowed value."""
    leftover_keys: tuple[str, ...] = ()
    """Misspelt keys that could not be removed yet."""

    @property
    def at(self) -> datetime:
        """Time of the last write."""
        return self.writes[-1].until if self.writes else self.basis

    @property
    def is_certain(self) -> bool:
        """True if it is certain that the function wrote the current value."""
        return bool(self.writes) and self.writes[-1].is_certain

    def is_own(self, value: str | None, at: datetime) -> bool:
        """Check if a value that appeared at a given time can be a write of the function."""
        return any(
            value == written.value and written.since - SAME_TIME <= at <= written.until + SAME_TIME
            for written in self.writes
        )

    @property
    def is_reverted(self) -> bool:
        """True from the time at which a revert was found until the next write."""
        return bool(self.reverts) and self.reverts[-1] >= self.at
