"""Mails to single owners: who gets them, and what is in them."""

from __future__ import annotations

from typing import Any

import pytest

from tag_governance.domain.policy import MailRules
from tag_governance.reporting.mail import accounts_to_ask, address_of, mails_of

RULES = MailRules("tags@example.com", "{owner}@example.com", {"Team Web": "web@example.net"}, account_contact=True)
NO_PATTERN = MailRules("tags@example.com", None, {}, account_contact=True)
SHOP, SEARCH = "111122223333", "444455556666"


def resource(account: str) -> dict[str, Any]:
    return {
        "arn": f"arn:aws:sqs:eu-central-1:{account}:orders",
        "resource_type": "sqs:queue",
        "account": account,
        "region": "eu-central-1",
        "mode": "notify",
        "first_seen": None,
        "cause": None,
        "changes": [],
        "violations": [{"key": "Cost", "problem": "missing", "found": None, "proposed": None}],
    }


def notice(owner: str) -> dict[str, Any]:
    return {
        "version": 1,
        "id": "n",
        "policy": "tags",
        "owner": owner,
        "changed": 0,
        "violations": 2,
        "resources": [resource(SHOP), resource(SEARCH)],
    }


@pytest.mark.parametrize(
    ("owner", "address"),
    [
        ("ann@example.org", "ann@example.org"),
        ("ann", "ann@example.com"),
        ("ann.b+c", "ann.b+c@example.com"),
        ("Team Web", "web@example.net"),
        ("Team Search", None),
        ("unknown", None),
        ("", None),
        ("ann@example.org, eve@example.net", None),
        ("ann\n@example.org", None),
        ("ann@localhost", None),
        (".", None),
        ("a..b", None),
        ("..@example.org", None),
        ("ann@-x.-y", None),
        (f"{'a' * 65}@example.org", None),
        (f"ann@{'.'.join(['a' * 60] * 5)}.org", None),
    ],
)
def test_the_address_comes_from_the_table_the_value_or_the_pattern(owner: str, address: str | None) -> None:
    assert address_of(owner, RULES) == address


def test_without_a_pattern_only_addresses_and_the_table_count() -> None:
    assert address_of("ann", NO_PATTERN) is None
    assert address_of("ann@example.org", NO_PATTERN) == "ann@example.org"


def test_one_mail_holds_the_whole_notice() -> None:
    (mail,) = mails_of(notice("ann"), RULES, {})

    assert (mail.to, mail.subject) == ("ann@example.com", "[tags] 2 resource(s): 0 changed, 2 with violations")
    assert SHOP in mail.text
    assert SEARCH in mail.text
    assert "Cost is missing. Add the tag." in mail.text


def test_without_an_address_each_account_gets_its_own_part() -> None:
    body = notice("unknown")
    assert accounts_to_ask(body, RULES) == (SHOP, SEARCH)

    mails = list(mails_of(body, RULES, {SHOP: "shop@example.com", SEARCH: "search@example.com"}))

    assert [mail.to for mail in mails] == ["shop@example.com", "search@example.com"]
    assert SHOP in mails[0].text
    assert SEARCH not in mails[0].text
    assert mails[0].subject == "[tags] 1 resource(s): 0 changed, 1 with violations"


def test_an_account_without_a_contact_gets_no_mail() -> None:
    assert [mail.to for mail in mails_of(notice("unknown"), RULES, {SEARCH: "s@example.com"})] == ["s@example.com"]


def test_an_owner_with_an_address_needs_no_contact() -> None:
    assert accounts_to_ask(notice("ann"), RULES) == ()
    assert accounts_to_ask(notice("unknown"), MailRules("tags@example.com", None, {}, account_contact=False)) == ()
