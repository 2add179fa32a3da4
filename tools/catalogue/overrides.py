"""Facts that the models can not say. The data is in `overrides.yaml`; every row there says why it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

_HERE = Path(__file__).parent
T = TypeVar("T")
NameCase = Literal["kept", "lower", "changed"]


class OverrideError(Exception):
    """A row of `overrides.yaml` is wrong. The message names it."""


@dataclass(frozen=True)
class Spelling:
    """The differences of the events of a service from the rules."""

    members: Mapping[str, str] = field(default_factory=dict)
    body_in_input: bool = False
    capitals: bool = False
    """Members may keep the capital first letter of the model."""


@dataclass(frozen=True)
class ServiceOverride:
    """The differences of a service from the rules."""

    event_sources: tuple[str, ...] = ()
    """Every name that CloudTrail may have for it, where that is not the endpoint's."""
    iam_prefix: str | None = None
    regions: Mapping[str, str] = field(default_factory=dict)
    """Partition -> its one region, where botocore's endpoint rules do not tell."""
    dated: bool = False
    with_account: bool = False
    """Some of its ARNs are written with the account, too, where the reference has none."""
    spelling: Spelling = Spelling()
    names: NameCase = "kept"
    """The form that its ARNs give the names of a caller: the same, in lower case, or what the answer alone tells."""
    tag_actions: tuple[str, ...] | None = None
    untag_actions: tuple[str, ...] | None = None
    read_actions: tuple[str, ...] | None = None
    """The IAM actions behind its tagging operations, where these do not bear their names."""
    tag_members: Mapping[str, str] = field(default_factory=dict)
    """Member of its tagging operations -> what it stands for, where its name does not tell (see `native`)."""


@dataclass(frozen=True)
class OperationOverride:
    """The differences of an operation from the rules."""

    action: str | None = None
    types: tuple[str, ...] | None = None
    logs_tags: bool = True
    paths: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Type -> {id, arn, tags, nothing}: what is named here takes the place of what the rules find.

    An id may have a `Region` of its own, where the resource is in another one than the event. `nothing` is true of an
    event that names none, as it should.
    """


@dataclass(frozen=True)
class TypeOverride:
    """The differences of a resource type from the rules."""

    case_sensitive_keys: bool = True
    tag_api: str | None = None
    tag_noun: str = ""
    """The name that its tagging operations give it."""
    tag_members: Mapping[str, str] = field(default_factory=dict)
    """As those of its service."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """ARN variable -> the word that operations use for it."""
    attached_to: str | None = None
    """The type that it hangs on: found by that when the event that creates both names only the other."""
    describe: Mapping[str, Any] | None = None
    """Operation that tells whether it is there, where the one that reads its tags does not: {operation, parameter,
    filter, present, also}."""
    related: tuple[Mapping[str, Any], ...] | None = None
    """Takes the place of what the rules find: rows of {type, id}."""
    spellings: Mapping[str, str] | None = None
    """Takes the place of what the rules find: ARN template of another spelling -> that of the ledger's."""
    arn_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """ARN variable in the place of the resource type, where IAM takes no wildcard -> its values."""


@dataclass(frozen=True)
class GuardOverride:
    """Guard of an operation of which the IAM reference does not say if and where it can be denied."""

    because: str
    resource: str | None = None
    """ARN template to deny it on; None when it cannot be denied."""


@dataclass(frozen=True)
class Unmodelled:
    """A resource that an event creates whose call is in no model."""

    type: str
    id: Mapping[str, str] = field(default_factory=dict)
    arn: str | None = None
    tags: str | None = None


@dataclass(frozen=True)
class Notification:
    """An event of a service itself, which needs no trail, about a resource that is there."""

    source: str
    detail_type: str
    type: str
    detail: Mapping[str, list[str]]
    """Member of `detail` -> its values, as EventBridge matches them."""
    id: Mapping[str, str]

    def entry(self) -> dict[str, Any]:
        """As the catalogue has it."""
        return {"source": self.source, "detail_type": self.detail_type, "detail": self.detail, "id": self.id}


