"""`policy.json`, the contract between Terraform and Python: its model and its reader.

Terraform merges and validates the schema. The reader still checks every field: a function that enforces a partly read
policy is worse than one that does not start. `policy.schema.json` is the JSON Schema of the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar

from tag_governance.domain.model import ActorSource, ManagedByAws, Mode, Observation, Tags
from tag_governance.domain.patterns import matches
from tag_governance.domain.tags import LONGEST_VALUE

VERSION = 2
READABLE = (1, 2)
"""Versions that this function reads, because its code and its settings change one after the other. Version 1 lists
accounts, which are looked up now."""
_ADDED: Mapping[str, Any] = {
    "organization_id": "",
    "member_external_id": None,
    "mail": None,
    "managed_by_aws": "govern",
}
"""Fields of the document that version 1 lacks."""
_SCOPE_ADDED: Mapping[str, Any] = {"parent": None, "sets_mode": False, "overrides": {}}
"""Fields of a scope that version 1 lacks."""
DEFAULT_SCOPE = "default"
DERIVE_SOURCES = frozenset(
    {"actor", "request_tag", "related_tag", "stack_tag", "account_tag", "ou_tag", "account_id", "region", "date"}
)


T = TypeVar("T")


class PolicyError(Exception):
    """Error: the policy document cannot be used. The message names the field, the value and the allowed values."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Source of a missing value, for example `account_tag:CostCenter`."""

    source: str
    key: str

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"


@dataclass(frozen=True)
class TagRule:
    """Effective schema of one tag key."""

    key: str
    required: bool
    allowed_values: tuple[str, ...]
    pattern: str | None
    default: str | None
    derive_from: tuple[Derivation, ...]
    key_aliases: tuple[str, ...]
    value_aliases: Mapping[str, str]
    replace_key_aliases: bool
    resource_types: frozenset[str] | None

    def applies_to(self, resource_type: str) -> bool:
        """Check if the rule governs a resource type; None means all governed types."""
        return self.resource_types is None or resource_type in self.resource_types

    def allows(self, value: str) -> bool:
        """Check if the schema allows a value. A required tag must not be blank.

        Raises:
            PatternTooSlow: the pattern takes too long.
        """
        if len(value) > LONGEST_VALUE:
            return False
        if self.required and not value.strip() and value not in self.allowed_values:
            return False
        if self.allowed_values and not self._matches_allowed(value):
            return False
        return self._compiled is None or matches(self._compiled, value)

    def normalise(self, value: str) -> str | None:
        """Return the allowed value that this spelling means (alias, letter case, surrounding blanks), or None."""
        stripped = value.strip()
        candidates = (
            self.value_aliases.get(value),
            self._folded_aliases.get(stripped.casefold()),
            self._folded_values.get(stripped.casefold()),
            stripped,
        )
        return next((c for c in candidates if c is not None and self.allows(c)), None)

    @cached_property
    def folded_key_aliases(self) -> frozenset[str]:
        """All spellings of the key, in lower case."""
        return frozenset({self.key.casefold(), *(a.casefold() for a in self.key_aliases)})

    @cached_property
    def _literals(self) -> frozenset[str]:
        return frozenset(v for v in self.allowed_values if "*" not in v)

    @cached_property
    def _wildcards(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(".*".join(map(re.escape, v.split("*"))), re.DOTALL) for v in self.allowed_values if "*" in v
        )

    @cached_property
    def _compiled(self) -> re.Pattern[str] | None:
        return None if self.pattern is None else re.compile(self.pattern)

    @cached_property
    def _folded_values(self) -> dict[str, str]:
        return {v.casefold(): v for v in sorted(self._literals)}

    @cached_property
    def _folded_aliases(self) -> dict[str, str]:
        return {alias.strip().casefold(): value for alias, value in sorted(self.value_aliases.items())}

    def _matches_allowed(self, value: str) -> bool:
        return value in self._literals or any(w.fullmatch(value) for w in self._wildcards)


