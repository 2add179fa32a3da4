"""Variables of the root module, right and wrong, in short."""

from __future__ import annotations

from typing import Any

SCHEMA: dict[str, Any] = {"tags": {"Owner": {}}}
ORGANIZATION = {"id": "o-abcdefghij"}
UNIT = "ou-ab12-cdefgh34"
ACCOUNT = "111122223333"
ROLE = "arn:aws:iam::111122223333:role/backup"
EXEMPTION = {"accounts": [ACCOUNT], "reason": "migration", "owner": "platform", "expires": "2999-12-31"}


def tag(**fields: object) -> dict[str, Any]:
    """Describe one tag, Environment."""
    return {"tags": {"Environment": fields}}


def scope(**fields: object) -> dict[str, Any]:
    """Set one scope, in an organization."""
    return {"organization": ORGANIZATION, "scopes": {"sandbox": {"target_id": UNIT} | fields}}


def governed(**fields: object) -> dict[str, Any]:
    """Describe one tag, Environment, whose policies are made for one scope."""
    return tag(**fields) | scope()


def below(**fields: object) -> dict[str, Any]:
    """Set a scope for the whole organization, and one below it that overrides the tag Environment."""
    scopes = {"all": {"target_id": "r-ab12"}, "sandbox": {"target_id": UNIT, "tags": {"Environment": fields}}}
    return {"organization": ORGANIZATION, "scopes": scopes, "ancestors": {"sandbox": ["all"]}}


def exemption(**fields: object) -> dict[str, Any]:
    """Exempt an account, or what the fields say."""
    return {"exemptions": {"legacy": EXEMPTION | fields}}


def policies(variables: dict[str, Any]) -> dict[str, Any]:
    """Set an organization besides the variables."""
    return variables | {"organization": ORGANIZATION}


def subscription(protocol: str, endpoint: str) -> dict[str, Any]:
    """Subscribe one endpoint."""
    return {"notifications": {"subscriptions": {"team": {"protocol": protocol, "endpoint": endpoint}}}}


def filtered(policy: dict[str, list[str]], topic: str = "notifications") -> dict[str, Any]:
    """Subscribe an address with a filter policy."""
    mail = {"protocol": "email", "endpoint": "team@example.com", "topic": topic, "filter_policy": policy}
    return {"notifications": {"subscriptions": {"team": mail}}}
