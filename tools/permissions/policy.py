"""Policy documents, parsed strictly: an unknown element, operator or variable raises an error.

Source: "IAM JSON policy element reference" in the IAM user guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_IF_EXISTS = "IfExists"
TAG_KEYS = "aws:tagkeys"
_EVERY, _SOME = "ForAllValues", "ForAnyValue"


class UnknownElementError(Exception):
    """Error: a document contains something that this evaluator does not support. The message names it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Requester: a role by its ARN, or an AWS service by its name."""

    name: str
    account: str | None = None
    """None for a service."""


@dataclass(frozen=True, slots=True)
class Request:
    """Request for a single permission.

    `account` is the owner of the resource, as not every ARN contains it. `context` contains the condition keys, in
    lower case, with their values. A key with several values (aws:TagKeys) occurs once for each.
    """

    principal: Principal
    action: str
    resource: str
    account: str
    context: frozenset[tuple[str, str]] = frozenset()

    def __str__(self) -> str:
        return f"{self.principal.name} asks for {self.action} on {self.resource}"

    def with_context(self, **changed: str | None) -> Request:
        """Copy the request with other condition keys (`aws_SourceArn` for `aws:SourceArn`). None removes a key."""
        values = {name.replace("_", ":", 1).lower(): value for name, value in changed.items()}
        kept = {(key, value) for key, value in self.context if key not in values}
        given = {(key, value) for key, value in values.items() if value is not None}
        return replace(self, context=frozenset(kept | given))

    @property
    def tag_keys(self) -> frozenset[str]:
        """Tag keys in the context of the request."""
        return frozenset(value for key, value in self.context if key == TAG_KEYS)

    def with_tag_keys(self, *keys: str) -> Request:
        """Copy the request with other tag keys. Without keys, the context has no aws:TagKeys."""
        kept = {pair for pair in self.context if pair[0] != TAG_KEYS}
        return replace(self, context=frozenset(kept | {(TAG_KEYS, key) for key in keys}))


def context(values: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Build the context of a request from condition keys. Their case is ignored."""
    return frozenset((key.lower(), value) for key, value in values.items())


@dataclass(frozen=True, slots=True)
class Condition:
    """Condition on one key. One of the values must match; for a negated operator, none may."""

    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, values: Mapping[str, Collection[str]]) -> bool:
        """Check if the condition holds in a context (condition key in lower case -> values)."""
        if self.operator == "Null":
            return (self.key not in values) == (self.values == ("true",))
        qualifier, _, operator = self.operator.rpartition(":")
        asked = values.get(self.key, ())
        fits, negated = _OPERATORS[operator.removesuffix(_IF_EXISTS)]
        answers = [any(fits(pattern, value) for pattern in self.values) != negated for value in asked]
        if not answers:
            # A negated operator holds if the key is missing.
            return qualifier == _EVERY or operator.endswith(_IF_EXISTS) or (negated and qualifier != _SOME)
        return all(answers) if (negated and not qualifier) or qualifier == _EVERY else any(answers)


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """Statement of a policy. Statements are compared by identity, since policies can contain equal ones."""

    policy: str
    """Name of the policy: the Terraform address of the resource that contains it."""
    sid: str
    allows: bool
    principals: tuple[tuple[str, str], ...] | None
    """Kind (`AWS`, `Service`, `*`) and name; None in the policy of a role."""
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    _literal: frozenset[str] = field(default=frozenset(), repr=False)
    """Actions without wildcards, in lower case. The tagging policies contain hundreds."""

    def __str__(self) -> str:
        return f"{self.policy} {self.sid}"

    def is_about(self, request: Request) -> bool:
        """Check if action, resource and conditions match. The principal is not checked."""
        return self._has_action(request.action) and self._has_resource(request.resource) and self._holds(request)

    def names(self, principal: Principal) -> bool:
        """Check if the statement names a principal directly, or everybody."""
        assert self.principals is not None
        kind = "Service" if principal.account is None else "AWS"
        return any(
            (found == "*" and name == "*") or (found == kind and name in ("*", principal.name))
            for found, name in self.principals
        )

    def names_account(self, principal: Principal) -> bool:
        """Check if the statement names the account of a principal, and so delegates to its policies."""
        assert self.principals is not None
        return any(
            kind == "AWS" and principal.account is not None and _account_of_principal(name) == principal.account
            for kind, name in self.principals
        )

    def _has_action(self, action: str) -> bool:
        if self.not_actions:
            return not any(_action_fits(pattern, action) for pattern in self.not_actions)
        if action.lower() in self._literal:
            return True
        return len(self._literal) < len(self.actions) and any(_action_fits(p, action) for p in self.actions)

    def _has_resource(self, resource: str) -> bool:
        if self.not_resources:
            return not any(arn_fits(pattern, resource) for pattern in self.not_resources)
        return any(arn_fits(pattern, resource) for pattern in self.resources)

    def _holds(self, request: Request) -> bool:
        if not self.conditions:
            return True
        values: dict[str, list[str]] = {}
        for key, value in request.context:
            values.setdefault(key, []).append(value)
        return all(condition.holds(values) for condition in self.conditions)


