"""A stack that is applied, gets another policy, and is destroyed, on an embedded AWS.

The tests share one stack and run in the order they are written.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest

from tools.emulator.stack import REGION, Stack
from tools.emulator.terraform import Terraform, TerraformError, copy_module

ACCOUNT = "777788889999"
NAME = "changes"
BUCKET = f"{NAME}-policy-{ACCOUNT}-{REGION}"
FUNCTIONS = ("remediation", "settlement")
GUARD = "module.tag_governance.terraform_data.ledger_deletion_protection[0]"

CONFIGURATION = f"""
provider "aws" {{
  region = "{REGION}"
}}

variable "values" {{
  type    = list(string)
  default = ["dev", "prod"]
}}

variable "remediation" {{
  type    = bool
  default = true
}}

variable "protected" {{
  type    = bool
  default = true
}}

module "tag_governance" {{
  source = "../.."

  name                       = "{NAME}"
  remediation                = var.remediation
  resource_types             = ["sqs:queue"]
  tags                       = {{ Environment = {{ allowed_values = var.values }} }}
  ledger_deletion_protection = var.protected
}}

output "policy_document" {{
  value = module.tag_governance.policy_document
}}
"""


@dataclass
class Consumer:
    """A configuration that calls the module, and what Terraform prints of it."""

    terraform: Terraform
    stack: Stack
    printed: list[str]

    def apply(self, *options: str, **variables: object) -> None:
        del self.printed[:]
        automatic = ("-input=false", "-no-color", "-auto-approve", "-parallelism=30")
        self.terraform.run("apply", *automatic, *options, *_given(variables))

    def planned_environments(self, **variables: object) -> dict[str, dict[str, Any]]:
        """Plan, and return the change of each function's environment."""
        self.terraform.run("plan", "-input=false", "-no-color", "-out=plan", *_given(variables))
        plan = json.loads(self.terraform.run("show", "-json", "plan"))
        changes = {each["address"]: each["change"] for each in plan["resource_changes"]}
        return {
            name: changes[f"module.tag_governance.module.remediation[0].aws_lambda_function.{name}"]
            for name in FUNCTIONS
        }

    def policy_key(self) -> str:
        document: str = self.terraform.outputs()["policy_document"]
        return f"policy/{sha256(document.encode()).hexdigest()}.json"

    def objects(self) -> list[str]:
        listed = self.stack.client(ACCOUNT, "s3").list_objects_v2(Bucket=BUCKET)
        return sorted(each["Key"] for each in listed["Contents"])

    def managed(self) -> list[str]:
        return [address for address in self.terraform.resources() if ".data." not in address]

    def line(self, *words: str) -> int:
        """Find the one line of what Terraform printed that has all these words."""
        (found,) = [number for number, line in enumerate(self.printed) if all(word in line for word in words)]
        return found


@pytest.fixture(scope="module")
def consumer(stack: Stack) -> Iterator[Consumer]:
    folder = copy_module(stack.folder / "changes") / "tests" / "consumer"
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text(CONFIGURATION)
    printed: list[str] = []
    consumer = Consumer(Terraform(folder, stack.environment(ACCOUNT), printed.append), stack, printed)
    consumer.terraform.init()
    consumer.apply()
    yield consumer
    # Else the function that is left would run among the calls of other tests of this emulator.
    stack.client(ACCOUNT, "scheduler").delete_schedule(Name=f"{NAME}-settlement")
    shutil.rmtree(folder)


def test_a_change_of_the_policy_changes_two_variables_of_the_functions(consumer: Consumer) -> None:
    for change in consumer.planned_environments(values='["dev", "test"]').values():
        before, after = (change[side]["environment"][0]["variables"] for side in ("before", "after"))

        assert {name for name in before if before[name] != after.get(name)} == {"POLICY_INLINE", "POLICY_SHA256"}
        assert before.keys() == after.keys()
        assert "environment" not in change["after_unknown"]


def test_the_former_policy_stays_until_both_functions_have_the_new_one(consumer: Consumer) -> None:
    former = consumer.policy_key()
    assert consumer.objects() == ["policy.json", former]

    consumer.apply(values='["dev", "test"]')

    made = consumer.line("aws_s3_object.policy_by_hash: Creation complete")
    deleted = consumer.line("aws_s3_object.policy_by_hash: Destruction complete")
    for function in FUNCTIONS:
        changing = consumer.line(f"aws_lambda_function.{function}: Modifying...")
        changed = consumer.line(f"aws_lambda_function.{function}: Modifications complete")
        assert made < changing < changed < deleted
    assert consumer.policy_key() != former
    assert consumer.objects() == ["policy.json", consumer.policy_key()]


def test_former_policies_can_be_read_afterwards(consumer: Consumer) -> None:
    s3 = consumer.stack.client(ACCOUNT, "s3")
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix="policy.json")["Versions"]

    values = {
        tuple(
            json.load(s3.get_object(Bucket=BUCKET, Key="policy.json", VersionId=each["VersionId"])["Body"])["scopes"][
                "default"
            ]["tags"][0]["allowed_values"]
        )
        for each in versions
    }

    assert values == {("dev", "prod"), ("dev", "test")}


def test_an_apply_that_fails_and_is_taken_back_leaves_the_functions_their_policy(consumer: Consumer) -> None:
    deployed = consumer.policy_key()
    consumer.stack.client(ACCOUNT, "lambda").delete_function(FunctionName=f"{NAME}-settlement")
    with pytest.raises(TerraformError, match="settlement"):
        consumer.apply("-refresh=false", values='["prod", "test"]')
    assert deployed in consumer.objects()

    consumer.apply(values='["dev", "test"]')

    # Terraform deletes the former object, and with it the one of the same name that it has just made.
    current = consumer.stack.client(ACCOUNT, "s3").get_object(Bucket=BUCKET, Key="policy.json")["Body"].read()
    assert deployed == consumer.policy_key() == f"policy/{sha256(current).hexdigest()}.json"
    consumer.apply(values='["dev", "test"]')
    assert consumer.objects() == ["policy.json", deployed]


def test_a_protected_ledger_stops_what_would_delete_it_before_anything_is_gone(consumer: Consumer) -> None:
    before = consumer.managed()
    assert GUARD in before

    refusal = "ledger_deletion_protection to false and apply before you destroy"
    with pytest.raises(TerraformError, match=refusal):
        consumer.terraform.destroy()
    # One at a time: Terraform 1.11 may crash (concurrent map read and map write) where it plans the resources of a
    # module call that is left out beside each other.
    with pytest.raises(TerraformError, match=refusal):
        consumer.apply("-parallelism=1", remediation="false")

    assert consumer.managed() == before


def test_without_protection_nothing_stops_it(consumer: Consumer) -> None:
    consumer.apply(protected="false")

    # What comes first of all. That the rest can be destroyed as well is seen in test_simple.py.
    consumer.terraform.run("destroy", "-input=false", "-no-color", "-auto-approve", f"-target={GUARD}")

    assert GUARD not in consumer.managed()


def _given(variables: dict[str, object]) -> list[str]:
    return [f"-var={name}={value}" for name, value in variables.items()]
