"""The StackSets of member accounts on moto, which makes roles, managed policies, rules and queues, and nothing else."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.cloudformation import Place, Template
from tools import WORK
from tools.emulator.server import HOST, Server, free_port
from tools.emulator.terraform import Terraform, copy_module

MANAGEMENT_ACCOUNT = "123456789012"
"""moto's own."""
REGIONS = ("eu-central-1", "us-east-1")
BUS = f"arn:aws:events:us-east-1:{MANAGEMENT_ACCOUNT}:event-bus/tags"

CONFIGURATION = """
provider "aws" {
  region = "us-east-1"
}

module "members" {
  source = "../../modules/member-stackset"

  name              = "tags"
  targets = {
    organizational_unit_ids = ["%(root)s"]
    account_ids             = ["%(exempt)s"]
    account_filter          = "DIFFERENCE"
  }
  regions           = ["eu-central-1"]
  role_name         = "tags-member"
  function_role_arn = "arn:aws:iam::%(management)s:role/tags-remediation"
  event_bus_arn     = "%(bus)s"
  event_patterns    = { creation-01 = jsonencode({ source = ["aws.sqs"] }) }
  organization_id   = "%(organization)s"
  external_id       = "governance"
  resource_types    = ["sqs:queue"]
  tag_keys          = ["Environment"]
  resource_tags     = { Owner = "platform-team" }
}

output "templates" {
  value = module.members.templates
}
"""


@dataclass(frozen=True)
class LandingZone:
    """An organization on moto, and the StackSets applied in its management account."""

    url: str
    terraform: Terraform
    governed: tuple[str, ...]
    exempt: str
    organization: str

    def client(self, service: str, account: str = MANAGEMENT_ACCOUNT, region: str = "us-east-1") -> Any:
        """Return a client for an account."""
        sts = boto3.Session("test", "test").client("sts", endpoint_url=self.url, region_name="us-east-1")
        role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        given = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return session.client(service, endpoint_url=self.url, region_name=region)  # type: ignore[call-overload]

    @cached_property
    def templates(self) -> dict[str, str]:
        """Return the templates that were applied."""
        found: dict[str, str] = self.terraform.outputs()["templates"]
        return found

    def instances(self) -> set[tuple[str, str, str]]:
        """Return StackSet, account and region of each instance."""
        client = self.client("cloudformation")
        return {
            (name, instance["Account"], instance["Region"])
            for name in ("tags-member-role", "tags-member-forwarding")
            for instance in client.list_stack_instances(StackSetName=name)["Summaries"]
        }

    def template(self, kind: str, account: str, region: str) -> Template:
        """Return a template as it is for an account and region."""
        given = {
            "role": {
                "FunctionRoleArn": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/tags-remediation",
                "OrganizationId": self.organization,
            },
            "forwarding": {"EventBusArn": BUS},
        }
        return Template.read(self.templates[kind], Place(account, region), given[kind])


@pytest.fixture(scope="module")
def landing_zone(worker_id: str) -> Iterator[LandingZone]:
    folder = WORK / f"stacksets-{worker_id}"
    port = free_port()
    command = [sys.executable, "-m", "tools.emulator.moto", "-H", HOST, "-p", str(port)]
    # Without MOTO_ACCOUNT_ID: it would be the account of every session.
    moto = Server("moto", command, port, "/moto-api/", folder / "moto.log", {})
    try:
        moto.wait_ready()
        zone = _create(moto.url, folder)
        zone.terraform.init()
        zone.terraform.apply()
        yield zone
    finally:
        moto.stop()
        shutil.rmtree(folder)


def _create(url: str, folder: Path) -> LandingZone:
    """Create two accounts in units of different depth and an exempt one, and write the configuration."""
    client = boto3.Session("test", "test").client("organizations", endpoint_url=url, region_name="us-east-1")
    organization = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = client.list_roots()["Roots"][0]["Id"]
    outer = client.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    inner = client.create_organizational_unit(ParentId=outer, Name="Production")["OrganizationalUnit"]["Id"]
    accounts = []
    for name, unit in (("shop", outer), ("bank", inner), ("legacy", outer)):
        created = client.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        client.move_account(AccountId=created["AccountId"], SourceParentId=root, DestinationParentId=unit)
        accounts.append(created["AccountId"])
    *governed, exempt = accounts
    root_module = copy_module(folder / "module") / "examples" / "stacksets"
    root_module.mkdir()
    values = {
        "root": root,
        "exempt": exempt,
        "organization": organization,
        "management": MANAGEMENT_ACCOUNT,
        "bus": BUS,
    }
    (root_module / "main.tf").write_text(CONFIGURATION % values)
    environment = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": HOST,
    }
    return LandingZone(url, Terraform(root_module, environment), tuple(governed), exempt, organization)


def test_every_account_but_the_management_account_and_the_exempt_has_its_stacks(landing_zone: LandingZone) -> None:
    roles = {("tags-member-role", account, "us-east-1") for account in landing_zone.governed}
    rules = {("tags-member-forwarding", account, region) for account in landing_zone.governed for region in REGIONS}

    assert landing_zone.instances() == roles | rules


def test_a_second_plan_is_empty(landing_zone: LandingZone) -> None:
    assert landing_zone.terraform.changes() == ""


def test_the_role_of_an_account_is_that_of_its_template(landing_zone: LandingZone) -> None:
    account = landing_zone.governed[1]
    client = landing_zone.client("iam", account)
    template = landing_zone.template("role", account, "us-east-1")
    (role,) = template.of_type("AWS::IAM::Role")
    policies = template.of_type("AWS::IAM::ManagedPolicy")

    trust = client.get_role(RoleName="tags-member")["Role"]["AssumeRolePolicyDocument"]
    attached = client.list_attached_role_policies(RoleName="tags-member")["AttachedPolicies"]
    documents = {
        policy["PolicyName"]: client.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId="v1")["PolicyVersion"]
        for policy in attached
    }

    assert trust == role["AssumeRolePolicyDocument"]
    assert {name: version["Document"] for name, version in documents.items()} == {
        policy["ManagedPolicyName"]: policy["PolicyDocument"] for policy in policies
    }


@pytest.mark.parametrize("region", REGIONS)
def test_the_rules_of_an_account_forward_to_the_bus(landing_zone: LandingZone, region: str) -> None:
    account = landing_zone.governed[0]
    client = landing_zone.client("events", account, region)
    template = landing_zone.template("forwarding", account, region)

    made = {
        rule["Name"]: (
            json.loads(rule["EventPattern"]),
            client.list_targets_by_rule(Rule=rule["Name"])["Targets"],
        )
        for rule in client.list_rules()["Rules"]
    }

    assert made.keys() == {"tags-alarms", "tags-creation-01"}
    assert made == {
        rule["Name"]: (rule["EventPattern"], rule["Targets"]) for rule in template.of_type("AWS::Events::Rule")
    }


def test_a_destroy_leaves_nothing(landing_zone: LandingZone) -> None:
    landing_zone.terraform.destroy()

    assert landing_zone.client("events", landing_zone.governed[0], "eu-central-1").list_rules()["Rules"] == []
    sets = landing_zone.client("cloudformation").list_stack_sets()["Summaries"]
    assert {found["Status"] for found in sets} == {"DELETED"}
