"""Root modules in which a part of this module can be planned on its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools import ROOT, WORK
from tools.emulator.terraform import Terraform, TerraformError, copy_module

TESTS = Path("tests")
"""Folder in which plain `terraform test` looks for its files."""

# Enough types for questions about the schema; with these few, and without a provider, a plan takes a fifth of a second.
FEW_TYPES = {
    "apigateway:RestApiStage",
    "dynamodb:table",
    "ec2:instance",
    "ec2:volume",
    "eks:cluster",
    "iam:role",
    "s3:bucket",
    "sns:topic",
    "sqs:queue",
    "ssm:parameter",
}

# Takes the place of what data.tf and organization.tf ask AWS, and of the parts that are made of the settings.
# The output that refuses settings is the module's own.
STAND_IN = """
variable "ancestors" {
  type    = map(list(string))
  default = {}
}

variable "accounts" {
  type    = list(string)
  default = []
}

variable "roots" {
  type    = list(string)
  default = []
}

locals {
  partition      = "aws"
  account_id     = "111122223333"
  region         = "eu-central-1"
  ancestors      = { for name in keys(var.scopes) : name => lookup(var.ancestors, name, []) }
  accounts_below = {}

  organization_id          = "o-abcdefghij"
  management_account_id    = "999988887777"
  organization_accounts    = var.accounts
  organization_roots       = var.roots
  service_control_policies = try(var.organization.service_control_policies, false)
  remediation              = var.create && var.remediation
  stacks                   = merge(local.remediation ? { this = {} } : {}, try(var.organization.stacks, {}))
}

output "policy_document" {
  value = local.policy_document
}
"""

DENIALS = """
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variable "tags" {
  type = map(object({ deny_create_without = list(string), protected = bool }))
}

variable "exemptions" {
  type = map(object({
    accounts       = optional(list(string), [])
    principals     = optional(list(string), [])
    resource_types = optional(list(string), [])
    expires        = string
  }))
  default = {}
}

variable "attached_policies" {
  type    = map(list(object({ name = string, description = string })))
  default = {}
}

variable "quotas" {
  type = object({
    service_control_policy_size         = optional(number, 10240)
    service_control_policies_per_target = optional(number, 1000)
  })
  default = {}
}

module "catalogue" {
  source = "./modules/internal/catalogue"

  selections = {
    for key, tag in var.tags : key => { patterns = tag.deny_create_without, among = "request_tags" }
  }
}

module "service_control_policy" {
  source = "./modules/service-control-policy"

  name = "tags"
  scopes = {
    all = {
      target_id = "r-ab12"
      ancestors = []
      tags = {
        for key, tag in var.tags : key => {
          deny_create_without = module.catalogue.selected_types[key]
          protected           = tag.protected
        }
      }
    }
  }
  catalogue_entries     = module.catalogue.entries
  keyless_untag_actions = module.catalogue.keyless_untag_actions
  administrator_arns    = ["arn:aws:iam::111122223333:role/tags-remediation"]
  exemptions            = var.exemptions
  attached_policies     = var.attached_policies
  quotas                = var.quotas
}

