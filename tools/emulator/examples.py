"""The examples as root modules on an emulated AWS, in a working copy of the module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.emulator.organization import Organization
from tools.emulator.stack import FURTHER_REGION, REGION, Stack
from tools.emulator.terraform import OnLine, Terraform

SETTLE_SECONDS = 1
"""Emulators have no lag."""
DIGEST_MINUTES = 0
"""Notices are sent at once."""


def simple(stack: Stack, account: str, module: Path) -> Terraform:
    """examples/simple, in one account that belongs to no organization, writing tags."""
    return Terraform(module / "examples" / "simple", {**stack.environment(account), "TF_VAR_mode": "remediate"})


def disabled(stack: Stack, module: Path) -> Terraform:
    """examples/disabled."""
    return Terraform(module / "examples" / "disabled", stack.environment())


def complete(stack: Stack, created: Organization, module: Path, on_line: OnLine | None = None) -> Terraform:
    """Set up examples/complete, in an organization with two accounts, in two regions of both."""
    variables = {
        "organization_id": created.id,
        "root_id": created.root_id,
        "production_unit_id": created.production_unit_id,
        "sandbox_unit_id": created.sandbox_unit_id,
        "member_account_id": created.member_account,
        "region": REGION,
        "further_region": FURTHER_REGION,
        "settle_seconds": str(SETTLE_SECONDS),
        "digest_minutes": str(DIGEST_MINUTES),
    }
    environment = stack.environment() | {f"TF_VAR_{name}": value for name, value in variables.items()}
    return Terraform(module / "examples" / "complete", environment, on_line)


@dataclass(frozen=True)
class ToolingAccount:
    """The configurations of examples/tooling-account, one per account, in the order of their applies."""

    management: Terraform
    tooling: Terraform
    policies: Terraform


def tooling_account(
    stack: Stack, created: Organization, tooling_account: str, policies_account: str, module: Path
) -> ToolingAccount:
    """Set up examples/tooling-account in an organization; `policies` lacks the variable `tooling_stack`."""
    folder = module / "examples" / "tooling-account"
    organization = {"organization_id": created.id, "region": REGION}
    scopes = {"root_id": created.root_id, "production_unit_id": created.production_unit_id}
    pace = {"settle_seconds": str(SETTLE_SECONDS), "digest_minutes": str(DIGEST_MINUTES)}

    def part(name: str, account: str, variables: Mapping[str, str]) -> Terraform:
        given = {f"TF_VAR_{key}": value for key, value in {**organization, **variables}.items()}
        return Terraform(folder / name, stack.environment(account) | given)

    accounts = {"policies_account_id": policies_account, "tooling_account_id": tooling_account}
    return ToolingAccount(
        part("management", created.governance_account, accounts),
        part("tooling", tooling_account, {**scopes, **pace, "member_account_id": created.member_account}),
        part("policies", policies_account, scopes),
    )
