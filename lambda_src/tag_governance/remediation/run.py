"""State of one invocation: deployment, time budget and AWS calls."""

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
"""Time that a claim outlives its invocation, because clocks differ."""
_LONGEST_CLAIM = timedelta(minutes=15)
"""Maximum run time of a Lambda function."""


class Run:
    """Invocation of the function: its deployment, its time budget, and its AWS calls.

    Args:
        deployment: settings, policy, catalogue and AWS clients.
        budget: the time that is left.
        id: the name of the invocation in claims.
    """

    def __init__(self, deployment: Deployment, budget: Budget, id: str) -> None:
        self.deployment = deployment
        self.budget = budget
        self.id = id
        self.attempts = Attempts(budget, {}, deployment.now)
        self._loaded_gaps: dict[str, Gap] = {}

    @property
    def policy(self) -> Policy:
        """The current policy."""
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
        """Return the API that tags a resource type; None if there is none."""
        return self.deployment.catalogue.type(resource_type).tag_api

    def now(self) -> datetime:
        """Return the current time."""
        return self.deployment.now()

    def claim(self) -> Claim:
        """Build a claim that lasts as long as this invocation can run."""
        left = timedelta(seconds=min(self.budget.remaining(), _LONGEST_CLAIM.total_seconds()))
        return Claim(self.id, self.now() + left + _CLAIM_GRACE)

    def load_gaps(self, gaps: Mapping[str, Gap], probing: Iterable[str]) -> None:
        """Start with the known denials."""
        self._loaded_gaps = dict(gaps)
        self.attempts = Attempts(self.budget, gaps, self.deployment.now, probing)

    def record_gaps(self) -> set[str]:
        """Write the changed denials. Return the accounts for which this failed; their resources must be retried."""
        learnt = [
            Write(gap, self._loaded_gaps[account].version if account in self._loaded_gaps else 0)
            for account, gap in self.attempts.gaps.items()
            if gap != self._loaded_gaps.get(account)
        ]
        outcomes = self.ledger.write(learnt, self.now(), self.budget, CONCLUDE)
        return {write.entry.account for write in learnt if outcomes[write.key] is not None}
