"""Entry point of the remediation function: a batch of SQS records in, the ids of those to try again out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tag_governance.aws.policy_store import load_policy
from tag_governance.domain.budget import Budget, Context
from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.settings import Settings
from tag_governance.remediation.batch import Batch
from tag_governance.remediation.deployment import Deployment
from tag_governance.reporting.audit import audit_lines
from tag_governance.reporting.metrics import metric_documents


def handle(event: Mapping[str, Any], context: Context | None) -> dict[str, Any]:
    """Govern what a batch of events created or tagged.

    Args:
        event: an SQS event of Lambda; each record's body is one EventBridge event.
        context: Lambda's context, which says how much time is left.

    Returns:
        `{"batchItemFailures": [{"itemIdentifier": messageId}, ...]}`, as partial batch responses want it.

    Raises:
        SettingsError, PolicyError: the deployment itself is broken; the whole batch stays in the queue.
    """
    return remediate(event, context, deployment())


def remediate(event: Mapping[str, Any], context: Context | None, deployment: Deployment) -> dict[str, Any]:
    """Govern what a batch of events created or tagged, with a deployment that is passed in."""
    batch = Batch(deployment, Budget.of(context))
    for record in event["Records"]:
        batch.take(record)
    failed = batch.finish()
    metrics = metric_documents(
        batch.results, batch.given_up, batch.ignored, deployment.settings.metric_namespace, batch.now
    )
    # One JSON object a line: CloudWatch extracts the metrics, Logs Insights the fields of the others.
    for line in (*audit_lines(batch.results), *metrics, batch.summary(failed)):
        print(json.dumps(line))
    return {"batchItemFailures": [{"itemIdentifier": key} for key in failed]}


@lru_cache(maxsize=1)
def deployment() -> Deployment:
    """Build the deployment of this process from its environment, once."""
    settings = Settings.from_environment(os.environ)
    return Deployment(settings, load_policy(settings), load_catalogue())
