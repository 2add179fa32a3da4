"""Who is taken for the creator of a resource."""

from __future__ import annotations

from typing import Any

import pytest

from tag_governance.events.actor import actor_of, is_own_session
from tests.support.policies import HOME, ROLE, policy


def assumed(role: str, session: str, **fields: Any) -> dict[str, Any]:
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{HOME}:assumed-role/{role}/{session}"} | fields


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        (assumed("AWSReservedSSO_Dev_1", "alice@example.com"), "alice@example.com"),
        (assumed("deploy", "GitHubActions"), "GitHubActions"),
        ({"type": "IAMUser", "userName": "bob"}, "bob"),
        ({"type": "WebIdentityUser", "userName": "carol"}, "carol"),
        (assumed("web", "i-0a1b2c3d4e5f60718"), None),
        (assumed("job", "1717000000123"), None),
        (assumed("job", "botocore-session-1717000000"), None),
        (assumed("AWSServiceRoleForAutoScaling", "AutoScaling"), None),
        (assumed("deploy", "alice@example.com", invokedBy="autoscaling.amazonaws.com"), None),
        ({"type": "AWSService", "invokedBy": "ecs.amazonaws.com"}, None),
        ({"type": "Root", "arn": f"arn:aws:iam::{HOME}:root"}, None),
        ({"type": "AssumedRole", "arn": 7}, None),
        ({"type": "IAMUser", "userName": ["bob"]}, None),
        ("alice", None),
        (None, None),
    ],
)
def test_only_people_and_pipelines_are_actors(identity: object, actor: str | None) -> None:
    assert actor_of(identity) == actor


@pytest.mark.parametrize(
    ("identity", "own"),
    [
        (assumed(ROLE, "tag-governance"), True),
        (assumed("tag-governance-remediation", "tag-governance-remediation"), True),
        (assumed("deploy", ROLE), False),
        ({"type": "IAMUser", "userName": ROLE}, False),
        (None, False),
    ],
)
def test_the_function_recognises_its_own_roles_and_no_session_name_can_pretend(identity: object, own: bool) -> None:
    assert is_own_session(identity, policy()) is own


def test_without_a_member_role_nothing_else_counts_as_own() -> None:
    assert not is_own_session({"type": "AssumedRole", "arn": "broken"}, policy(member_role_name=None))
