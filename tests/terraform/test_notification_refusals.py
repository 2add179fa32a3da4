"""Wrong settings of notifications are refused at plan, with one line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.conftest import Root, assert_refused
from tests.terraform.inputs import ACCOUNT, ORGANIZATION, SCHEMA, subscription

TEAMS_CHANNEL = {
    "tenant_id": "11111111-2222-3333-4444-555555555555",
    "team_id": "11111111-2222-3333-4444-555555555555",
    "channel_id": "19%3aab@thread.tacv2",
}


def mails(**fields: Any) -> dict[str, Any]:
    return {"notifications": {"owner_tag": "Owner", "email_from": "tags@example.com", **fields}}


# What is wrong, the variables on top of the schema, and what the message has to say.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "owner tag that is no key": (
        {"notifications": {"owner_tag": "owner"}},
        ['notifications.owner_tag is "owner"', "Owner"],
    ),
    "digest of more than a day": (
        {"notifications": {"digest_minutes": 1441}},
        ["notifications.digest_minutes is 1441", "0 to 1440"],
    ),
    "digest of less than nothing": ({"notifications": {"digest_minutes": -1}}, ["notifications.digest_minutes is -1"]),
    "digest with a fraction": (
        {"notifications": {"digest_minutes": 7.5}},
        ["notifications.digest_minutes is 7.5", "whole number"],
    ),
    "unknown topic": (
        {"notifications": {"subscriptions": {"team": {"protocol": "email", "endpoint": "a@b.c", "topic": "news"}}}},
        ['subscriptions["team"].topic is "news"', "notifications and alarms"],
    ),
    "unknown protocol": (subscription("slack", "#team"), ['subscriptions["team"].protocol is "slack"', "email"]),
    "no protocol": (
        {"notifications": {"subscriptions": {"team": {"protocol": None, "endpoint": "x"}}}},
        ['protocol is ""'],
    ),
    "null for a subscription": (
        {"notifications": {"subscriptions": {"team": None}}},
        ['subscriptions["team"] is null'],
    ),
    "e-mail without an at sign": (
        subscription("email", "team"),
        ['subscriptions["team"].endpoint is "team"', "no e-mail address"],
    ),
    "https endpoint without TLS": (subscription("https", "http://example.com"), ['"http://example.com"', "https://"]),
    "queue by its URL": (subscription("sqs", "https://sqs/queue"), ['endpoint is "https://sqs/queue"', "arn:aws:sqs:"]),
    "function by its name": (subscription("lambda", "notify"), ['endpoint is "notify"', "arn:aws:lambda:"]),
    "telephone number without a country": (
        subscription("sms", "0155501234"),
        ['endpoint is "0155501234"', "+14155550123"],
    ),
    "sender that is no address": (
        {"notifications": {"email_from": "tags", "email_account_contact": True}, "organization": ORGANIZATION},
        ['notifications.email_from is "tags"', "plain address"],
    ),
    "sender with a display name": (
        mails(email_from="Tags<tags@example.com>"),
        ['notifications.email_from is "Tags<tags@example.com>"', "plain address"],
    ),
    "sender with a wildcard": (mails(email_from="*@*.example"), ['email_from is "*@*.example"', "plain address"]),
    "owner that chooses the domain": (
        mails(email_pattern="{owner}@{owner}.example.com"),
        ['email_pattern is "{owner}@{owner}.example.com"', "once, before the @"],
    ),
    "one channel under two names": (
        {
            "notifications": {
                "chat": {"slack": {name: {"workspace_id": "T0123ABCD", "channel_id": "C0123ABCD"} for name in "ab"}}
            }
        },
        ["notifications.chat.slack: a and b are the same channel", "keep one"],
    ),
    "addresses without a sender": (
        {"notifications": {"email_addresses": {"web": "web@example.com"}}},
        ["notifications.email_from is null", "email_addresses"],
    ),
    "mails to nobody": (
        {"notifications": {"email_from": "tags@example.com"}},
        ['email_from is "tags@example.com"', "owner_tag", "email_account_contact"],
    ),
    "pattern without an owner": (
        mails(email_pattern="team@example.com"),
        ['notifications.email_pattern is "team@example.com"', "{owner}@example.com"],
    ),
    "pattern with the owner as its domain": (
        mails(email_pattern="tags@{owner}.example.com"),
        ['email_pattern is "tags@{owner}.example.com"', "before the @"],
    ),
    "owner without an address": (
        mails(email_addresses={"web": "web"}),
        ['notifications.email_addresses["web"] is "web"', "no e-mail address"],
    ),
    "contacts without an organization": (
        mails(email_account_contact=True),
        ["notifications.email_account_contact is true", "organization is null"],
    ),
    "workspace by its name": (
        {"notifications": {"chat": {"slack": {"ops": {"workspace_id": "my team", "channel_id": "C0123ABCD"}}}}},
        ['notifications.chat.slack["ops"].workspace_id is "my team"', "T0123ABCD"],
    ),
    "team by its name": (
        {"notifications": {"chat": {"teams": {"ops": TEAMS_CHANNEL | {"team_id": "Operations"}}}}},
        ['notifications.chat.teams["ops"].team_id is "Operations"', "11111111-2222"],
    ),
    "channel with a name of two words": (
        {"notifications": {"chat": {"slack": {"my ops": {"workspace_id": "T0123ABCD", "channel_id": "C0123ABCD"}}}}},
        ['notifications.chat.slack["my ops"]', "1 to 64 letters"],
    ),
}

ACCEPTED: dict[str, dict[str, Any]] = {
    "subscriptions of every kind": {
        "notifications": {
            "owner_tag": "Owner",
            "subscriptions": {
                "mail": {"protocol": "email", "endpoint": "team@example.com"},
                "hook": {"protocol": "https", "endpoint": "https://example.com/hook"},
                "queue": {"protocol": "sqs", "endpoint": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:findings"},
                "function": {
                    "protocol": "lambda",
                    "endpoint": f"arn:aws-cn:lambda:cn-north-1:{ACCOUNT}:function:notify",
                },
                "phone": {"protocol": "sms", "endpoint": "+14155550123"},
            },
        }
    },
    "mails and channels of every kind": {
        "organization": ORGANIZATION,
        **mails(
            email_pattern="{owner}@example.com",
            email_addresses={"web": "web@example.com"},
            email_account_contact=True,
            chat={
                "slack": {"platform": {"workspace_id": "T0123ABCD", "channel_id": "C0123ABCD"}},
                "teams": {"shop": TEAMS_CHANNEL},
            },
        ),
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_refused_with_one_line(schema: Root, case: str) -> None:
    variables, words = REFUSED[case]

    assert_refused(schema.refusals(SCHEMA | variables), words)


@pytest.mark.parametrize("case", ACCEPTED)
def test_right_input_is_accepted(schema: Root, case: str) -> None:
    assert schema.refusals(SCHEMA | ACCEPTED[case]) == []
