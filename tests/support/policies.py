"""Policies for tests, built as documents and read by the real reader."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from tag_governance.domain.policy import Policy, read_policy
from tools.policy_document import finished_scope, rule

HOME = "123456789012"
"""moto's default account, here the governance account."""
MEMBER = "210987654321"
ROLE = "tag-governance-member"
TYPES = [
    "dynamodb:table",
    "ec2:instance",
    "ec2:network-interface",
    "ec2:snapshot",
    "ec2:vpc",
    "iam:role",
    "lambda:function",
    "s3:bucket",
    "sns:topic",
    "sqs:queue",
]


ENVIRONMENT = rule(
    "Environment",
    allowed_values=["dev", "prod"],
    default="dev",
    key_aliases=["env", "stage"],
    value_aliases={"production": "prod"},
)
OWNER = rule("Owner", derive_from=["actor"])


def scope(
    mode: str = "remediate", target: str | None = None, tags: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Build one scope of a policy document."""
    return finished_scope(mode, [ENVIRONMENT, OWNER] if tags is None else tags, target)


def exemption(name: str = "legacy", **fields: Any) -> dict[str, Any]:
    """Build one exemption of a policy document."""
    return {
        "name": name,
        "arns": [],
        "accounts": [],
        "resource_types": [],
        "tags": {},
        "reason": "migration",
        "owner": "platform",
        "expires": "2099-12-31",
    } | fields


def document(**fields: Any) -> dict[str, Any]:
    """A policy document; fields given replace those of a small, remediating one."""
    return {
        "version": 2,
        "name": "tag-governance",
        "partition": "aws",
        "account": HOME,
        "organization_id": "o-abcdefghij",
        "resource_types": TYPES,
        "scopes": {"default": scope()},
        "exemptions": [],
        "function_role_name": "tag-governance-remediation",
        "member_role_name": ROLE,
        "member_external_id": None,
        "owner_tag": "Owner",
        "settle_seconds": 60,
        "digest_minutes": 0,
        "actor_from": ["source_identity", "session_name"],
        "creation_wait_seconds": 300,
        "contest_after": 3,
        "mail": None,
        "managed_by_aws": "govern",
    } | fields


def policy(**fields: Any) -> Policy:
    """The document as the function reads it."""
    text = json.dumps(document(**fields))
    return read_policy(text, sha256(text.encode()).hexdigest())
