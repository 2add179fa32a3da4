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
    """Settle what no message brings back.

    Args:
        event: the schedule's input, unused.
        context: Lambda's context, which says how much time is left.

    Returns:
        How many entries were told, could not be delivered, and are to be looked at again.

    Raises:
        SettingsError, PolicyError: the deployment itself is broken.
    """
    return settle(context, deployment())


def settle(context: Context | None, deployment: Deployment) -> dict[str, int]:
    """Settle what no message brings back, with a deployment that is passed in."""
    settlement = Settlement(deployment, Budget.of(context))
    settlement.settle()
    done = {"told": settlement.told, "undeliverable": settlement.undeliverable, "asked": settlement.asked}
    counts = {**settlement.gauges, **({"Undeliverable": settlement.undeliverable} if settlement.undeliverable else {})}
    print(json.dumps(gauge_document(counts, deployment.settings.metric_namespace, settlement.now)))
    print(json.dumps({"settlement": done, "aws_calls": dict(sorted(deployment.take_calls().items()))}))
    return done
