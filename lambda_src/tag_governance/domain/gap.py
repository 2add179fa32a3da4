"""Coverage gaps: denials of an account, one gap for each account, however many resources it hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tag_governance.domain.failure import Failure

GAPS = "gaps"
"""The partition of the index of what is due that all gaps stand in: there are few."""
ASSUME_ROLE = "AssumeRole"
"""Without its role, nothing can be done in an account."""
DENIED_AFTER = 3
"""So many single calls in a row that end in the same denial make a gap of an account."""
PROBE_AFTER = timedelta(minutes=15)
"""Time until an account with a gap is asked again."""
RETRY_AFTER = timedelta(days=1)
"""Time until resources are looked at again when something was denied for them alone."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Denial:
    """Calls of one operation that ended in the same denial, with none succeeding since the first.

    `arns` are the resources that they were for, as many as make a gap.
    """

    code: str
    cause: str
    arns: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """The denials of one account; `version` counts the writes of this entry of the ledger."""

    account: str
    version: int = 0
    denials: Mapping[str, Denial] = field(default_factory=dict)
    next_look: datetime | None = None
    """Time when resources that wait for the account are looked at again."""

    def blocking(self, operation: str) -> Denial | None:
        """Find the denial that makes a call not worth making; None where there is none."""
        role = self.denials.get(ASSUME_ROLE)
        if role is not None:
            return role
        denial = self.denials.get(operation)
        return denial if denial is not None and len(denial.arns) >= DENIED_AFTER else None

    @property
    def is_closed(self) -> bool:
        """True while the account denies something for more than single resources."""
        return any(self.blocking(operation) for operation in self.denials)

    def denied(self, operation: str, failure: Failure, arn: str, now: datetime) -> Gap:
        """Remember one more denial."""
        before = self.denials.get(operation)
        arns, since = (before.arns, before.since) if before and before.code == failure.code else ((), now)
        arns = tuple(dict.fromkeys((*arns, arn)))[:DENIED_AFTER]
        denied = replace(self, denials={**self.denials, operation: Denial(failure.code, failure.cause, arns, since)})
        return replace(denied, next_look=min(self.next_look or _NEVER, now + denied.pause))

    @property
    def pause(self) -> timedelta:
        """Time until the next look, as long as anything waits for the account."""
        return RETRY_AFTER if self.denials and not self.is_closed else PROBE_AFTER

    def answered(self, operation: str, now: datetime) -> Gap:
        """Forget what the account answers again; what waited for it can be looked at now."""
        left = {name: denial for name, denial in self.denials.items() if name not in (operation, ASSUME_ROLE)}
        if len(left) == len(self.denials):
            return self
        return replace(self, denials=left, next_look=now if self.is_closed else self.next_look)

    @property
    def due(self) -> tuple[str, datetime] | None:
        """The partition of the index of what is due, and when somebody has to look at it."""
        return None if self.next_look is None else (GAPS, self.next_look)
