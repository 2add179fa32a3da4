"""Actor of an event: the person or pipeline that counts as the creator of a resource."""

from __future__ import annotations

from typing import Any

import pytest

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.model import ActorSource
from tag_governance.events.actor import DEFAULT_ACTOR_FROM, actor_of, is_own_session
from tag_governance.events.observe import observe
from tests.support.events import create_bucket
from tests.support.policies import HOME, MEMBER, ROLE, policy


def assumed(role: str, session: str, account: str = HOME, **fields: Any) -> dict[str, Any]:
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}"} | fields


SSO = f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_1"


def issued_by(role_arn: str) -> dict[str, Any]:
    return {"sessionContext": {"sessionIssuer": {"type": "Role", "arn": role_arn}}}


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        (assumed("AWSReservedSSO_Dev_1", "alice@example.com"), "alice@example.com"),
        (assumed("deploy", "GitHubActions"), "GitHubActions"),
        (assumed("deploy", "0612345678"), None),
        (assumed("AWSReservedSSO_Dev_1", "0612345678", **issued_by(SSO)), "0612345678"),
        (assumed("AWSReservedSSO_Dev_1", "jan-schmtz-krstn", **issued_by(SSO)), "jan-schmtz-krstn"),
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
        # people and pipelines
        ({"type": "FederatedUser", "arn": f"arn:aws:sts::{HOME}:federated-user/dora"}, "dora"),
        ({"type": "FederatedUser", "arn": f"arn:aws:sts::{HOME}:federated-user/i-0a1b2c3d"}, None),
        (assumed("AWSReservedSSO_Dev_1", "ana.lopez"), "ana.lopez"),
        (assumed("AWSReservedSSO_Dev_1", "j-smith_admin"), "j-smith_admin"),
        (assumed("alice-admin", "alice"), "alice"),
        (assumed("ci", "01HXYZ8K@my-stack@spacelift"), "01HXYZ8K@my-stack@spacelift"),
        # ids and timestamps
        (assumed("node", "mi-0f1e2d3c4b5a69788"), None),
        (assumed("batch", "worker-i-0a1b2c3d4e5f60718"), None),
        (assumed("pod", "eks-shop-orders-6f5c-0e1d2c3b-4a59-4687-9f8e-7d6c5b4a3928"), None),
        (assumed("pod", "orders-7d5b9c6f4-x2k9p"), None),
        (assumed("build", "AWSCodeBuild-0e1d2c3b-4a59-4687-9f8e-7d6c5b4a3928"), None),
        (assumed("task", "0e1d2c3b4a5946879f8e7d6c5b4a3928"), None),
        (assumed("machine", "OyBUGkmdhVcGOAvBBAlSaIYAGlUtsJXS"), None),
        (assumed("sdk", "aws-sdk-js-session-1717000000123"), None),
        (assumed("vault", "ana-1717000000"), None),
        (assumed("stack", "AWSCloudFormation"), None),
        (assumed("launch", "servicecatalog"), None),
        # the name of a function
        (assumed("shop-role", "orders", inScopeOf={"issuerType": "AWS::Lambda::Function"}), None),
        (assumed("orders-role-x1y2z3ab", "orders"), None),
        (assumed("orders-lambda-execution-role", "orders"), None),
        (assumed("shop", "orders", **issued_by(f"arn:aws:iam::{HOME}:role/service-role/shop")), None),
        # services that forward an identity, and others
        (
            assumed("AWSReservedSSO_Dev_1", "ana@example.com", invokedBy="cloudformation.amazonaws.com"),
            "ana@example.com",
        ),
        (assumed("stack", "AWSCloudFormation", invokedBy="cloudformation.amazonaws.com"), None),
        ({"type": "IAMUser", "userName": "ana", "invokedBy": "servicecatalog.amazonaws.com"}, "ana"),
        ({"type": "IAMUser", "userName": "ana", "invokedBy": "cloudformation.amazonaws.com.cn"}, "ana"),
        ({"type": "IAMUser", "userName": "ana", "invokedBy": "cloudformation.example.com"}, None),
        ({"type": "IAMUser", "userName": "ana", "invokedBy": "eks.amazonaws.com"}, None),
        ({"type": "IAMUser", "userName": "ana", "invokedBy": "AWS Internal"}, None),
        ({"type": "IAMUser", "userName": "ana", "invokedBy": {"a": 1}}, None),
    ],
)
def test_only_people_and_pipelines_are_actors(identity: object, actor: str | None) -> None:
    assert actor_of(identity) == actor


