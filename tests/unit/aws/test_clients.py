"""Rule: the function takes the role of a member account once, and CloudTrail shows by whom."""

from __future__ import annotations

from typing import Any

import pytest

from tag_governance.aws import clients as module
from tag_governance.aws.clients import Clients
from tag_governance.domain.policy import Policy
from tests.support.policies import HOME, MEMBER, ROLE, policy
from tests.support.world import World

ACCOUNTS = [f"{number:012}" for number in range(1, 11)]


def clients_of(world: World, governing: Policy) -> Clients:
    return Clients(governing, world.wire.session)


def call(clients: Clients, account: str, region: str = "us-east-1") -> None:
    clients.for_tags("ec2", account, region).describe_tags()


def taken(world: World) -> list[Any]:
    """List the parameters of the role sessions so far."""
    return world.wire.parameters("sts:AssumeRole")


def test_a_role_session_names_the_stack(world: World) -> None:
    call(clients_of(world, policy(name="tags-prod", member_external_id="o-abcdefghij/tags")), MEMBER)

    assert taken(world) == [
        {
            "RoleArn": f"arn:aws:iam::{MEMBER}:role/{ROLE}",
            "RoleSessionName": "tags-prod",
            "SourceIdentity": "tags-prod",
            "ExternalId": "o-abcdefghij/tags",
        }
    ]


def test_a_role_that_needs_no_external_id_is_given_none(world: World) -> None:
    call(clients_of(world, policy()), MEMBER)
    assert "ExternalId" not in taken(world)[0]


def test_the_role_of_an_account_is_taken_once_for_all_regions_and_services(world: World) -> None:
    clients = clients_of(world, policy())
    for region in ("us-east-1", "eu-west-3"):
        call(clients, MEMBER, region)
        clients.for_tags("sqs", MEMBER, region).list_queues()
    assert len(taken(world)) == 1


def test_credentials_outlive_the_clients_of_an_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLIENT_CACHE_SIZE", 2)
    clients = clients_of(world, policy())
    for _ in range(2):
        for account in ACCOUNTS:
            call(clients, account)
    assert len(taken(world)) == 10


def test_the_home_account_needs_no_role(world: World) -> None:
    call(clients_of(world, policy()), HOME)
    assert taken(world) == []
