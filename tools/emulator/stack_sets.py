"""Service-managed StackSets as AWS has them, for moto, which forgets their settings and knows one level of units.

- A StackSet remembers `AutoDeployment`, `ManagedExecution` and `Capabilities`.
- Instances go to every account below a root or unit, except the management account, as `AccountFilterType` says; they
  are deleted by the same targets, with the managed policies of their stacks.

Source: CreateStackSet, CreateStackInstances and DeleteStackInstances in the CloudFormation API reference.
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import StackInstances, StackSet
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.iam.models import ManagedPolicy, iam_backends
from moto.utilities.utils import get_partition

_REMEMBERED = {
    "AutoDeployment": "auto_deployment",
    "ManagedExecution": "managed_execution",
    "Capabilities": "capabilities",
}

_create_stack_set = CloudFormationResponse.create_stack_set
_update_stack_set = CloudFormationResponse.update_stack_set
_create_instances = StackInstances.create_instances


def create_stack_set(self: CloudFormationResponse) -> ActionResult:
    """Create the StackSet and remember its settings."""
    result = _create_stack_set(self)
    _remember(self)
    return result


def update_stack_set(self: CloudFormationResponse) -> ActionResult:
    """Update the StackSet and remember its settings."""
    result = _update_stack_set(self)
    _remember(self)
    return result


def create_instances(
    self: StackInstances,
    accounts: list[str],
    regions: list[str],
    parameters: Any,
    deployment_targets: dict[str, Any],
    permission_model: str,
) -> Any:
    """Create the instances of service-managed targets by the accounts that they stand for."""
    if permission_model == "SERVICE_MANAGED":
        accounts, deployment_targets = _accounts(self, deployment_targets), {}
    return _create_instances(self, accounts, regions, parameters, deployment_targets, permission_model)


def delete_stack_instances(self: CloudFormationResponse) -> ActionResult:
    """Delete the instances of the accounts or of the targets."""
    name, regions = self._get_param("StackSetName"), self._get_param("Regions", [])
    targets = self._get_params().get("DeploymentTargets")
    stack_set = self.cloudformation_backend.describe_stack_set(name)
    accounts = _accounts(stack_set.instances, targets) if targets else self._get_param("Accounts", [])
    operation = self.cloudformation_backend.delete_stack_instances(name, accounts, regions)
    return ActionResult({"OperationId": operation.operations[-1]["OperationId"]})


def delete_managed_policy(resource_name: str, document: Any, account_id: str, region_name: str) -> None:
    """Detach the policy of a stack from its roles, and delete it."""
    backend = iam_backends[account_id][get_partition(region_name)]
    for role in backend.roles.values():
        if resource_name in role.managed_policies:
            backend.detach_role_policy(resource_name, role.name)
    backend.managed_policies.pop(resource_name)


def _remember(response: CloudFormationResponse) -> None:
    stack_set = response.cloudformation_backend.describe_stack_set(response._get_param("StackSetName"))
    for parameter, attribute in _REMEMBERED.items():
        value = response._get_params().get(parameter)
        if value is not None:
            setattr(stack_set, attribute, value)


def _accounts(instances: StackInstances, targets: dict[str, Any]) -> list[str]:
    """List the accounts that targets stand for."""
    organization = instances.org_backend
    below = set(targets.get("OrganizationalUnitIds", []))
    while found := {unit.id for unit in organization.ou if unit.parent_id in below} - below:
        below |= found
    accounts = [
        account.id
        for account in organization.accounts
        if account.parent_id in below and account.id != instances.account_id
    ]
    named = set(targets.get("Accounts", []))
    match targets.get("AccountFilterType", "NONE"):
        case "INTERSECTION":
            return [account for account in accounts if account in named]
        case "DIFFERENCE":
            return [account for account in accounts if account not in named]
        case _:
            return accounts


def install() -> None:
    """Put these functions in the place of moto's."""
    # A class attribute, so that it can be set on StackSets, where moto has a property.
    StackSet.managed_execution = {"Active": False}  # type: ignore[assignment,method-assign]
    for replacement in (create_stack_set, update_stack_set, delete_stack_instances):
        setattr(CloudFormationResponse, replacement.__name__, replacement)
    StackInstances.create_instances = create_instances  # type: ignore[method-assign]
    ManagedPolicy.delete_from_cloudformation_json = staticmethod(delete_managed_policy)  # type: ignore[method-assign,assignment]
