"""Mails to single owners: whom a notice is for, and the mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.policy import MailRules
from tag_governance.reporting.notice_text import text_of, title_of
from tag_governance.reporting.notices import UNKNOWN_OWNER

_LONGEST = 254
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"(?=.{{1,64}}$){_WORD}(?:\.{_WORD})*")
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})+")
"""Addresses that SES accepts. Sources: RFC 5321 and RFC 5322, without quoted parts."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Mail to one address."""

    to: str
    subject: str
    text: str


def accounts_to_ask(body: Mapping[str, Any], rules: MailRules) -> tuple[str, ...]:
    """List the accounts whose contact is needed, because the owner has no address."""
    if not rules.account_contact or address_of(body["owner"], rules) is not None:
        return ()
    return tuple(sorted({resource["account"] for resource in body["resources"]}))


def address_of(owner: str, rules: MailRules) -> str | None:
    """Find the address of an owner: in the table, in the value itself, or by the pattern. None if there is none."""
    if owner in rules.addresses:
        return rules.addresses[owner]
    if "@" not in owner and owner != UNKNOWN_OWNER and rules.pattern is not None and _LOCAL_PART.fullmatch(owner):
        owner = rules.pattern.replace("{owner}", owner)
    return owner if len(owner) <= _LONGEST and _ADDRESS.fullmatch(owner) else None


def mails_of(body: Mapping[str, Any], rules: MailRules, contacts: Mapping[str, str]) -> Iterator[Mail]:
    """Build the mails of a notice.

    Args:
        body: the JSON form of the notice.
        rules: how addresses are found.
        contacts: account to address, for an owner without one.
    """
    address = address_of(body["owner"], rules)
    if address is not None:
        yield Mail(address, title_of(body), text_of(body))
        return
    for account, contact in sorted(contacts.items()):
        part = _part(body, account)
        yield Mail(contact, title_of(part), text_of(part))


def _part(body: Mapping[str, Any], account: str) -> dict[str, Any]:
    resources = [resource for resource in body["resources"] if resource["account"] == account]
    return {
        **body,
        "resources": resources,
        "changed": sum(1 for resource in resources if resource["changes"]),
        "violations": sum(1 for resource in resources if resource["violations"]),
    }