@pytest.mark.parametrize(
    ("agent", "actor"),
    [
        ("Boto3/1.40.1 md/Botocore#1.40.1 exec-env/AWS_Lambda_python3.13", None),
        ("aws-sdk-go-v2/1.30 lang/go#1.22 exec-env/AWS_ECS_FARGATE", None),
        ("aws-cli/2.15 exec-env/CloudShell", "orders"),
        (None, "orders"),
        (7, "orders"),
    ],
)
def test_functions_and_tasks_are_no_actors_whatever_their_session_name(agent: object, actor: str | None) -> None:
    assert actor_of(assumed("shop", "orders"), agent) == actor


IDENTITY, SESSION, ROLE_NAME = ActorSource.SOURCE_IDENTITY, ActorSource.SESSION_NAME, ActorSource.ROLE_NAME


@pytest.mark.parametrize(
    ("session", "source_identity", "actor_from", "actor"),
    [
        ("i-0a1b2c3d4e5f60718", "ana@example.com", DEFAULT_ACTOR_FROM, "ana@example.com"),
        ("bob@example.com", "ana@example.com", DEFAULT_ACTOR_FROM, "ana@example.com"),
        ("bob@example.com", None, DEFAULT_ACTOR_FROM, "bob@example.com"),
        ("i-0a1b2c3d4e5f60718", None, DEFAULT_ACTOR_FROM, None),
        # an id is not a name
        ("bob@example.com", "0e1d2c3b-4a59-4687-9f8e-7d6c5b4a3928", DEFAULT_ACTOR_FROM, "bob@example.com"),
        ("bob@example.com", 7, DEFAULT_ACTOR_FROM, "bob@example.com"),
        ("i-0a1b2c3d4e5f60718", None, (IDENTITY, SESSION, ROLE_NAME), "deploy"),
        ("bob@example.com", None, (IDENTITY, SESSION, ROLE_NAME), "bob@example.com"),
        ("bob@example.com", None, (ROLE_NAME,), "deploy"),
        ("bob@example.com", "ana@example.com", (SESSION, IDENTITY), "bob@example.com"),
        ("bob@example.com", None, (IDENTITY,), None),
        ("bob@example.com", "ana@example.com", (), None),
    ],
)
def test_the_source_of_the_name_behind_a_role_is_configurable(
    session: str, source_identity: object, actor_from: tuple[ActorSource, ...], actor: str | None
) -> None:
    identity = assumed("deploy", session, sessionContext={"sourceIdentity": source_identity})
    assert actor_of(identity, None, actor_from) == actor


def test_the_policy_selects_the_source_of_the_name() -> None:
    event = create_bucket("b", identity=assumed("deploy", "i-0a1b2c3d4e5f60718"))

    (by_default,) = observe(event, load_catalogue(), policy())
    (by_role,) = observe(event, load_catalogue(), policy(actor_from=["role_name"]))

    assert (by_default.actor, by_role.actor) == (None, "deploy")


def test_a_service_linked_role_is_no_actor() -> None:
    assert actor_of(assumed("AWSServiceRoleForAutoScaling", "AutoScaling"), None, (ROLE_NAME,)) is None


FUNCTION = "tag-governance-remediation"


@pytest.mark.parametrize(
    ("identity", "own"),
    [
        (assumed(FUNCTION, FUNCTION), True),
        (assumed(ROLE, "tag-governance", MEMBER), True),
        (assumed(ROLE, "tag-governance", MEMBER, sessionContext={"sourceIdentity": "tag-governance"}), True),
        # a session of somebody else with the name of the stack
        (assumed("deploy", "x", MEMBER, sessionContext={"sourceIdentity": "tag-governance"}), False),
        # the role name in the wrong account
        (assumed(ROLE, "tag-governance", HOME), False),
        (assumed(FUNCTION, FUNCTION, MEMBER), False),
        # the ARN of the role in the event
        (assumed(ROLE, "x", MEMBER, **issued_by(f"arn:aws:iam::{MEMBER}:role/{ROLE}")), True),
        (assumed(ROLE, "x", MEMBER, **issued_by(f"arn:aws:iam::{MEMBER}:role/team/{ROLE}")), False),
        # a session of another account than its ARN names
        (assumed(ROLE, "tag-governance", MEMBER, accountId="333333333333"), False),
        (assumed("deploy", ROLE), False),
        ({"type": "IAMUser", "userName": ROLE}, False),
        ({"type": "AssumedRole", "arn": f"arn:aws:sts::{MEMBER}:assumed-role"}, False),
        (None, False),
    ],
)
def test_own_sessions_are_recognized_by_account_and_role(identity: object, own: bool) -> None:
    assert is_own_session(identity, policy()) is own


def test_without_a_member_role_nothing_else_counts_as_own() -> None:
    assert not is_own_session({"type": "AssumedRole", "arn": "broken"}, policy(member_role_name=None))
    assert not is_own_session(assumed(ROLE, "x", MEMBER), policy(member_role_name=None))
