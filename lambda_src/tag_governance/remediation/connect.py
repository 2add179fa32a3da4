"""Everything that acting needs, made once for a process."""

from __future__ import annotations

from tag_governance.aws.clients import Clients
from tag_governance.aws.ledger import Ledger
from tag_governance.domain.catalogue import Catalogue
from tag_governance.domain.policy import Policy
from tag_governance.domain.settings import Settings
from tag_governance.remediation.act import Aws


def connect(settings: Settings, policy: Policy, catalogue: Catalogue) -> Aws:
    """Clients by the function's own credentials, and the ledger behind them."""
    clients = Clients(policy)
    ledger = Ledger(clients.dynamodb, settings.ledger_table, settings.ledger_retention_days)
    return Aws(policy, catalogue, settings, clients, ledger)