def read_policy(name: str, text: str) -> tuple[Statement, ...]:
    """Parse a document.

    Raises:
        UnknownElementError: it contains something unsupported.
    """
    document = json.loads(text)
    return tuple(_statement(name, item) for item in _list(document["Statement"]))


def arn_fits(pattern: str, arn: str) -> bool:
    """Match an ARN part by part. In each of the six parts, `*` matches any text and `?` one character."""
    if pattern == "*":
        return True
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(text_fits(p, part) for p, part in zip(patterns, parts, strict=True))


def text_fits(pattern: str, text: str) -> bool:
    """Match a text with `*` and `?`."""
    return pattern == text or (_is_pattern(pattern) and _glob(pattern).fullmatch(text) is not None)


def _action_fits(pattern: str, action: str) -> bool:
    return text_fits(pattern.lower(), action.lower())


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(4096)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "ArnEquals": (arn_fits, False),
    "ArnLike": (arn_fits, False),
    "ArnNotEquals": (arn_fits, True),
    "ArnNotLike": (arn_fits, True),
    "DateGreaterThan": (lambda limit, value: _moment(value) > _moment(limit), False),
    "DateGreaterThanEquals": (lambda limit, value: _moment(value) >= _moment(limit), False),
    "DateLessThan": (lambda limit, value: _moment(value) < _moment(limit), False),
    "DateLessThanEquals": (lambda limit, value: _moment(value) <= _moment(limit), False),
    "Bool": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "StringEquals": (lambda wanted, value: wanted == value, False),
    "StringEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "StringLike": (text_fits, False),
    "StringNotEquals": (lambda wanted, value: wanted == value, True),
    "StringNotEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), True),
    "StringNotLike": (text_fits, True),
}
"""Comparison of each operator, and True for negated ones. ArnEquals accepts wildcards, as ArnLike does."""


def _statement(policy: str, item: Mapping[str, Any]) -> Statement:
    sid = item.get("Sid", "")
    unknown = sorted(item.keys() - _ELEMENTS)
    if unknown:
        raise UnknownElementError(f"{policy} {sid}: {', '.join(unknown)}")
    actions = tuple(_list(item.get("Action", [])))
    return Statement(
        policy=policy,
        sid=sid,
        allows={"Allow": True, "Deny": False}[item["Effect"]],
        principals=tuple(_principals(item["Principal"])) if "Principal" in item else None,
        actions=actions,
        not_actions=tuple(_list(item.get("NotAction", []))),
        resources=_reject_variables(
            f"{policy} {sid}", _list(item.get("Resource", ["*"] if "Principal" in item else []))
        ),
        not_resources=_reject_variables(f"{policy} {sid}", _list(item.get("NotResource", []))),
        conditions=tuple(_conditions(f"{policy} {sid}", item.get("Condition", {}))),
        _literal=frozenset(action.lower() for action in actions if not _is_pattern(action)),
    )


def _principals(element: Any) -> Iterable[tuple[str, str]]:
    if element == "*":
        yield "*", "*"
        return
    for kind, names in element.items():
        if kind not in ("AWS", "Service"):
            raise UnknownElementError(f"principals of type {kind}")
        for name in _list(names):
            yield kind, name


def _conditions(where: str, element: Mapping[str, Any]) -> Iterable[Condition]:
    for operator, keys in element.items():
        qualifier, _, plain = operator.rpartition(":")
        known = plain.removesuffix(_IF_EXISTS) in _OPERATORS and qualifier in ("", _EVERY, _SOME)
        if operator != "Null" and not known:
            raise UnknownElementError(f"{where}: condition operator {operator}")
        for key, values in keys.items():
            texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in _list(values))
            yield Condition(operator, key.lower(), _reject_variables(where, texts))


def _reject_variables(where: str, texts: Iterable[str]) -> tuple[str, ...]:
    found = tuple(texts)
    if any("${" in text for text in found):
        raise UnknownElementError(f"{where}: policy variables in {found}")
    return found


def _account_of_principal(name: str) -> str:
    """Return the account of `arn:aws:iam::111122223333:root`, or of a plain account number."""
    return name.split(":")[4] if name.endswith(":root") else name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
