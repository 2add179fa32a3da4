"""Entry point of the settlement function, which runs on a schedule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tag_governance.domain.budget import Budget, Context
from tag_governance.handlers.remediate import deployment
from tag_governance.remediation.deployment import Deployment
from tag_governance.remediation.settlement import Settlement
from tag_governance.reporting.metrics import gauge_document


def handle(event: Mapping[str, Any], context: Context | None) -> dict[str, int]:
    """Process due ledger entries that no message brings back.

    Args:
        event: the input of the schedule, unused.
        context: Lambda's context, with the time that is left.

    Returns:
        The number of entries that were reported (`told`), that the topic refused, and for which a recheck was
        requested.

    Raises:
        SettingsError, PolicyError: the deployment is broken.
    """
    return settle(context, deployment())


def settle(context: Context | None, deployment: Deployment) -> dict[str, int]:
    """Process due ledger entries with the given deployment."""
    settlement = Settlement(deployment, Budget.of(context))
    settlement.settle()
    done = {
        "told": settlement.notified_count,
        "undeliverable": settlement.undeliverable,
        "asked": settlement.rechecks_requested,
    }
    counts = {**settlement.gauges, **({"Undeliverable": settlement.undeliverable} if settlement.undeliverable else {})}
    print(json.dumps(gauge_document(counts, deployment.settings.metric_namespace, settlement.now)))
    print(json.dumps({"settlement": done, "aws_calls": dict(sorted(deployment.pop_calls().items()))}))
    return done
