"""Domain types of the function: enums for closed sets, frozen dataclasses for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tag_governance.domain.failure import Failure

Tags = Mapping[str, str]

SAME_TIME = timedelta(seconds=2)
"""Times of events are whole seconds: two that are so close have no order."""


class Mode(StrEnum):
    """The limit up to which a scope lets the function go."""

    OBSERVE = "observe"
    NOTIFY = "notify"
    REMEDIATE = "remediate"


class ActorSource(StrEnum):
    """Part of an assumed role's session that may name the person behind it."""

    SOURCE_IDENTITY = "source_identity"
    """Set by whoever lets people assume roles; it stays the same when one role assumes another."""
    SESSION_NAME = "session_name"
    """Often an e-mail address; never that of a machine."""
    ROLE_NAME = "role_name"
    """The name of the role, for machines as for people."""


class Source(StrEnum):
    """The kind of message that an observation was made from."""

    CREATION = "creation"
    TAG_CHANGE = "tag_change"
    NOTIFICATION = "notification"
    """An event of a service itself, as of a change of state; it carries neither tags nor who is behind it."""
    RECHECK = "recheck"
    """The function's own request to look again; it carries no tags."""


class Problem(StrEnum):
    """The faults that one governed tag of one resource can have."""

    MISSING = "missing"
    MISSPELT_KEY = "misspelt_key"
    AMBIGUOUS_KEY = "ambiguous_key"
    OLD_KEY_LEFT = "old_key_left"
    """The right key was written, but the misspelt one could not be removed."""
    MISSPELT_VALUE = "misspelt_value"
    VALUE_NOT_ALLOWED = "value_not_allowed"
    NO_ROOM = "no_room"
    CONTESTED = "contested"
    """Corrected several times and changed back each time: the function no longer corrects it."""
    OVERWRITTEN = "overwritten"
    """The function wrote over somebody's allowed value, and cannot tell for certain what to put back."""


