"""Coverage gaps: the denials of an account. There is one gap per account, for any number of affected resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tag_governance.domain.failure import Failure

GAPS = "gaps"
"""Partition of the index that contains all gaps; there are few."""
ASSUME_ROLE = "AssumeRole"
"""Pseudo operation for the role itself. Without the role, every call in the account fails."""
DENIED_AFTER = 3
"""Consecutive calls with the same denial after which the account counts as denying."""
PROBE_AFTER = timedelta(minutes=15)
"""Time until the function tries a denying account again."""
RETRY_AFTER = timedelta(days=1)
"""Time until single denied resources are evaluated again."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Denial:
    """Consecutive calls of one operation that ended in the same denial.

    `arns` are the affected resources, at most `DENIED_AFTER`.
    """

    code: str
    cause: str
    arns: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Denials of one account. `version` counts the writes of this ledger entry."""

    account: str
    version: int = 0
    denials: Mapping[str, Denial] = field(default_factory=dict)
    next_look: datetime | None = None
    """Time to evaluate the affected resources again."""

    def blocking_denial(self, operation: str) -> Denial | None:
        """Return the denial because of which a call is not made, or None."""
        role = self.denials.get(ASSUME_ROLE)
        if role is not None:
            return role
        denial = self.denials.get(operation)
        return denial if denial is not None and len(denial.arns) >= DENIED_AFTER else None

    @property
    def is_closed(self) -> bool:
        """True if the account denies an operation for more than single resources."""
        return any(self.blocking_denial(operation) for operation in self.denials)

    def with_denial(self, operation: str, failure: Failure, arn: str, now: datetime) -> Gap:
        """Add a denial."""
        before = self.denials.get(operation)
        arns, since = (before.arns, before.since) if before and before.code == failure.code else ((), now)
        arns = tuple(dict.fromkeys((*arns, arn)))[:DENIED_AFTER]
        denied = replace(self, denials={**self.denials, operation: Denial(failure.code, failure.cause, arns, since)})
        return replace(denied, next_look=min(self.next_look or _NEVER, now + denied.pause))

    @property
    def pause(self) -> timedelta:
        """Time until the next attempt, while resources are affected."""
        return RETRY_AFTER if self.denials and not self.is_closed else PROBE_AFTER

    def without_denial(self, operation: str, now: datetime) -> Gap:
        """Remove the denial of an operation that succeeded. The affected resources can be evaluated now."""
        left = {name: denial for name, denial in self.denials.items() if name not in (operation, ASSUME_ROLE)}
        if len(left) == len(self.denials):
            return self
        return replace(self, denials=left, next_look=now if self.is_closed else self.next_look)

    @property
    def due(self) -> tuple[str, datetime] | None:
        """Partition and time in the index of due entries."""
        return None if self.next_look is None else (GAPS, self.next_look)
