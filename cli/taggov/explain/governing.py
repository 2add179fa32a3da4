"""The policy that a stack applies, and what it says about one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

from tag_governance.domain.policy import DEFAULT_SCOPE, Derivation, Exemption, Policy, PolicyError, TagRule, read_policy
from taggov.aws_session import session_of
from taggov.costs.sources.aws_errors import source_errors
from taggov.costs.sources.base import SourceError
from taggov.explain.position import Node

_S3 = "s3://"
_S3_CODES = {
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "there is no such object",
}


@dataclass(frozen=True, slots=True)
class EffectiveField:
    """Field of a tag as it applies, and the scope that sets it; None for the default of the module."""

    name: str
    value: Any
    scope: str | None


@dataclass(frozen=True, slots=True)
class EffectiveTag:
    """Effective schema of one tag."""

    key: str
    fields: tuple[EffectiveField, ...]


def load_policy(place: str, profile: str | None) -> Policy:
    """Read the policy from a file or from S3.

    Raises:
        SourceError: it cannot be read, or is no policy.
    """
    text = _read_object(place, profile) if place.startswith(_S3) else _read_file(place)
    try:
        return read_policy(text, sha256(text.encode()).hexdigest())
    except PolicyError as error:
        raise SourceError(f"{place} is not the policy of a stack: {error}") from None


def scope_of(policy: Policy, account: str, path: Sequence[Node]) -> tuple[str, Node | None]:
    """Find the scope of an account, and the node that has it; None for the default scope.

    Args:
        policy: the policy.
        account: the account.
        path: the account and everything above it, the nearest first; empty without an organization.
    """
    for node in path or [Node(account, "", "account")]:
        if node.id in policy.scope_of_target:
            return policy.scope_of_target[node.id], node
    return DEFAULT_SCOPE, None


def mode_source(policy: Policy, scope: str) -> str | None:
    """Return the scope that sets the mode of a scope; None if it is not known."""
    return next((name for name in _lineage(policy, scope) if policy.scopes[name].sets_mode), None)


def effective_tags(policy: Policy, scope: str, key: str | None, resource_type: str | None) -> list[EffectiveTag]:
    """List the tags of a scope, or only one, or only those of a resource type."""
    lineage = _lineage(policy, scope)
    return [
        EffectiveTag(
            rule.key,
            tuple(
                EffectiveField(name, value, _source(policy, lineage, rule.key, name)) for name, value in _values(rule)
            ),
        )
        for rule in policy.scopes[scope].rules
        if key in (None, rule.key) and (resource_type is None or rule.applies_to(resource_type))
    ]


def exemptions_of(policy: Policy, account: str, resource_type: str | None, today: date) -> list[Exemption]:
    """List the exemptions that cover something in an account."""
    return [
        exemption
        for exemption in policy.exemptions
        if today <= exemption.expires
        and (not exemption.accounts or account in exemption.accounts)
        and (not exemption.arns or any(_reaches(arn, account) for arn in exemption.arns))
        and (resource_type is None or not exemption.resource_types or resource_type in exemption.resource_types)
    ]


def _reaches(pattern: str, account: str) -> bool:
    """Check if an ARN pattern can match a resource of an account. Some ARNs contain no account."""
    parts = pattern.split(":", 5)
    return len(parts) < 6 or parts[4] == "" or fnmatchcase(account, parts[4])


def _lineage(policy: Policy, scope: str) -> list[str]:
    """List a scope and those above it, the nearest first."""
    names: list[str] = []
    name: str | None = scope
    while name is not None and name not in names:
        names.append(name)
        name = policy.scopes[name].parent
    return names


def _source(policy: Policy, lineage: Sequence[str], key: str, field: str) -> str | None:
    return next((name for name in lineage if field in policy.scopes[name].overrides.get(key, ())), None)


def _values(rule: TagRule) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a rule as the document has them."""
    for one in fields(rule):
        value = getattr(rule, one.name)
        if one.name == "key":
            continue
        if one.name == "derive_from":
            value = [_text(derivation) for derivation in value]
        elif isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, tuple):
            value = list(value)
        yield one.name, value


def _text(derivation: Derivation) -> str:
    """Return a source as the configuration has it. Only tags have a key."""
    return str(derivation) if derivation.source.endswith("_tag") else derivation.source


def _read_file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror or error}") from None
    except ValueError as error:
        raise SourceError(f"{name} is not the policy of a stack: {error}") from None


def _read_object(address: str, profile: str | None) -> str:
    bucket, _, key = address.removeprefix(_S3).partition("/")
    if not bucket or not key:
        raise SourceError(f"{address} is not an address; write s3://BUCKET/policy.json")
    with source_errors(address, "s3:GetObject", _S3_CODES):
        body = session_of(profile).client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        return body.decode()
    except ValueError as error:
        raise SourceError(f"{address} is not the policy of a stack: {error}") from None
