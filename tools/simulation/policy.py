"""Policy and settings of the simulated organization."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from tag_governance.domain.policy import Policy, read_policy
from tag_governance.domain.settings import Settings
from tools.policy_document import finished_scope, rule
from tools.simulation.queue import DEAD_URL, EVENTS_URL
from tools.simulation.scenario import DEFAULT_COST_CENTER, DEFAULT_ENVIRONMENT, ENVIRONMENTS, HOME, NOBODY, QUIET, TYPES

TOPIC = f"arn:aws:sns:us-east-1:{HOME}:tag-governance-notifications"
MAX_RECEIVES = 100
TIMEOUT_SECONDS = 120
COST_CENTER = "CC-[0-9]{4}"


@cache
def policy(
    mode: str, digest_minutes: int, settle_seconds: int, replace_keys: bool, has_organization: bool = False
) -> Policy:
    """Build the policy of a history."""
    document = _document(mode, digest_minutes, settle_seconds, replace_keys)
    if has_organization:
        document["scopes"]["quiet"] = finished_scope("observe", document["scopes"]["default"]["tags"], QUIET)
    text = json.dumps(document)
    return read_policy(text, hashlib.sha256(text.encode()).hexdigest())


@cache
def settings() -> Settings:
    """Build the settings that Terraform would set."""
    return Settings(
        policy_bucket="policy",
        policy_sha256="",
        policy_inline="",
        ledger_table="tag-governance-ledger",
        notification_topic_arn=TOPIC,
        chat_topic_arn="",
        events_queue_url=EVENTS_URL,
        dead_letter_queue_url=DEAD_URL,
        metric_namespace="tag-governance",
        max_failures=5,
        max_receive_count=MAX_RECEIVES,
        ledger_retention_days=400,
    )


def _document(mode: str, digest_minutes: int, settle_seconds: int, replace_keys: bool) -> dict[str, Any]:
    tags = [
        rule(
            "Environment",
            allowed_values=list(ENVIRONMENTS),
            default=DEFAULT_ENVIRONMENT,
            key_aliases=["env"],
            replace_key_aliases=replace_keys,
        ),
        rule("Owner", derive_from=["actor"], default=NOBODY),
        rule("Stage", required=False, pattern="([a-z0-9]+-?)+"),  # takes minutes for 33 characters without a time limit
        rule("CostCenter", pattern=COST_CENTER, derive_from=["account_tag:CostCenter"], default=DEFAULT_COST_CENTER),
    ]
    return {
        "version": 2,
        "name": "tag-governance",
        "partition": "aws",
        "account": HOME,
        "organization_id": "o-abcdefghij",
        "resource_types": list(TYPES),
        "scopes": {"default": finished_scope(mode, tags)},
        "exemptions": [],
        "function_role_name": "tag-governance-remediation",
        "member_role_name": "tag-governance-member",
        "member_external_id": None,
        "owner_tag": "Owner",
        "settle_seconds": settle_seconds,
        "digest_minutes": digest_minutes,
        "actor_from": ["source_identity", "session_name"],
        "creation_wait_seconds": 300,
        "contest_after": 3,
        "mail": None,
        "managed_by_aws": "govern",
    }
