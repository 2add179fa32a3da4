"""Objects that live as long as the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from tag_governance.domain.catalogue import Catalogue
from tag_governance.domain.policy import Policy
from tag_governance.domain.settings import Settings

if TYPE_CHECKING:
    from tag_governance.aws.clients import Clients
    from tag_governance.aws.ledger import Ledger
    from tag_governance.aws.organization import Organization

SHORTEST_LAG = timedelta(seconds=15)
"""Minimum lag that is assumed for tag indexes, even if no settling time is configured."""


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """Generate a unique id."""
    return uuid4().hex


@dataclass(frozen=True)
class Deployment:
    """Settings, policy, catalogue and AWS clients of a process."""

    settings: Settings
    policy: Policy
    catalogue: Catalogue
    now: Callable[[], datetime] = system_clock
    new_id: Callable[[], str] = random_id

    @cached_property
    def clients(self) -> Clients:
        """AWS clients, created on first use, which also imports the SDK."""
        from tag_governance.aws.clients import Clients

        return Clients(self.policy)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger table."""
        from tag_governance.aws.ledger import Ledger

        return Ledger(self.clients.dynamodb, self.settings.ledger_table, self.settings.ledger_retention_days)

    @cached_property
    def organization(self) -> Organization:
        """Scopes of accounts, as AWS Organizations has them."""
        from tag_governance.aws.organization import Organization

        return Organization(self.clients, self.policy, self.now)

    @property
    def lag(self) -> timedelta:
        """Maximum lag of a tag index."""
        return max(timedelta(seconds=self.policy.settle_seconds), SHORTEST_LAG)

    def pop_calls(self) -> dict[str, int]:
        """Return the AWS calls since the last call of this method, and reset them."""
        if "clients" not in self.__dict__:
            return {}
        calls = dict(self.clients.calls)
        self.clients.calls.clear()
        return calls