@dataclass(frozen=True)
class Scope:
    """Complete schema of one part of the organization."""

    name: str
    target: str | None
    mode: Mode
    rules: tuple[TagRule, ...]
    parent: str | None = None
    """Next scope above; None for the default one."""
    sets_mode: bool = False
    """True if the scope sets the mode itself."""
    overrides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields that the scope sets itself, by tag key. All others come from the scopes above."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """Exemption of resources from enforcement until the end of the day `expires` (UTC)."""

    name: str
    arns: tuple[str, ...]
    accounts: frozenset[str]
    resource_types: frozenset[str]
    tags: Tags
    reason: str
    owner: str
    expires: date

    def covers(self, seen: Observation, today: date) -> bool:
        """Check if the exemption applies: it is not expired, and all given selectors match."""
        return (
            today <= self.expires
            and (not self.accounts or seen.account in self.accounts)
            and (not self.resource_types or seen.resource_type in self.resource_types)
            and (not self.arns or any(fnmatchcase(arn, p) for p in self.arns for arn in (seen.arn, *seen.other_arns)))
            and all((seen.tags or {}).get(key) == value for key, value in self.tags.items())
        )


@dataclass(frozen=True, slots=True)
class MailRules:
    """Sender of mails to single owners, and how the address of an owner is found."""

    sender: str
    pattern: str | None
    """Address with `{owner}` in place of the owner."""
    addresses: Mapping[str, str]
    """Address of each owner that the pattern does not fit."""
    account_contact: bool
    """True if the address of the account is used for an owner without one."""


@dataclass(frozen=True)
class Policy:
    """Complete policy of the function, read once per process."""

    name: str
    partition: str
    account: str
    organization_id: str | None
    """None if there is no organization, so that the scopes of accounts are all there is."""
    resource_types: frozenset[str]
    scopes: Mapping[str, Scope]
    exemptions: tuple[Exemption, ...]
    function_role_name: str
    member_role_name: str | None
    member_external_id: str | None
    """External id for the member role; None if it needs none."""
    owner_tag: str | None
    settle_seconds: int
    """Seconds by which a tag index may lag, and that clients may take to tag what they created."""
    digest_minutes: int
    """Minutes for which notices to one owner are collected; 0 sends them at once."""
    actor_from: tuple[ActorSource, ...]
    """Sources for the name of the person behind an assumed role, in order of preference."""
    creation_wait_seconds: int
    """Seconds to wait for the event of the creation, which names the creator, after an event of the service; 0 disables
    it."""
    contest_after: int
    """Number of reverted corrections after which a key is contested."""
    mail: MailRules | None = None
    """None if owners get no mails."""
    managed_by_aws: ManagedByAws = ManagedByAws.GOVERN
    """Treatment of resources that AWS services manage."""

    @cached_property
    def scope_of_target(self) -> Mapping[str, str]:
        """Scopes by the root, OU or account that they are attached to."""
        return {s.target: s.name for s in self.scopes.values() if s.target is not None}

    def known_scope(self, account: str) -> str | None:
        """Return the scope of an account; None if its position in the organization decides."""
        if self.organization_id is not None and self.scope_of_target:
            return None
        return self.scope_of_target.get(account, DEFAULT_SCOPE)


def read_policy(document: str, expected_sha256: str) -> Policy:
    """Parse a policy document.

    Args:
        document: the JSON text as Terraform rendered it.
        expected_sha256: hex digest of the text, from the deployment.

    Raises:
        PolicyError: the digest differs, the text is not JSON, or a field is invalid.
    """
    digest = sha256(document.encode()).hexdigest()
    if digest != expected_sha256:
        raise PolicyError(f"policy document has SHA-256 {digest}, the deployment expects {expected_sha256}")
    try:
        body = json.loads(document)
    except ValueError as error:
        raise PolicyError(f"policy document is not JSON: {error}") from error
    root = _Field("policy", body)
    version = root.get("version").of(int)
    if version not in READABLE:
        raise PolicyError(f"policy.version is {version}, this function reads {' and '.join(map(str, READABLE))}")
    added = _SCOPE_ADDED if version < VERSION else {}
    root = root.with_defaults(_ADDED if version < VERSION else {})
    scopes = {name: _scope(name, field.with_defaults(added)) for name, field in root.get("scopes").entries()}
    if DEFAULT_SCOPE not in scopes:
        raise PolicyError(f"policy.scopes has no {DEFAULT_SCOPE!r}, found {sorted(scopes)}")
    for scope in scopes.values():
        if scope.parent is not None and scope.parent not in scopes:
            raise PolicyError(f"policy.scopes[{scope.name!r}].parent is {scope.parent!r}, allowed are {sorted(scopes)}")
    return Policy(
        name=root.get("name").of(str),
        partition=root.get("partition").of(str),
        account=root.get("account").of(str),
        organization_id=root.get("organization_id").optional(str),
        resource_types=frozenset(root.get("resource_types").strings()),
        scopes=scopes,
        exemptions=tuple(_exemption(field) for field in root.get("exemptions").elements()),
        function_role_name=root.get("function_role_name").of(str),
        member_role_name=root.get("member_role_name").optional(str),
        member_external_id=root.get("member_external_id").optional(str),
        owner_tag=root.get("owner_tag").optional(str),
        settle_seconds=root.get("settle_seconds").at_least(0),
        digest_minutes=root.get("digest_minutes").at_least(0),
        actor_from=tuple(
            field.parsed(ActorSource, f"one of {[s.value for s in ActorSource]}")
            for field in root.get("actor_from").elements()
        ),
        creation_wait_seconds=root.get("creation_wait_seconds").at_least(0),
        contest_after=root.get("contest_after").at_least(1),
        mail=None if root.get("mail").value is None else _mail(root.get("mail")),
        managed_by_aws=root.get("managed_by_aws").parsed(ManagedByAws, f"one of {[m.value for m in ManagedByAws]}"),
    )


def _mail(field: _Field) -> MailRules:
    return MailRules(
        sender=field.get("sender").of(str),
        pattern=field.get("pattern").optional(str),
        addresses={owner: item.of(str) for owner, item in field.get("addresses").entries()},
        account_contact=field.get("account_contact").of(bool),
    )


def _scope(name: str, field: _Field) -> Scope:
    return Scope(
        name=name,
        target=field.get("target").optional(str),
        mode=field.get("mode").parsed(Mode, f"one of {[m.value for m in Mode]}"),
        rules=tuple(_rule(rule) for rule in field.get("tags").elements()),
        parent=field.get("parent").optional(str),
        sets_mode=field.get("sets_mode").of(bool),
        overrides={key: fields.strings() for key, fields in field.get("overrides").entries()},
    )


def _rule(field: _Field) -> TagRule:
    key = field.get("key").of(str)
    pattern = field.get("pattern").optional(str)
    if pattern is not None:
        field.get("pattern").parsed(re.compile, "a regular expression")
    types = field.get("resource_types")
    return TagRule(
        key=key,
        required=field.get("required").of(bool),
        allowed_values=field.get("allowed_values").strings(),
        pattern=pattern,
        default=field.get("default").optional(str),
        derive_from=tuple(_derivation(item, key) for item in field.get("derive_from").elements()),
        key_aliases=field.get("key_aliases").strings(),
        value_aliases={alias: item.of(str) for alias, item in field.get("value_aliases").entries()},
        replace_key_aliases=field.get("replace_key_aliases").of(bool),
        resource_types=None if types.value is None else frozenset(types.strings()),
    )


def _derivation(field: _Field, own_key: str) -> Derivation:
    source, _, key = field.of(str).partition(":")
    if source not in DERIVE_SOURCES:
        raise PolicyError(f"{field.path} is {source!r}, allowed are {sorted(DERIVE_SOURCES)}")
    return Derivation(source, key or own_key)


def _exemption(field: _Field) -> Exemption:
    return Exemption(
        name=field.get("name").of(str),
        arns=field.get("arns").strings(),
        accounts=frozenset(field.get("accounts").strings()),
        resource_types=frozenset(field.get("resource_types").strings()),
        tags={key: item.of(str) for key, item in field.get("tags").entries()},
        reason=field.get("reason").of(str),
        owner=field.get("owner").of(str),
        expires=field.get("expires").parsed(date.fromisoformat, "a date YYYY-MM-DD"),
    )


@dataclass(frozen=True, slots=True)
class _Field:
    """A value of the document, with its path for error messages."""

    path: str
    value: Any

    def get(self, key: str) -> _Field:
        body = self.of(dict)
        if key not in body:
            raise PolicyError(f"{self.path}.{key} is missing")
        return _Field(f"{self.path}.{key}", body[key])

    def with_defaults(self, defaults: Mapping[str, Any]) -> _Field:
        return _Field(self.path, {**defaults, **self.of(dict)})

    def of(self, kind: type[T]) -> T:
        # In Python, bool is a subclass of int, but `"version": true` is not version 1.
        if not isinstance(self.value, kind) or (kind is int and isinstance(self.value, bool)):
            raise PolicyError(f"{self.path} is {self.value!r}, expected {kind.__name__}")
        return self.value

    def at_least(self, minimum: int) -> int:
        number = self.of(int)
        if number < minimum:
            raise PolicyError(f"{self.path} is {number}, expected a whole number of at least {minimum}")
        return number

    def optional(self, kind: type[T]) -> T | None:
        return None if self.value is None else self.of(kind)

    def elements(self) -> list[_Field]:
        return [_Field(f"{self.path}[{i}]", item) for i, item in enumerate(self.of(list))]

    def entries(self) -> list[tuple[str, _Field]]:
        return [(key, _Field(f"{self.path}[{key!r}]", item)) for key, item in self.of(dict).items()]

    def strings(self) -> tuple[str, ...]:
        return tuple(item.of(str) for item in self.elements())

    def parsed(self, parse: Callable[[str], T], expected: str) -> T:
        text = self.of(str)
        try:
            return parse(text)
        except (ValueError, re.error) as error:
            raise PolicyError(f"{self.path} is {text!r}, expected {expected}: {error}") from error
