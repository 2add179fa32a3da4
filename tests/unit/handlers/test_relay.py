"""The relay on an AWS in memory: a notice from its topic to a channel and to mailboxes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sesv2.models import sesv2_backends

from tag_governance.handlers.relay import relay
from tag_governance.remediation.deployment import Deployment
from tests.support.policies import HOME
from tests.support.world import World
from tests.unit.reporting.test_mail import notice

MAIL = {
    "sender": "tags@example.com",
    "pattern": "{owner}@example.com",
    "addresses": {},
    "account_contact": True,
}


@pytest.fixture
def world(world: World) -> World:
    """The world with a verified sender."""
    world.home.client("sesv2").create_email_identity(EmailIdentity="tags@example.com")
    return world


def deployed(world: World, chat: str = "", mail: dict[str, Any] | None = None) -> Deployment:
    world.chat_topic = chat
    return world.deployment(mail=mail)


def event(owner: str) -> dict[str, Any]:
    return {"Records": [{"Sns": {"Message": json.dumps(notice(owner))}}]}


def sent() -> list[tuple[list[str], str]]:
    backend = sesv2_backends[HOME]["us-east-1"].core_backend
    return [(message.destinations["ToAddresses"], message.subject) for message in backend.sent_messages]


def test_a_channel_gets_the_notice_in_its_own_form(world: World) -> None:
    assert relay(event("ann"), deployed(world, chat=world.topic)) == {"chat": 1, "mail": 0}

    (message,) = world.home.client("sqs").receive_message(QueueUrl=world.inbox)["Messages"]
    shown = json.loads(json.loads(message["Body"])["Message"])
    assert shown["source"] == "custom"
    assert "Owner: ann" in shown["content"]["description"]
    assert sent() == []


def test_an_owner_gets_a_mail(world: World) -> None:
    assert relay(event("ann"), deployed(world, mail=MAIL)) == {"chat": 0, "mail": 1}

    assert sent() == [(["ann@example.com"], "[tags] 2 resource(s): 0 changed, 2 with violations")]


def test_unknown_owners_are_reached_by_the_contact_of_the_account(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    account = organizations.create_account(AccountName="shop", Email="shop@example.org")["CreateAccountStatus"][
        "AccountId"
    ]
    text = json.dumps(notice("unknown")).replace("111122223333", account)

    relay({"Records": [{"Sns": {"Message": text}}]}, deployed(world, mail=MAIL))

    # The other account of the notice is in no organization.
    assert sent() == [(["shop@example.org"], "[tags] 1 resource(s): 0 changed, 1 with violations")]


@pytest.mark.parametrize(("code", "is_repeated"), [("MessageRejected", False), ("TooManyRequestsException", True)])
def test_a_mail_that_is_not_accepted_keeps_no_other_from_being_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: str, is_repeated: bool
) -> None:
    made = deployed(world, mail=MAIL)
    contacts = {"111122223333": "bad@example.org", "444455556666": "good@example.org"}
    monkeypatch.setattr("tag_governance.handlers.relay.contacts_of", lambda accounts, clients: (contacts, []))
    world.wire.fail("sesv2:SendEmail", code, when=lambda params: "bad@example.org" in str(params["Destination"]))

    if is_repeated:
        with pytest.raises(ClientError, match=code):
            relay(event("unknown"), made)
    else:
        assert relay(event("unknown"), made) == {"chat": 0, "mail": 1}
        assert '"Undeliverable": 1' in capsys.readouterr().out

    assert [to for to, _ in sent()] == [["good@example.org"]]


def test_an_account_that_cannot_be_asked_about_does_not_keep_others_from_their_mails(world: World) -> None:
    made = deployed(world, mail=MAIL)
    organizations = world.home.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    created = organizations.create_account(AccountName="shop", Email="shop@example.org")["CreateAccountStatus"]
    text = json.dumps(notice("unknown")).replace("111122223333", created["AccountId"])
    refused = "444455556666"
    world.wire.fail(
        "organizations:DescribeAccount", "AccessDeniedException", when=lambda params: params["AccountId"] == refused
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        relay({"Records": [{"Sns": {"Message": text}}]}, made)

    assert [to for to, _ in sent()] == [["shop@example.org"]]


def test_without_channels_and_mails_nothing_is_sent(world: World) -> None:
    assert relay(event("ann"), deployed(world)) == {"chat": 0, "mail": 0}
    assert sent() == []
