"""Roles and resource policies of a plan or a state, and their combined effect.

Source: "Policy evaluation logic" in the IAM user guide; for keys, "Key policies" in the KMS developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tools.permissions.policy import Principal, Request, Statement, read_policy

_POLICY_DECIDES = ("kms", "sts")
"""Services for which the policies of a role are not sufficient even in the same account: the policy of the key or role
must allow the call too. A key outside the estate is treated like one with the default key policy."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in a plan or a state."""

    address: str
    type: str
    name: str
    values: Mapping[str, Any]

    @property
    def module(self) -> str:
        """Address of the module of the resource."""
        return self.address.rpartition(f"{self.type}.")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a request, and the statements that matched it."""

    is_allowed: bool
    statements: frozenset[Statement] = frozenset()


@dataclass(frozen=True)
class Estate:
    """All policies that affect the calls of the functions, and of AWS on their behalf.

    `arns` are the ARNs of all resources by `type.name`. `modules` is the module of each resource by ARN, `keys` the key
    that encrypts it.
    """

    organization: str | None
    roles: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    resource_policies: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    arns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def statements(self) -> list[Statement]:
        """All statements of all policies, without duplicates."""
        carriers = (*self.roles.values(), *self.resource_policies.values())
        return list(dict.fromkeys(statement for statements in carriers for statement in statements))

    def beside(self, other: Estate) -> Estate:
        """Join two estates that were planned separately: the home account and a member account."""
        names = dict.fromkeys((*self.arns, *other.arns))
        return replace(
            self,
            roles={**self.roles, **other.roles},
            resource_policies={**self.resource_policies, **other.resource_policies},
            arns={name: (*self.arns.get(name, ()), *other.arns.get(name, ())) for name in names},
            modules={**self.modules, **other.modules},
            keys={**self.keys, **other.keys},
        )

    def key_of(self, resource: str) -> str | None:
        """Return the key that encrypts a resource, or the resource that it is a part of."""
        return next((k for arn, k in self.keys.items() if resource == arn or resource.startswith(f"{arn}/")), None)

    def decide(self, request: Request, without: Statement | None = None) -> Verdict:
        """Evaluate a request, optionally without one statement.

        A principal whose role is not in the estate is assumed to have all permissions of its own account: the worst
        case.
        """
        principal = request.principal
        identity = self.roles.get(principal.name)
        own = [s for s in identity or () if s is not without and s.is_about(request)]
        of_resource = [s for s in self._policy_of(request.resource) if s is not without and s.is_about(request)]
        direct = [s for s in of_resource if s.names(principal)]
        delegated = [s for s in of_resource if s.names_account(principal)]
        fitting = frozenset((*own, *direct, *delegated))
        if any(not statement.allows for statement in fitting):
            return Verdict(False, fitting)
        identity_allows = bool(own) or (identity is None and principal.account is not None)
        if principal.account is None:
            return Verdict(bool(direct), fitting)
        if principal.account != request.account:
            return Verdict(identity_allows and bool(direct or delegated), fitting)
        if request.action.split(":")[0] in _POLICY_DECIDES and request.resource in self.resource_policies:
            return Verdict(bool(direct) or (identity_allows and bool(delegated)), fitting)
        return Verdict(bool(direct) or identity_allows, fitting)

    def _policy_of(self, resource: str) -> tuple[Statement, ...]:
        found = self.resource_policies.get(resource)
        # The policy of a bucket applies to its objects too.
        return self.resource_policies.get(resource.split("/")[0], ()) if found is None else found


def read_estate(resources: Iterable[Resource], organization: str | None) -> Estate:
    """Build the estate of resources with their policies."""
    found = list(resources)
    arns: dict[str, list[str]] = {}
    for resource in found:
        if resource.values.get("arn"):
            arns.setdefault(f"{resource.type}.{resource.name}", []).append(resource.values["arn"])
    return Estate(
        organization,
        roles={r.values["arn"]: tuple(_policies_of_role(r, found)) for r in found if r.type == "aws_iam_role"},
        resource_policies=dict(_resource_policies(found)),
        arns={name: tuple(dict.fromkeys(values)) for name, values in arns.items()},
        modules={r.values["arn"]: r.module for r in found if r.values.get("arn")},
        keys={arn: key for resource in found for arn, key in _encryption_keys(resource, found) if key},
    )


def planned_resources(changes: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """List the resources in `resource_changes` of a plan (`terraform show -json`, `terraform test -json -verbose`)."""
    return [
        Resource(change["address"], change["type"], change["name"], change["change"]["after"])
        for change in changes
        if change["mode"] == "managed" and change["change"]["after"] is not None
    ]


def applied_resources(state: str) -> list[Resource]:
    """List the resources of a state, as `terraform show -json` prints it."""
    return list(_of_module(json.loads(state)["values"]["root_module"]))


def _of_module(module: Mapping[str, Any]) -> Iterator[Resource]:
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield Resource(resource["address"], resource["type"], resource["name"], resource["values"])
    for child in module.get("child_modules", []):
        yield from _of_module(child)


def _policies_of_role(role: Resource, resources: list[Resource]) -> Iterator[Statement]:
    policies = {r.values.get("arn"): r for r in resources if r.type == "aws_iam_policy"}
    for resource in resources:
        # Roles of two accounts can have the same name, roles of one module cannot.
        if resource.module != role.module or resource.values.get("role") != role.values["name"]:
            continue
        if resource.type == "aws_iam_role_policy":
            yield from read_policy(resource.address, resource.values["policy"])
        elif resource.type == "aws_iam_role_policy_attachment":
            attached = policies[resource.values["policy_arn"]]
            yield from read_policy(attached.address, attached.values["policy"])


def _resource_policies(resources: list[Resource]) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    for resource in resources:
        values = resource.values
        match resource.type:
            case "aws_iam_role":
                yield values["arn"], read_policy(f"{resource.address} (trust)", values["assume_role_policy"])
            case "aws_kms_key":
                yield values["arn"], read_policy(resource.address, values["policy"])
            case "aws_sns_topic_policy":
                yield values["arn"], read_policy(resource.address, values["policy"])
            case "aws_sqs_queue_policy":
                (arn,) = _arns_in_module(resource, resources, "aws_sqs_queue", "url", values["queue_url"])
                yield arn, read_policy(resource.address, values["policy"])
            case "aws_s3_bucket_policy":
                (arn,) = _arns_in_module(resource, resources, "aws_s3_bucket", "id", values["bucket"])
                yield arn, read_policy(resource.address, values["policy"])
            case "aws_cloudwatch_event_bus_policy":
                (arn,) = _arns_in_module(
                    resource, resources, "aws_cloudwatch_event_bus", "name", values["event_bus_name"]
                )
                yield arn, read_policy(resource.address, values["policy"])


def _encryption_keys(resource: Resource, resources: list[Resource]) -> Iterator[tuple[str, str | None]]:
    values = resource.values
    match resource.type:
        case "aws_sns_topic" | "aws_sqs_queue":
            yield values["arn"], values.get("kms_master_key_id")
        case "aws_dynamodb_table":
            yield values["arn"], (values.get("server_side_encryption") or [{}])[0].get("kms_key_arn")
        case "aws_s3_bucket_server_side_encryption_configuration":
            (arn,) = _arns_in_module(resource, resources, "aws_s3_bucket", "id", values["bucket"])
            default = values["rule"][0]["apply_server_side_encryption_by_default"][0]
            yield arn, default.get("kms_master_key_id")


def _arns_in_module(resource: Resource, resources: list[Resource], kind: str, attribute: str, value: str) -> list[str]:
    """Find the ARN of a resource in the same module: names and URLs repeat in other accounts and regions."""
    return [
        r.values["arn"]
        for r in resources
        if r.module == resource.module and r.type == kind and r.values.get(attribute) == value
    ]


def role(arn: str) -> Principal:
    """Build the principal of a role."""
    return Principal(arn, arn.split(":")[4])
