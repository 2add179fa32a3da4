"""Policies on targets that others use as well, and scopes that are renamed, on an embedded AWS."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tools.emulator.organization import Organization
from tools.emulator.stack import REGION, Stack
from tools.emulator.terraform import Terraform, TerraformError, copy_module

OTHERS = ("aws-guardrails-AbCdEf", "lza-guardrails-1", "slots-service-control-before-01-old")
"""Names of policies that somebody else attached; the last one merely begins like those of the stack."""

CONFIGURATION = """
provider "aws" {
  region = "%s"
}

variable "unit_id" {
  type = string
}

variable "organization_id" {
  type = string
}

variable "scope" {
  type = string
}

variable "slots" {
  type    = number
  default = 5
}

module "tag_governance" {
  source = "../.."

  name           = "slots"
  remediation    = false
  resource_types = ["ec2:instance", "s3:bucket", "sqs:queue"]

  tags = {
    Owner = { enforced_for = ["s3:bucket"], deny_create_without = ["sqs:queue"] }
  }

  scopes       = { (var.scope) = { target_id = var.unit_id } }
  organization = { id = var.organization_id }

  quotas = {
    service_control_policies_per_target = var.slots
    tag_policies_per_target             = 1
  }
}

output "moved_blocks" {
  value = module.tag_governance.moved_blocks
}
"""


@dataclass(frozen=True)
class Consumer:
    """A configuration that calls the module, and the organization around it."""

    terraform: Terraform
    stack: Stack
    account: str

    def changes(self, **variables: object) -> tuple[list[str], dict[str, Any]]:
        """Plan with these variables; list `address: actions` of what changes, and the outputs."""
        given = [f"-var={name}={value}" for name, value in variables.items()]
        self.terraform.run("plan", "-input=false", "-no-color", "-out=plan", *given)
        plan = json.loads(self.terraform.run("show", "-json", "plan"))
        changes = {
            (change["address"], *change["change"]["actions"])
            for change in plan["resource_changes"]
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }
        return sorted(" ".join(change) for change in changes), {
            name: output["value"] for name, output in plan["planned_values"]["outputs"].items()
        }


@pytest.fixture(scope="module")
def consumer(stack: Stack, created: Organization) -> Iterator[Consumer]:
    client = stack.client(created.governance_account, "organizations")
    unit = client.create_organizational_unit(ParentId=created.root_id, Name="Slots")["OrganizationalUnit"]["Id"]
    for name in OTHERS:
        content = json.dumps({"Version": "2012-10-17", "Statement": []})
        policy = client.create_policy(Name=name, Description="", Type="SERVICE_CONTROL_POLICY", Content=content)
        client.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    folder = copy_module(stack.folder / "slots") / "examples" / "slots"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION % REGION)
    variables = {"unit_id": unit, "organization_id": created.id, "scope": "before"}
    terraform = Terraform(folder, stack.environment() | {f"TF_VAR_{name}": value for name, value in variables.items()})
    terraform.init()
    yield Consumer(terraform, stack, created.governance_account)
    terraform.destroy(refresh=False)
    shutil.rmtree(folder)


def test_a_plan_without_room_fails_with_the_names_of_who_holds_it(consumer: Consumer) -> None:
    with pytest.raises(TerraformError) as refused:
        consumer.changes(slots=4)

    text = " ".join(str(refused.value).replace("│", " ").split())
    assert 'scope "before": its denials need 1 service control policies, slots-service-control-before-01' in text
    assert "has room for 0: quotas.service_control_policies_per_target is 4" in text
    assert f"4 held by others: FullAWSAccess, {', '.join(OTHERS)}." in text


def test_a_second_plan_finds_the_same_room(consumer: Consumer) -> None:
    consumer.terraform.apply()

    assert consumer.terraform.changes() == ""


def test_without_moved_blocks_a_renamed_scope_has_its_policies_made_anew(consumer: Consumer) -> None:
    changes, outputs = consumer.changes(scope="after")

    assert {change.split()[-1] for change in changes} == {"create", "delete"}
    assert list(outputs["moved_blocks"]) == ["after"]


def test_with_them_it_keeps_its_policies(consumer: Consumer) -> None:
    _, outputs = consumer.changes(scope="after")
    (consumer.terraform.folder / "moved.tf").write_text(outputs["moved_blocks"]["after"])

    changes, _ = consumer.changes(scope="after")

    policy = 'module.tag_governance.module.{}[0].aws_organizations_policy.{}["after-01"] update'
    assert changes == [policy.format("service_control_policy", "service_control"), policy.format("tag_policy", "tag")]


def test_once_it_is_applied_there_is_nothing_left_to_move(consumer: Consumer) -> None:
    consumer.terraform.environment["TF_VAR_scope"] = "after"
    consumer.terraform.apply()

    changes, outputs = consumer.changes()

    assert changes == []
    assert outputs["moved_blocks"] == {}
