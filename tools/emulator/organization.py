"""An organization to govern: one root, two organizational units, and a member account in one of them."""

from __future__ import annotations

from dataclasses import dataclass

from .stack import GOVERNANCE_ACCOUNT, Stack


@dataclass(frozen=True)
class Organization:
    """The ids that AWS gave out."""

    id: str
    root_id: str
    production_unit_id: str
    sandbox_unit_id: str
    governance_account: str
    member_account: str


def create(stack: Stack) -> Organization:
    """Create it, with tag policies and service control policies switched on, the member in the sandbox."""
    client = stack.client(GOVERNANCE_ACCOUNT, "organizations")
    organization = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    client.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    production, sandbox = (
        client.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"]
        for name in ("Production", "Sandbox")
    )
    member = client.create_account(
        Email="sandbox@example.com", AccountName="sandbox", Tags=[{"Key": "CostCenter", "Value": "CC-4711"}]
    )["CreateAccountStatus"]["AccountId"]
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=sandbox)
    return Organization(organization, root, production, sandbox, GOVERNANCE_ACCOUNT, member)
