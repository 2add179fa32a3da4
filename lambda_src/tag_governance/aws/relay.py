"""Delivery of a notice to chat channels and to the mailbox of its owner.

Errors of AWS are raised: Lambda repeats the delivery, and then sets the notice aside in a queue with an alarm.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from tag_governance.aws.clients import Clients
from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.domain.failure import FailureKind
from tag_governance.reporting.mail import Mail

logger = logging.getLogger("tag_governance")


def publish_to_chat(message: dict[str, Any], clients: Clients, topic_arn: str) -> None:
    """Publish a custom notification to the topic of the channels."""
    clients.sns.publish(TopicArn=topic_arn, Message=json.dumps(message))


def send_mails(mails: Iterable[Mail], clients: Clients, sender: str) -> tuple[int, int]:
    """Send mails as plain text. An address that SES refuses does not affect the others.

    Returns:
        The number of mails that were accepted, and of those that SES refuses for good.

    Raises:
        ClientError, BotoCoreError: a mail was not accepted, which may pass. All others were sent.
    """
    errors: list[Exception] = []
    sent = refused = 0
    for mail in mails:
        body: Any = {"Text": {"Data": mail.text, "Charset": "UTF-8"}}
        content: Any = {"Simple": {"Subject": {"Data": mail.subject, "Charset": "UTF-8"}, "Body": body}}
        try:
            clients.ses.send_email(FromEmailAddress=sender, Destination={"ToAddresses": [mail.to]}, Content=content)
            sent += 1
        except AWS_ERRORS as error:
            if failure_of(error).kind is FailureKind.REFUSED:
                refused += 1
                logger.warning("SES refuses a mail: %s", error)
            else:
                errors.append(error)
    if errors:
        raise errors[0]
    return sent, refused


def contacts_of(accounts: Iterable[str], clients: Clients) -> tuple[dict[str, str], list[Exception]]:
    """Read the addresses of accounts from Organizations. An account that has left the organization has none.

    Returns:
        The addresses by account, and the errors of those that could not be read.
    """
    found: dict[str, str] = {}
    errors: list[Exception] = []
    for account in accounts:
        try:
            found[account] = clients.organizations.describe_account(AccountId=account)["Account"]["Email"]
        except AWS_ERRORS as error:
            if not (isinstance(error, ClientError) and error.response["Error"]["Code"] == "AccountNotFoundException"):
                errors.append(error)
    return found, errors
