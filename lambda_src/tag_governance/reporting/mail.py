"""Mails to single owners: whom a notice is for, and the mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.policy import MailRules
from tag_governance.reporting.notice_text import text_of, title_of
from tag_governance.reporting.notices import UNKNOWN_OWNER

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9._+-]{1,64}")


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
    if _ADDRESS.fullmatch(owner):
        return owner
    if rules.pattern is None or owner == UNKNOWN_OWNER or not _LOCAL_PART.fullmatch(owner):
        return None
    return rules.pattern.replace("{owner}", owner)


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
    for account in accounts_to_ask(body, rules):
        if account in contacts:
            part = _part(body, account)
            yield Mail(contacts[account], title_of(part), text_of(part))


def _part(body: Mapping[str, Any], account: str) -> dict[str, Any]:
    resources = [resource for resource in body["resources"] if resource["account"] == account]
    return {
        **body,
        "resources": resources,
        "changed": sum(1 for resource in resources if resource["changes"]),
        "violations": sum(1 for resource in resources if resource["violations"]),
    }
