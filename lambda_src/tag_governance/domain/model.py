"""The words of the runtime as values: closed sets are enums, everything else is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tag_governance.domain.failure import Failure

Tags = Mapping[str, str]


class Mode(StrEnum):
    """How far a scope lets the function go."""

    OBSERVE = "observe"
    NOTIFY = "notify"
    REMEDIATE = "remediate"


class EventMatching(StrEnum):
    """How the rules pick the events of creations."""

    EXACT = "exact"
    PREFIX = "prefix"
    """Events of other creations come as well."""


class Source(StrEnum):
    """The kind of event that an observation was made from."""

    CREATION = "creation"
    TAG_CHANGE = "tag_change"


class Problem(StrEnum):
    """What is wrong with one governed tag of one resource."""

    MISSING = "missing"
    MISSPELT_KEY = "misspelt_key"
    AMBIGUOUS_KEY = "ambiguous_key"
    MISSPELT_VALUE = "misspelt_value"
    VALUE_NOT_ALLOWED = "value_not_allowed"
    NO_ROOM = "no_room"


class Status(StrEnum):
    """The verdict on one resource."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non_compliant"
    EXEMPT = "exempt"
    UNDECIDED = "undecided"
    """A fact is missing that only AWS can tell: read it and decide again."""
    NOT_EVALUATED = "not_evaluated"
    """It can not be decided; a coverage gap, never counted as compliant."""
    IGNORED = "ignored"
    """No rule of the schema applies to this resource."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known about one resource at one moment.

    `tags` is None when the event does not say; `request_tags` are all tags of the creating call, those of sibling
    resources included; `related` are the ARNs of resources that this one was made from or in.
    """

    arn: str
    resource_type: str
    account: str
    region: str
    time: datetime
    source: Source
    event_id: str
    tags: Tags | None = None
    actor: str | None = None
    request_tags: Tags = field(default_factory=dict)
    related: tuple[RelatedResource, ...] = ()
    attached_to: str | None = None
    """ARN of the resource that this one hangs on, where the event named only that."""
    case_sensitive_keys: bool = True
    """False where AWS takes two spellings of a key for one (IAM roles and users)."""
    taggable: bool = True
    """False where only a change of the resource itself writes its tags: then a person has to."""

    @property
    def is_named(self) -> bool:
        """False while this stands for all resources of its type that hang on another, which gives the ARN."""
        return self.arn != self.attached_to

    @property
    def subject(self) -> tuple[str, str]:
        """What the event was about: the same before and after the resource was named."""
        return self.resource_type, self.attached_to or self.arn


@dataclass(frozen=True, slots=True)
class RelatedResource:
    """A resource whose tags may be inherited."""

    arn: str
    resource_type: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One tag to write, the keys it takes the place of, and why this value."""

    key: str
    value: str
    why: str
    remove_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `found` is the offending key or value; `fix` is None where only a person can decide."""

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
    """What can be asked of AWS on behalf of a decision."""

    SCOPE_OF_ACCOUNT = "scope_of_account"
    ACCOUNT_TAGS = "account_tags"
    RELATED_TAGS = "related_tags"


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers to needs. A subject that is absent was not asked yet; None means it could not be read."""

    scope_of_account: Mapping[str, str | None] = field(default_factory=dict)
    account_tags: Mapping[str, Tags | None] = field(default_factory=dict)
    related_tags: Mapping[str, Tags | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The schema applied to an observation."""

    observation: Observation
    status: Status
    scope: str | None = None
    mode: Mode = Mode.OBSERVE
    violations: tuple[Violation, ...] = ()
    needs: tuple[Need, ...] = ()
    reason: str = ""
    """Which exemption applied, or why it was not evaluated."""

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The changes this verdict asks for."""
        return tuple(v.fix for v in self.violations if v.fix is not None)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one resource in one batch."""

    verdict: Verdict
    changed: bool = False
    """The fixes of the verdict were written."""
    attempted: bool = False
    """The fixes were sent to AWS, whatever came of it."""
    gone: bool = False
    """The resource no longer exists; nothing is left to do."""
    failure: Failure | None = None
    """Why it could not be finished; its record is tried again."""

    @property
    def remaining(self) -> tuple[Violation, ...]:
        """The violations that are still there."""
        if self.gone:
            return ()
        return tuple(v for v in self.verdict.violations if not (self.changed and v.fix is not None))

    @property
    def status(self) -> Status:
        """The status after what was done."""
        if self.verdict.status is Status.NON_COMPLIANT and not self.remaining:
            return Status.IGNORED if self.gone else Status.COMPLIANT
        return self.verdict.status
