"""Cost of a plan for everything that AWS has: what Terraform works out, without any call of AWS."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import WORK
from tools.emulator.terraform import Terraform, copy_module

_SCOPES = 30
_KEYS = ("Application", "CostCenter", "DataClass", "Environment", "Owner", "Project")
_DENIED = ["ec2:*", "lambda:*", "rds:*", "s3:*"]
_ACCOUNT = "111111111111"
_TESTS = Path("bench")

_UNREACHED = (
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_requesting_account_id",
)

# What the plan would ask AWS for.
_ANSWERS: Mapping[str, Mapping[str, object]] = {
    "data.aws_caller_identity.current": {"account_id": _ACCOUNT, "arn": f"arn:aws:iam::{_ACCOUNT}:role/pipeline"},
    "module.remediation[0].data.aws_caller_identity.current": {"account_id": _ACCOUNT},
    "module.remediation[0].module.tagging_permissions.data.aws_caller_identity.current": {"account_id": _ACCOUNT},
    "module.event_forwarding[0].data.aws_caller_identity.current": {"account_id": _ACCOUNT},
    "data.aws_organizations_organization.current": {"master_account_id": _ACCOUNT, "roots": [{"id": "r-root"}]},
    "data.aws_organizations_policies_for_target.attached": {"ids": []},
    "data.aws_organizations_organizational_unit_descendant_accounts.scope": {"accounts": []},
    "data.aws_organizations_organizational_unit_descendant_organizational_units.scope": {"children": []},
}


def figures() -> Iterator[dict[str, object]]:
    """Plan thirty OUs with values of their own, and six tags that are required of every type."""
    folder = copy_module(WORK / "bench-plan")
    path = folder / _TESTS / "plan.tftest.json"
    path.parent.mkdir()
    path.write_text(json.dumps(_plan()))
    terraform = Terraform(folder, {})
    terraform.run("init", "-input=false", "-no-color", "-backend=false", f"-test-directory={_TESTS}")
    before = _seconds()
    printed = terraform.run("test", "-json", "-verbose", f"-test-directory={_TESTS}")
    seconds = _seconds() - before
    contents = [
        change["change"]["after"]["content"]
        for line in printed.splitlines()
        if line.startswith("{") and (record := json.loads(line))["type"] == "test_plan"
        for change in record["test_plan"]["resource_changes"]
        if change["type"] == "aws_organizations_policy"
    ]
    yield {
        "figure": "plan_of_all_types",
        "unit": "seconds of CPU",
        "value": round(seconds, 1),
        "scopes": _SCOPES,
        "tags": len(_KEYS),
        "policies": len(contents),
        "bytes_of_policies": sum(map(len, contents)),
    }


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _plan() -> dict[str, Any]:
    types = {"enforced_for": ["*"], "report_required_for": ["*"], "deny_create_without": _DENIED}
    scopes = {
        f"unit-{number:02}": {
            "target_id": f"ou-root-{number:08}",
            "tags": {"Project": {"allowed_values": [f"project-{number}"]}},
        }
        for number in range(_SCOPES)
    }
    return {
        "provider": {
            "aws": {
                "region": "us-east-1",
                "access_key": "test",
                "secret_key": "test",
                **dict.fromkeys(_UNREACHED, True),
            }
        },
        "override_data": [{"target": target, "values": values} for target, values in _ANSWERS.items()],
        "variables": {
            "organization": {"id": "o-abcdefghij"},
            "quotas": {"tag_policies_per_target": 1000, "service_control_policies_per_target": 1000},
            "tags": {key: {"allowed_values": ["one", "two"], **types} for key in _KEYS},
            "scopes": scopes,
        },
        "run": {"plan": {"command": "plan"}},
    }
