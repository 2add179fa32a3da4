"""The hook that checks CloudFormation stacks for required tags: wrong settings, and its template."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.conftest import Root, assert_refused
from tools import ROOT, WORK
from tools.emulator.terraform import Terraform, copy_module

TEMPLATE = ROOT / "modules" / "tag-policy-hook" / "template.yaml"

PROVIDER = """
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""

# What is wrong, the variables, and what the message has to say.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "name of no stack": ({"name": "1-hook"}, ['name is "1-hook"', "1 to 128 letters"]),
    "unknown failure mode": ({"failure_mode": "ERROR"}, ['failure_mode is "ERROR"', "WARN and FAIL"]),
    "no operations": ({"target_operations": []}, ["target_operations is empty", "STACK and CHANGE_SET", "enabled"]),
    "operation without effect": (
        {"target_operations": ["STACK", "RESOURCE"]},
        ['target_operations has "RESOURCE"', "STACK and CHANGE_SET", "whole stacks"],
    ),
    "wildcard in a stack's name": (
        {"stacks": {"exclude": ["shop", "network-*"]}},
        ['stacks.exclude[1] is "network-*"', "1 to 128 letters", "no wildcard"],
    ),
    "more stacks than a filter takes": (
        {"stacks": {"include": [f"stack-{n}" for n in range(51)]}},
        ["stacks.include has 51 names", "allows 50"],
    ),
    "stack in both lists": (
        {"stacks": {"include": ["shop", "search"], "exclude": ["shop"]}},
        ["stacks.include and stacks.exclude", '"shop"'],
    ),
    "configuration longer than a parameter": (
        {"stacks": {"include": [f"{'a' * 100}-{n}" for n in range(40)]}},
        ["stacks: with these names the configuration takes", "4,096"],
    ),
    "role with a path": (
        {"execution_role_name": "hooks/tags"},
        ['execution_role_name is "hooks/tags"', "1 to 64", "no path"],
    ),
    "region that is none": (
        {"execution_role_region": "Frankfurt"},
        ['execution_role_region is "Frankfurt"', "us-east-1"],
    ),
    "boundary by name": (
        {"permissions_boundary_arn": "boundary"},
        ['permissions_boundary_arn is "boundary"', "arn:aws:iam::ACCOUNT:policy/NAME"],
    ),
    "publisher with a dot": ({"publisher_id": "aws.hooks"}, ['publisher_id is "aws.hooks"', "1 to 40"]),
}


@pytest.fixture(scope="module")
def hook(worker_id: str) -> Root:
    """The module by itself."""
    folder = copy_module(WORK / f"tag-policy-hook-{worker_id}") / "modules" / "tag-policy-hook"
    Path(folder, "test.tf").write_text(PROVIDER)
    terraform = Terraform(folder, {})
    terraform.init()
    return Root(terraform)


@pytest.mark.parametrize(("variables", "words"), REFUSED.values(), ids=REFUSED)
def test_wrong_settings_are_refused(hook: Root, variables: dict[str, Any], words: list[str]) -> None:
    assert_refused(hook.refusals(variables), words)


def test_all_wrong_settings_are_said_at_once(hook: Root) -> None:
    refused = hook.refusals({"target_operations": ["RESOURCE"], "stacks": {"exclude": ["a*"]}})

    assert [line.split()[0] for line in refused] == ["target_operations", "stacks.exclude[0]"]


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "us-iso-east-1"])
def test_role_may_be_made_in_a_region_of_any_partition(hook: Root, region: str) -> None:
    assert hook.refusals({"execution_role_region": region}) == []


def test_cloudformation_knows_every_property_of_the_template() -> None:
    cfn_lint = Path(sys.executable).with_name("cfn-lint")

    linted = subprocess.run([str(cfn_lint), str(TEMPLATE)], capture_output=True, text=True, check=False)

    assert linted.returncode == 0, linted.stdout + linted.stderr
