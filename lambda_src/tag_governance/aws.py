"""Everything that acting needs, made once for a process."""

from __future__ import annotations

from .act import Aws
from .catalogue import Catalogue
from .clients import Clients
from .ledger import Ledger
from .policy import Policy
from .settings import Settings


def connect(settings: Settings, policy: Policy, catalogue: Catalogue) -> Aws:
    """Clients by the function's own credentials, and the ledger behind them."""
    clients = Clients(policy)
    ledger = Ledger(clients.dynamodb, settings.ledger_table, settings.ledger_retention_days)
    return Aws(policy, catalogue, settings, clients, ledger)
