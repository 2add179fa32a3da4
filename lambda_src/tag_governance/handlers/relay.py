"""Entry point of the relay function, which brings notices from their topic to chat channels and mailboxes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tag_governance.aws.relay import contacts_of, publish_to_chat, send_mails
from tag_governance.domain.budget import Context
from tag_governance.handlers.remediate import deployment
from tag_governance.remediation.deployment import Deployment
from tag_governance.reporting.chat import chat_message
from tag_governance.reporting.mail import accounts_to_ask, mails_of
from tag_governance.reporting.metrics import gauge_document


def handle(event: Mapping[str, Any], context: Context | None) -> dict[str, int]:
    """Deliver the notice of an SNS event.

    Args:
        event: an SNS event of Lambda, which has one record. Its message is the JSON form of a notice.
        context: Lambda's context, unused.

    Returns:
        The number of messages to chat channels (`chat`) and of mails (`mail`).

    Raises:
        SettingsError, PolicyError: the deployment is broken.
        ClientError, BotoCoreError: AWS did not answer, or denies a call. Lambda calls again, so that a part may be
            delivered twice.
    """
    return relay(event, deployment())


def relay(event: Mapping[str, Any], deployment: Deployment) -> dict[str, int]:
    """Deliver the notices of an event with the given deployment."""
    done = {"chat": 0, "mail": 0}
    refused = 0
    for record in event["Records"]:
        body = json.loads(record["Sns"]["Message"])
        rules, clients = deployment.policy.mail, deployment.clients
        if deployment.settings.chat_topic_arn:
            publish_to_chat(chat_message(body), clients, deployment.settings.chat_topic_arn)
            done["chat"] += 1
        if rules is not None:
            contacts, errors = contacts_of(accounts_to_ask(body, rules), clients)
            sent, not_taken = send_mails(mails_of(body, rules, contacts), clients, rules.sender)
            done["mail"] += sent
            refused += not_taken
            if errors:
                raise errors[0]
    if refused:
        print(
            json.dumps(
                gauge_document({"Undeliverable": refused}, deployment.settings.metric_namespace, deployment.now())
            )
        )
    print(json.dumps({"relay": done, "aws_calls": dict(sorted(deployment.pop_calls().items()))}))
    return done
