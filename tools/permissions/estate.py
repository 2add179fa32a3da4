"""The roles and resource policies of a plan or a state, and what they allow together.

Source: "Policy evaluation logic" in the IAM user guide; for keys "Key policies" in the KMS developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tools.permissions.policy import Principal, Request, Statement, read_policy

_POLICY_DECIDES = ("kms", "sts")
"""Services in whose own account a role's policies are not enough: the key's or the role's own policy has to agree. A
key that is not of the estate leaves it to them, as the default key policy does."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as Terraform plans or keeps it."""

    address: str
    type: str
    name: str
    values: Mapping[str, Any]

    @property
    def module(self) -> str:
        """The address of the module that it is in."""
        return self.address.rpartition(f"{self.type}.")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a request: allowed or not, and the statements that were about it."""

    is_allowed: bool
    statements: frozenset[Statement] = frozenset()


@dataclass(frozen=True)
class Estate:
    """All that has a say when the functions, or AWS for them, make a call.

    `arns` are those of every resource by `type.name`, `modules` says by ARN which module a resource is in, and `keys`
    which key encrypts it.
    """

    organization: str | None
    roles: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    resource_policies: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    arns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def statements(self) -> list[Statement]:
        """Every statement of every policy, one that several roles carry once."""
        carriers = (*self.roles.values(), *self.resource_policies.values())
        return list(dict.fromkeys(statement for statements in carriers for statement in statements))

    def beside(self, other: Estate) -> Estate:
        """Join two estates: the home account and a member account, each planned by itself."""
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
        """Find the key that encrypts a resource, or the resource that it is a part of."""
        return next((k for arn, k in self.keys.items() if resource == arn or resource.startswith(f"{arn}/")), None)

    def decide(self, request: Request, without: Statement | None = None) -> Verdict:
        """Judge a request, as if one statement were not there.

        A principal whose role is not here is allowed everything by its own account: that is the worst case.
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
        # A bucket's policy is about its objects, too.
        return self.resource_policies.get(resource.split("/")[0], ()) if found is None else found


def read_estate(resources: Iterable[Resource], organization: str | None) -> Estate:
    """Build the estate of some resources, with the policies that they carry."""
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
        keys={arn: key for resource in found for arn, key in _encrypted(resource, found) if key},
    )


def planned(changes: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """List the resources in `resource_changes` of a plan (`terraform show -json`, `terraform test -json -verbose`)."""
    return [
        Resource(change["address"], change["type"], change["name"], change["change"]["after"])
        for change in changes
        if change["mode"] == "managed" and change["change"]["after"] is not None
    ]


def applied(state: str) -> list[Resource]:
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
        # Roles of two accounts may have the same name; in one module there is one.
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
                (arn,) = _beside(resource, resources, "aws_sqs_queue", "url", values["queue_url"])
                yield arn, read_policy(resource.address, values["policy"])
            case "aws_s3_bucket_policy":
                (arn,) = _beside(resource, resources, "aws_s3_bucket", "id", values["bucket"])
                yield arn, read_policy(resource.address, values["policy"])
            case "aws_cloudwatch_event_bus_policy":
                (arn,) = _beside(resource, resources, "aws_cloudwatch_event_bus", "name", values["event_bus_name"])
                yield arn, read_policy(resource.address, values["policy"])


def _encrypted(resource: Resource, resources: list[Resource]) -> Iterator[tuple[str, str | None]]:
    values = resource.values
    match resource.type:
        case "aws_sns_topic" | "aws_sqs_queue":
            yield values["arn"], values.get("kms_master_key_id")
        case "aws_dynamodb_table":
            yield values["arn"], (values.get("server_side_encryption") or [{}])[0].get("kms_key_arn")
        case "aws_s3_bucket_server_side_encryption_configuration":
            (arn,) = _beside(resource, resources, "aws_s3_bucket", "id", values["bucket"])
            default = values["rule"][0]["apply_server_side_encryption_by_default"][0]
            yield arn, default.get("kms_master_key_id")


def _beside(resource: Resource, resources: list[Resource], kind: str, attribute: str, value: str) -> list[str]:
    """Find the ARN of what a resource is about in its module: names and URLs repeat in other accounts and regions."""
    return [
        r.values["arn"]
        for r in resources
        if r.module == resource.module and r.type == kind and r.values.get(attribute) == value
    ]


def role(arn: str) -> Principal:
    """Make the principal of a role."""
    return Principal(arn, arn.split(":")[4])
