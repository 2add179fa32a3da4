"""Position of an account in the organization, and the policies of the stack that hold there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from taggov.aws_session import session_of
from taggov.costs.sources.aws_errors import source_errors

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

_SERVICE = "AWS Organizations"
_KINDS: tuple[tuple[Literal["TAG_POLICY", "SERVICE_CONTROL_POLICY"], str], ...] = (
    ("TAG_POLICY", "tag"),
    ("SERVICE_CONTROL_POLICY", "service-control"),
)
_ABSENT = {
    "AccountNotFoundException": "the organization has no such account",
    "ChildNotFoundException": "the organization has no such account",
    "AWSOrganizationsNotInUseException": "these credentials are of an account without an organization",
}


@dataclass(frozen=True, slots=True)
class Node:
    """Account, organizational unit or root."""

    id: str
    name: str
    kind: Literal["account", "unit", "root"]


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """Policy of the stack that holds for the account."""

    type: str
    name: str
    id: str
    node: Node
    """Node that it is attached to."""


class Organization:
    """AWS Organizations, as the caller may read it.

    Args:
        client: with credentials of the management account or of a delegated administrator.
    """

    def __init__(self, client: OrganizationsClient) -> None:
        self._client = client

    def path(self, account: str) -> tuple[Node, ...]:
        """Read the account and everything above it, the account first and the root last.

        Raises:
            SourceError: the account is not in the organization, or Organizations refuses.
        """
        with source_errors(f"{_SERVICE}: account {account}", "organizations:DescribeAccount", _ABSENT):
            name = self._client.describe_account(AccountId=account)["Account"].get("Name", "")
        return Node(account, name, "account"), *self._above(account)

    def policies(self, path: Sequence[Node], stack: str) -> list[HeldPolicy]:
        """List the policies of a stack that are attached to the account or above it. Service control policies do not
        bind the management account.

        Raises:
            SourceError: Organizations refuses.
        """
        with source_errors(_SERVICE, "organizations:DescribeOrganization", _ABSENT):
            management = self._client.describe_organization()["Organization"].get("MasterAccountId")
        is_bound = path[0].id != management
        return [
            HeldPolicy(kind, policy["Name"], policy["Id"], node)
            for kind, infix in _KINDS
            if is_bound or kind != "SERVICE_CONTROL_POLICY"
            for node in path
            for policy in self._attached(node, kind)
            if policy["Name"].startswith(f"{stack}-{infix}-")
        ]

    def _above(self, node: str) -> Iterator[Node]:
        while True:
            with source_errors(f"{_SERVICE}: {node}", "organizations:ListParents", _ABSENT):
                (parent,) = self._client.list_parents(ChildId=node)["Parents"]
            node = parent["Id"]
            if parent["Type"] == "ROOT":
                yield Node(node, "Root", "root")
                return
            with source_errors(_SERVICE, "organizations:DescribeOrganizationalUnit"):
                unit = self._client.describe_organizational_unit(OrganizationalUnitId=node)["OrganizationalUnit"]
            yield Node(node, unit.get("Name", ""), "unit")

    def _attached(self, node: Node, kind: Literal["TAG_POLICY", "SERVICE_CONTROL_POLICY"]) -> Iterator[dict[str, str]]:
        with source_errors(f"{_SERVICE}: {node.id}", "organizations:ListPoliciesForTarget"):
            pages = self._client.get_paginator("list_policies_for_target").paginate(TargetId=node.id, Filter=kind)
            for page in pages:
                for policy in page["Policies"]:
                    yield {"Name": policy.get("Name", ""), "Id": policy.get("Id", "")}


def open_organization(profile: str | None) -> Organization:
    """Open AWS Organizations with a profile, or with the credentials of the environment.

    Raises:
        SourceError: there is no such profile.
    """
    session = session_of(profile)
    return Organization(session.client("organizations", region_name=session.region_name or "us-east-1"))