@dataclass(frozen=True)
class Overrides:
    """All of `overrides.yaml`."""

    services: Mapping[str, ServiceOverride]
    operations: Mapping[str, OperationOverride]
    types: Mapping[str, TypeOverride]
    resources: Mapping[str, str]
    """Types that the IAM reference lacks or has wrong -> ARN template."""
    unmodelled: Mapping[str, Unmodelled]
    """Event source and name -> what it creates."""
    notifications: tuple[Notification, ...]
    left_out: Mapping[str, str]
    """Service, or service.Operation -> why it is not covered."""
    guards: Mapping[str, GuardOverride]
    """Operation (service.Operation) -> what a service control policy can ask of it."""
    created_untagged: Mapping[str, str]
    """Type -> who creates it without tags on behalf of others."""

    def service(self, name: str) -> ServiceOverride:
        """By botocore's name of the service."""
        return self.services.get(name, ServiceOverride())

    def operation(self, service: str, name: str) -> OperationOverride:
        """By botocore's name of the service and the operation."""
        return self.operations.get(f"{service}.{name}", OperationOverride())

    def type(self, name: str) -> TypeOverride:
        """By type name."""
        return self.types.get(name, TypeOverride())


@dataclass(frozen=True)
class _Resource:
    arn: str


def load_overrides() -> Overrides:
    """Read `overrides.yaml`.

    Raises:
        OverrideError: a row has no reason, or a field that is not known.
    """
    raw = yaml.safe_load((_HERE / "overrides.yaml").read_text(encoding="utf-8"))
    return Overrides(
        services={name: _service(name, row) for name, row in raw["services"].items()},
        operations={name: _parsed(OperationOverride, name, row) for name, row in raw["operations"].items()},
        types={name: _parsed(TypeOverride, name, row) for name, row in raw["types"].items()},
        resources={name: _parsed(_Resource, name, row).arn for name, row in raw["resources"].items()},
        unmodelled={name: _parsed(Unmodelled, name, row) for name, row in raw["unmodelled"].items()},
        notifications=tuple(_parsed(Notification, row["detail_type"], row) for row in raw["notifications"]),
        left_out=raw["left_out"],
        guards={name: _parsed(GuardOverride, name, row) for name, row in raw["guards"].items()},
        created_untagged=raw["created_untagged"],
    )


@dataclass(frozen=True)
class TaggingApi:
    """The things that the Resource Groups Tagging API is known to tag: all of `tagging_api.yaml`."""

    only: Mapping[str, list[str]]
    """IAM prefix -> the types it takes, of services of which it does not take all."""
    actions: Mapping[str, list[str]]
    """IAM prefix -> the actions with which it tags and untags."""

    def takes(self, prefix: str, name: str, tag_actions: Iterable[str]) -> bool:
        """Does it tag a type that is tagged with these actions of its service?"""
        known = {f"{prefix}:{action}" for action in self.actions.get(prefix, ())}
        return name in self.only.get(prefix, [name]) and not known.isdisjoint(tag_actions)


def load_tagging_api() -> TaggingApi:
    """Read `tagging_api.yaml`."""
    return TaggingApi(**yaml.safe_load((_HERE / "tagging_api.yaml").read_text(encoding="utf-8")))


def _service(name: str, row: Mapping[str, Any]) -> ServiceOverride:
    spelling = _parsed(Spelling, name, {"because": row.get("because"), **row.get("spelling", {})})
    return _parsed(ServiceOverride, name, {**row, "spelling": spelling})


def _parsed(kind: type[T], name: str, row: Mapping[str, Any]) -> T:
    if not row.get("because"):
        raise OverrideError(f"{name}: every row says why it is needed (because)")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    if kind is not GuardOverride:  # its reason is part of the report
        values.pop("because")
    try:
        return kind(**values)
    except TypeError as error:
        raise OverrideError(f"{name}: {error}") from error
