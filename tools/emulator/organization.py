"""An organization with one root, two organizational units, and a member account in one of them."""

from __future__ import annotations

from dataclasses import dataclass

from tools.emulator.stack import GOVERNANCE_ACCOUNT, Stack


@dataclass(frozen=True)
class Organization:
    """Ids of the organization."""

    id: str
    root_id: str
    production_unit_id: str
    sandbox_unit_id: str
    governance_account: str
    member_account: str


def create(stack: Stack) -> Organization:
    """Create an organization with tag policies and service control policies enabled, and a member account in the
    sandbox."""
    client = stack.client(GOVERNANCE_ACCOUNT, "organizations")
    organization = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    client.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    production, sandbox = (
        client.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"]
        for name in ("Production", "Sandbox")
    )
    member = add_account(stack, "sandbox", sandbox)
    return Organization(organization, root, production, sandbox, GOVERNANCE_ACCOUNT, member)


def add_account(stack: Stack, name: str, unit_id: str) -> str:
    """Create an account with a cost centre tag in an organizational unit. Return its id."""
    client = stack.client(GOVERNANCE_ACCOUNT, "organizations")
    account: str = client.create_account(
        Email=f"{name}@example.com", AccountName=name, Tags=[{"Key": "CostCenter", "Value": "CC-4711"}]
    )["CreateAccountStatus"]["AccountId"]
    root = client.list_roots()["Roots"][0]["Id"]
    client.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit_id)
    return account


def service_control_policies_of(stack: Stack, account: str) -> dict[str, str]:
    """Return the policies attached to an account and to its parents, name to content."""
    client = stack.client(GOVERNANCE_ACCOUNT, "organizations")
    found: dict[str, str] = {}
    target = account
    while True:
        for policy in client.list_policies_for_target(TargetId=target, Filter="SERVICE_CONTROL_POLICY")["Policies"]:
            found[policy["Name"]] = client.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
        if target.startswith("r-"):
            return found
        target = client.list_parents(ChildId=target)["Parents"][0]["Id"]