class Status(StrEnum):
    """The verdict on one resource."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non_compliant"
    EXEMPT = "exempt"
    UNDECIDED = "undecided"
    """A fact is missing that only AWS can tell: read it and decide again."""
    NOT_EVALUATED = "not_evaluated"
    """It cannot be decided; a coverage gap, never counted as compliant."""
    GONE = "gone"
    UNCONFIRMED = "unconfirmed"
    """A finding that nothing has confirmed for so long that it no longer counts as one."""
    """The resource no longer exists."""
    IGNORED = "ignored"
    """No rule of the schema applies, or the event is not about a resource of its own account."""


@dataclass(frozen=True, slots=True)
class RelatedResource:
    """A resource whose tags may be inherited."""

    arn: str
    resource_type: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Creation of a resource: what a value may be derived from besides its tags and its account.

    `request_tags` are all tags of the creating call, those of sibling resources included; `related` are the resources
    that this one was made from or in.
    """

    at: datetime
    actor: str | None = None
    request_tags: Tags = field(default_factory=dict)
    related: tuple[RelatedResource, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """Content of one message about one resource.

    `tags` is None when the message does not say; `version` is the counter of tag changes, and `changed` are the keys
    that the change was about, where the event has them; `origin` is None unless the message is about the creation.
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
    """ARN of the resource that this one hangs on, where the event named only that."""
    case_sensitive_keys: bool = True
    """False where AWS takes two spellings of a key for one (IAM roles and users)."""
    taggable: bool = True
    """False where only a change of the resource itself writes its tags: then a person has to."""
    other_arns: tuple[str, ...] = ()
    """The other ways to write its ARN."""

    @property
    def is_named(self) -> bool:
        """False until the ARN is known: the event named only a parent resource, such as the instance of a volume."""
        return self.arn != self.attached_to

    @property
    def subject(self) -> tuple[str, str]:
        """The type and the resource that the message named: the same before and after the ARN was found."""
        return self.resource_type, self.attached_to or self.arn

    @property
    def actor(self) -> str | None:
        """The person or pipeline that created the resource, where known."""
        return self.origin.actor if self.origin else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All tags of a resource at a moment.

    `is_read` is False where an event showed them, or the function itself wrote them: a read may be behind. `changed`
    are the keys that an event is about; None where it does not say.
    """

    tags: Tags
    at: datetime
    version: int | None = None
    is_read: bool = False
    changed: tuple[str, ...] | None = None

    def of(self, key: str) -> Shown | None:
        """Find the value of a key in this evidence; None where it is about other keys."""
        if self.changed is not None and key not in self.changed:
            return None
        return Shown(self.tags.get(key), self.at, self.version)

    def is_newer_than(self, other: Evidence) -> bool:
        """Compare by the counter of tag changes where both have one, else by time."""
        if self.version is not None and other.version is not None:
            return self.version > other.version
        return self.at > other.at


@dataclass(frozen=True, slots=True)
class Put:
    """A set of tags that replaced another: what somebody else wrote between the two times is lost.

    `meant` are the keys that the function wanted to write or remove; `others` is the newest that events have shown of
    other keys from between the two times: more than one value where these have no order, and none where somebody had a
    later word.
    """

    read: datetime
    written: datetime
    tags: Tags
    meant: tuple[str, ...]
    others: dict[str, tuple[Shown, ...]] = field(default_factory=dict)

    def remembering(self, shown: Iterable[Evidence]) -> Put:
        """Look for what somebody else wrote between the two times, key by key."""
        others = dict(self.others)
        for evidence in shown:
            if evidence.at < self.read - SAME_TIME:
                continue
            if evidence.at > self.written + SAME_TIME:
                others |= dict.fromkeys(sorted({*(evidence.changed or ())} - {*self.meant}), ())
                continue
            is_echo = self._is_echo(evidence)
            for key in sorted({*evidence.tags, *(evidence.changed or ())} - {*self.meant}):
                seen = evidence.of(key)
                if seen is None or others.get(key) == () or seen in others.get(key, ()):
                    continue
                if not (is_echo and seen.value == self.tags.get(key)):
                    known = [shown for shown in others.get(key, ()) if not seen.is_newer_than(shown)]
                    if not any(shown.is_newer_than(seen) for shown in known):
                        others[key] = (*known, seen)
        return replace(self, others=others)

    def _is_echo(self, evidence: Evidence) -> bool:
        """Say if this put itself may be what an event shows."""
        if evidence.changed is None:
            return True
        return any(key in evidence.changed and evidence.tags.get(key) == self.tags.get(key) for key in self.meant)


@dataclass(frozen=True, slots=True)
class Fix:
    """A tag to write, the keys it takes the place of, and why this value."""

    key: str
    value: str
    why: str
    remove_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule. `found` is the offending key or value; `fix` is None where only a person can decide."""

    key: str
    problem: Problem
    found: str | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that a decision waits for."""

    kind: NeedKind
    subject: str
    """An account id, or the ARN of a related resource."""
    resource_type: str | None = None


class NeedKind(StrEnum):
    """The questions that can be asked of AWS on behalf of a decision."""

    SCOPE_OF_ACCOUNT = "scope_of_account"
    ACCOUNT_TAGS = "account_tags"
    RELATED_TAGS = "related_tags"


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers to needs.

    A subject that is absent was not asked about yet. A failure means that it could not be asked: a decision that needs
    it waits. A scope of None, and empty tags, are known to be so.
    """

    scope_of_account: Mapping[str, str | Failure | None] = field(default_factory=dict)
    account_tags: Mapping[str, Tags | Failure] = field(default_factory=dict)
    related_tags: Mapping[str, Tags | Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The schema applied to an observation."""

    observation: Observation
    status: Status
    scope: str | None = None
    mode: Mode = Mode.OBSERVE
    violations: tuple[Violation, ...] = ()
    upgrades: tuple[Fix, ...] = ()
    """Values to write though nothing is violated: in place of the function's own default, or of what it wrote over."""
    kept: Mapping[str, Kept] = field(default_factory=dict)
    """Memory of each corrected key, this look included."""
    needs: tuple[Need, ...] = ()
    failure: Failure | None = None
    """Reason why a fact could not be asked, where the decision waits for it."""
    reason: str = ""
    """The exemption that applied, or why it was not evaluated."""

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The changes that this verdict asks for."""
        return (*(v.fix for v in self.violations if v.fix is not None), *self.upgrades)

    @property
    def is_to_be_written(self) -> bool:
        """True where the scope lets the function write, and there is something to write."""
        decided = self.status in (Status.NON_COMPLIANT, Status.COMPLIANT)
        return decided and self.mode is Mode.REMEDIATE and bool(self.fixes)


@dataclass(frozen=True, slots=True)
class Shown:
    """The value of one key, None for absent, as an event shows it."""

    value: str | None
    at: datetime
    version: int | None = None

    def is_newer_than(self, other: Shown) -> bool | None:
        """Compare by the counter of tag changes where both have one, else by time; None where they have no order."""
        if self.version is not None and other.version is not None:
            return self.version > other.version
        return None if abs(self.at - other.at) <= SAME_TIME else self.at > other.at


@dataclass(frozen=True, slots=True)
class Written:
    """A value that the function wrote at some time between two moments.

    `is_certain` is False where the write was cut short, and only the tags tell that it was made: somebody else may have
    written the same.
    """

    value: str
    since: datetime
    until: datetime
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that the function wrote for one key of a resource, and what became of it.

    `wrote` are its writes, the current one last; `basis` is the time of the tags that the first of them was decided by,
    as long as nobody else had a word in between. `undone` are the times at which the value was found changed back;
    `others` is the newest that events showed of somebody else from the time of the writes: more than one value where
    these have no order.
    """

    value: str
    why: str
    basis: datetime
    wrote: tuple[Written, ...] = ()
    undone: tuple[datetime, ...] = ()
    restored: bool = False
    others: tuple[Shown, ...] = ()
    contested_by: str | None = None
    """Principal that changed it back, where CloudTrail says so."""
    allowed_since: datetime | None = None
    """Since when a contested key has had an allowed value."""
    left: tuple[str, ...] = ()
    """The misspelt keys that could not be removed yet."""

    @property
    def at(self) -> datetime:
        """Time of the last write."""
        return self.wrote[-1].until if self.wrote else self.basis

    @property
    def is_certain(self) -> bool:
        """True where it is certain that the function wrote the current value."""
        return bool(self.wrote) and self.wrote[-1].is_certain

    def is_own(self, value: str | None, at: datetime) -> bool:
        """Say if a change to a value at a time may be a write of the function."""
        return any(
            value == written.value and written.since - SAME_TIME <= at <= written.until + SAME_TIME
            for written in self.wrote
        )

    @property
    def is_undone(self) -> bool:
        """True from the moment it was found changed back until it is written again."""
        return bool(self.undone) and self.undone[-1] >= self.at
