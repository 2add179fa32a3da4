"""The hook that checks CloudFormation stacks for required tags: wrong settings, and its template."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.conftest import Root, assert_refused, lines_of
from tools import ROOT, WORK
from tools.emulator.terraform import Terraform, copy_module

TEMPLATE = ROOT / "modules" / "tag-policy-hook" / "template.yaml"

PROVIDER = {
    "region": "us-east-1",
    "access_key": "test",
    "secret_key": "test",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_requesting_account_id": True,
}

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


SEVERAL = {"target_operations": ["RESOURCE"], "stacks": {"exclude": ["a*"]}}
REGIONS = ("eu-central-1", "us-gov-west-1", "us-iso-east-1")

Refusals = dict[str, list[str]]


@pytest.fixture(scope="module")
def refusals(worker_id: str) -> Refusals:
    """Call the module with all settings in one configuration, and return the lines that refuse each."""
    folder = copy_module(WORK / f"tag-policy-hook-{worker_id}") / "modules" / "tag-policy-hook"
    caller = Root(Terraform(folder / "caller", {}))
    caller.terraform.folder.mkdir()
    file_of(caller, "provider").write_text(json.dumps({"provider": {"aws": PROVIDER}}))
    cases = {case: variables for case, (variables, _) in REFUSED.items()}
    cases |= {"several": SEVERAL} | {region: {"execution_role_region": region} for region in REGIONS}
    for case, variables in cases.items():
        name = name_of(case)
        # A diagnostic tells the file that it is about, so each call has files of its own.
        shutil.copytree(folder, caller.terraform.folder / name, ignore=shutil.ignore_patterns("caller"))
        file_of(caller, case).write_text(json.dumps({"module": {name: {"source": f"./{name}", **variables}}}))
    caller.terraform.init()
    refused: Refusals = {case: [] for case in cases}
    # Terraform plans nothing while the validation of a variable refuses a call: the second plan is without those.
    for _ in range(2):
        for diagnostic in caller.diagnostics("error", {}):
            (case,) = (case for case in cases if is_about(diagnostic, case))
            refused[case] += lines_of(diagnostic)
            file_of(caller, case).unlink(missing_ok=True)
    return refused


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_settings_are_refused(refusals: Refusals, case: str) -> None:
    assert_refused(refusals[case], REFUSED[case][1])


def test_all_wrong_settings_are_said_at_once(refusals: Refusals) -> None:
    assert [line.split()[0] for line in refusals["several"]] == ["target_operations", "stacks.exclude[0]"]


@pytest.mark.parametrize("region", REGIONS)
def test_role_may_be_made_in_a_region_of_any_partition(refusals: Refusals, region: str) -> None:
    assert refusals[region] == []


def test_cloudformation_knows_every_property_of_the_template() -> None:
    cfn_lint = Path(sys.executable).with_name("cfn-lint")

    linted = subprocess.run([str(cfn_lint), str(TEMPLATE)], capture_output=True, text=True, check=False)

    assert linted.returncode == 0, linted.stdout + linted.stderr


def name_of(case: str) -> str:
    """Turn a case into the name of a module call."""
    return re.sub(r"\W", "_", case)


def file_of(caller: Root, case: str) -> Path:
    return caller.terraform.folder / f"{name_of(case)}.tf.json"


def is_about(diagnostic: dict[str, Any], case: str) -> bool:
    """Recognize the file of a case's call, or of the module that it calls."""
    return re.split(r"[./]", diagnostic["range"]["filename"])[0] == name_of(case)
