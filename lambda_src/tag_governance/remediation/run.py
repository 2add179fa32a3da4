"""Tools of one invocation: deployment, budget and AWS calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.clients import Clients
from tag_governance.aws.ledger import Ledger, Write
from tag_governance.domain.budget import CONCLUDE, Budget
from tag_governance.domain.entry import Claim
from tag_governance.domain.gap import Gap
from tag_governance.domain.policy import Policy
from tag_governance.remediation.deployment import Deployment

_CLAIM_GRACE = timedelta(seconds=10)
"""Clocks differ: a claim outlives its invocation by so much."""
_LONGEST_CLAIM = timedelta(minutes=15)
"""Lambda ends every invocation within it."""


class Run:
    """Invocation of the function: its deployment, the time it has, and the calls it makes.

    Args:
        deployment: settings, policy, catalogue and AWS.
        budget: the time that is left.
        id: the invocation's name in claims.
    """

    def __init__(self, deployment: Deployment, budget: Budget, id: str) -> None:
        self.deployment = deployment
        self.budget = budget
        self.id = id
        self.attempts = Attempts(budget, {}, deployment.now)
        self._known: dict[str, Gap] = {}

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.deployment.policy

    @property
    def clients(self) -> Clients:
        """AWS clients."""
        return self.deployment.clients

    @property
    def ledger(self) -> Ledger:
        """The ledger table."""
        return self.deployment.ledger

    def tag_api(self, resource_type: str) -> str | None:
        """Return the API that tags a type; None where none does."""
        return self.deployment.catalogue.type(resource_type).tag_api

    def now(self) -> datetime:
        """Return the current time."""
        return self.deployment.now()

    def claim(self) -> Claim:
        """Build a claim: the right to bring an entry to its end, for as long as this invocation can last."""
        left = timedelta(seconds=min(self.budget.remaining(), _LONGEST_CLAIM.total_seconds()))
        return Claim(self.id, self.now() + left + _CLAIM_GRACE)

    def know(self, gaps: Mapping[str, Gap], probing: Iterable[str]) -> None:
        """Begin with what accounts are known to deny."""
        self._known = dict(gaps)
        self.attempts = Attempts(self.budget, gaps, self.deployment.now, probing)

    def record_gaps(self) -> set[str]:
        """Write what was learnt of accounts. Returns those for which this failed: what waits for them comes back."""
        learnt = [
            Write(gap, self._known[account].version if account in self._known else 0)
            for account, gap in self.attempts.gaps.items()
            if gap != self._known.get(account)
        ]
        outcomes = self.ledger.write(learnt, self.now(), self.budget, CONCLUDE)
        return {write.entry.account for write in learnt if outcomes[write.key] is not None}
