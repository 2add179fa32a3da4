"""The examples as root modules on an emulated AWS, each in a working copy of its own."""

from __future__ import annotations

from pathlib import Path

from .organization import Organization
from .stack import FURTHER_REGION, REGION, Stack
from .terraform import OnLine, Terraform, copy_module

SETTLE_SECONDS = 1
"""Emulators are consistent at once: nothing has to settle."""
DIGEST_MINUTES = 0
"""Owners are told at once."""


def simple(stack: Stack, account: str, copy: Path) -> Terraform:
    """examples/simple, in one account that belongs to no organization, writing tags."""
    folder = copy_module(copy) / "examples" / "simple"
    return Terraform(folder, {**stack.environment(account), "TF_VAR_mode": "remediate"})


def complete(stack: Stack, created: Organization, copy: Path, on_line: OnLine | None = None) -> Terraform:
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
    folder = copy_module(copy) / "examples" / "complete"
    environment = stack.environment() | {f"TF_VAR_{name}": value for name, value in variables.items()}
    return Terraform(folder, environment, on_line)
