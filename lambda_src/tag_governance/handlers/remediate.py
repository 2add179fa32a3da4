"""Entry point of the remediation function. It takes a batch of SQS records and returns the ids of those to retry."""

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
    """Process a batch of events about created or tagged resources.

    Args:
        event: an SQS event of Lambda. The body of each record is one EventBridge event.
        context: Lambda's context, with the time that is left.

    Returns:
        `{"batchItemFailures": [{"itemIdentifier": messageId}, ...]}`, the format of partial batch responses.

    Raises:
        SettingsError, PolicyError: the deployment is broken. The whole batch stays in the queue.
    """
    return remediate(event, context, deployment())


def remediate(event: Mapping[str, Any], context: Context | None, deployment: Deployment) -> dict[str, Any]:
    """Process a batch of events with the given deployment."""
    batch = Batch(deployment, Budget.of(context))
    for record in event["Records"]:
        batch.add(record)
    failed = batch.finish()
    metrics = metric_documents(
        batch.results, batch.dead_letter_count, batch.ignored_count, deployment.settings.metric_namespace, batch.now
    )
    # One JSON object per line: CloudWatch extracts the metrics, Logs Insights the fields of the other lines.
    for line in (*audit_lines(batch.results), *metrics, batch.summary(failed)):
        print(json.dumps(line))
    return {"batchItemFailures": [{"itemIdentifier": key} for key in failed]}


@lru_cache(maxsize=1)
def deployment() -> Deployment:
    """Build the deployment from the environment, once per process."""
    settings = Settings.from_environment(os.environ)
    return Deployment(settings, load_policy(settings), load_catalogue())