output "documents" {
  value = module.service_control_policy.documents.all
}
"""


@dataclass(frozen=True)
class Root:
    """A root module to plan with different variables."""

    terraform: Terraform

    def refusals(self, variables: Mapping[str, object]) -> list[str]:
        """The lines with which a plan with these variables is refused."""
        return [line for diagnostic in self.diagnostics("error", variables) for line in lines_of(diagnostic)]

    def warnings(self, variables: Mapping[str, object]) -> list[str]:
        """List the lines of the warnings of a plan with these variables."""
        return [line for diagnostic in self.diagnostics("warn", variables) for line in lines_of(diagnostic)]

    def diagnostics(self, level: str, variables: Mapping[str, object]) -> list[dict[str, Any]]:
        """List what a plan with these variables says at this level."""
        try:
            printed = self.terraform.run("plan", "-json", *self._arguments(variables))
        except TerraformError as error:
            printed = str(error)
        records = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        return [record["diagnostic"] for record in records if record["@level"] == level]

    def outputs(self, variables: Mapping[str, object]) -> dict[str, Any]:
        """The outputs that a plan with these variables promises."""
        self.terraform.run("plan", "-out=plan.tfplan", *self._arguments(variables))
        plan = json.loads(self.terraform.run("show", "-json", "plan.tfplan"))
        return {name: output["value"] for name, output in plan["planned_values"]["outputs"].items()}

    def _arguments(self, variables: Mapping[str, object]) -> tuple[str, ...]:
        values = self.terraform.folder / "values.tfvars.json"
        values.write_text(json.dumps(variables))
        return "-input=false", "-lock=false", f"-var-file={values}"


# What another resource gives: nobody knows it at plan.
LATER = "${terraform_data.later.output}"


@dataclass(frozen=True)
class Caller:
    """A configuration that calls a root module, and makes what the module is given (`LATER`)."""

    terraform: Terraform

    @classmethod
    def of(cls, root: Root) -> Caller:
        """Set up a configuration below the folder of the root module."""
        folder = root.terraform.folder / "caller"
        folder.mkdir()
        caller = cls(Terraform(folder, {}))
        caller._write({})
        caller.terraform.init()
        return caller

    def refusals(self, arguments: Mapping[str, object]) -> list[str]:
        """The lines with which a plan of a call with these arguments is refused."""
        self._write(arguments)
        return Root(self.terraform).refusals({})

    def _write(self, arguments: Mapping[str, object]) -> None:
        later = {"terraform_data": {"later": {"input": "later"}}}
        text = json.dumps({"resource": later, "module": {"called": {"source": "./..", **arguments}}})
        (self.terraform.folder / "main.tf.json").write_text(text)


@dataclass(frozen=True)
class Rendered:
    """The module with its `tests/*.tftest.hcl` files."""

    terraform: Terraform

    def test(self, file: str, *arguments: str) -> str:
        """Run one of the files and return what Terraform printed.

        Raises:
            TerraformError: an assertion does not hold.
        """
        return self.terraform.run("test", *arguments, f"-test-directory={TESTS}", f"-filter={TESTS / file}")

    def plan(self, file: str, run: str) -> dict[str, Any]:
        """Plan a single run of a test file, and return its resources by address."""
        path = self.terraform.folder / TESTS / file
        text = path.read_text()
        head, *runs = text.split("\nrun ")
        (wanted,) = (found for found in runs if found.startswith(f'"{run}"'))
        # Under its own name, by which `init` knows the modules of its runs.
        path.write_text(f"{head}\nrun {wanted}")
        try:
            printed = self.test(file, "-json", "-verbose")
        finally:
            path.write_text(text)
        records = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        (plan,) = (record["test_plan"] for record in records if record["type"] == "test_plan")
        return {change["address"]: change["change"]["after"] for change in plan["resource_changes"]}


def lines_of(diagnostic: Mapping[str, Any]) -> list[str]:
    """Return the lines of a diagnostic, without the last paragraph of a validation: it says where it stands."""
    text: str = diagnostic.get("detail") or diagnostic["summary"]
    return text.split("\n\n")[0].splitlines()


def assert_refused(lines: list[str], words: list[str]) -> None:
    """Check that there is one line, and in it everything that the reader needs."""
    assert len(lines) == 1, lines
    assert [word for word in words if word not in lines[0]] == [], lines[0]


@pytest.fixture(scope="session")
def schema(worker_id: str) -> Root:
    """The variables of the root module and what follows from them alone."""
    refusing = re.search(r'^output "tag_keys" \{.*?^\}', (ROOT / "outputs.tf").read_text(), re.DOTALL | re.MULTILINE)
    assert refusing is not None
    root = _root(
        f"schema-{worker_id}",
        ("variables*.tf", "forms.tf", "schema.tf", "settings.tf", "patterns.tf", "locals.tf"),
        STAND_IN + refusing[0],
    )
    path = root.terraform.folder / "modules/internal/catalogue/catalogue.json"
    catalogue = json.loads(path.read_text())
    few = {part: {name: catalogue[part][name] for name in FEW_TYPES} for part in ("entries", "creations")}
    path.write_text(json.dumps(catalogue | few))
    return root


@pytest.fixture(scope="session")
def rendered(worker_id: str) -> Rendered:
    """Copy and initialize the whole module."""
    terraform = Terraform(copy_module(WORK / f"rendered-{worker_id}", tests=True), {})
    terraform.run("init", "-input=false", "-no-color", "-backend=false", f"-test-directory={TESTS}")
    return Rendered(terraform)


@pytest.fixture(scope="session")
def denials(worker_id: str) -> Root:
    """The service control policies of one scope; its tags may deny any type of the catalogue."""
    return _root(f"denials-{worker_id}", (), DENIALS)


def _root(name: str, kept: tuple[str, ...], text: str) -> Root:
    folder = copy_module(WORK / name)
    for path in folder.glob("*.tf"):
        if not any(path.match(pattern) for pattern in kept):
            path.unlink()
    Path(folder, "test.tf").write_text(text)
    terraform = Terraform(folder, {})
    terraform.init()
    return Root(terraform)
