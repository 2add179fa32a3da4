"""Delivery of a notice to chat channels and to the mailbox of its owner.

Errors of AWS are raised: Lambda repeats the delivery, and then sets the notice aside in a queue with an alarm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from tag_governance.aws.clients import Clients
from tag_governance.aws.errors import AWS_ERRORS
from tag_governance.reporting.mail import Mail


def publish_to_chat(message: dict[str, Any], clients: Clients, topic_arn: str) -> None:
    """Publish a custom notification to the topic of the channels."""
    clients.sns.publish(TopicArn=topic_arn, Message=json.dumps(message, ensure_ascii=False))


def send_mails(mails: Iterable[Mail], clients: Clients, sender: str) -> int:
    """Send mails as plain text, and return their number. An address that SES refuses does not affect the others.

    Raises:
        ClientError, BotoCoreError: a mail was not accepted. All others were sent.
    """
    errors: list[Exception] = []
    sent = 0
    for mail in mails:
        body: Any = {"Text": {"Data": mail.text, "Charset": "UTF-8"}}
        content: Any = {"Simple": {"Subject": {"Data": mail.subject, "Charset": "UTF-8"}, "Body": body}}
        try:
            clients.ses.send_email(FromEmailAddress=sender, Destination={"ToAddresses": [mail.to]}, Content=content)
            sent += 1
        except AWS_ERRORS as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return sent


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
