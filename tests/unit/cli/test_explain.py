"""`taggov explain`: what governs an account, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from taggov.explain import commands, position
from tests.support.command_line import taggov
from tests.support.policies import document, exemption
from tools.policy_document import rule

OWNER = rule("Owner", derive_from=["actor", "account_tag:Contact"])


class Organization:
    """An organization with an account in the unit `payments`, which lies in `workloads`."""

    def __init__(self) -> None:
        self.client = boto3.client("organizations", region_name="us-east-1")
        self.client.create_organization(FeatureSet="ALL")
        self.management = self.client.describe_organization()["Organization"]["MasterAccountId"]
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        self.workloads = self._unit("workloads", self.root)
        self.payments = self._unit("payments", self.workloads)
        created = self.client.create_account(AccountName="shop-prod", Email="shop@example.com")
        self.account = created["CreateAccountStatus"]["AccountId"]
        self.client.move_account(AccountId=self.account, SourceParentId=self.root, DestinationParentId=self.payments)

    def _unit(self, name: str, parent: str) -> str:
        return self.client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    def attach(self, name: str, kind: Any, target: str) -> None:
        """Attach a policy to a target."""
        with suppress(self.client.exceptions.PolicyTypeAlreadyEnabledException):
            self.client.enable_policy_type(RootId=self.root, PolicyType=kind)
        made = self.client.create_policy(Content="{}", Description="", Name=name, Type=kind)
        self.client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)


@pytest.fixture
def organization(monkeypatch: pytest.MonkeyPatch) -> Iterator[Organization]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield Organization()


def scope(parent: str | None, target: str | None, owner: dict[str, Any], mode: str | None = None) -> dict[str, Any]:
    """Build a scope that sets some fields of the owner's tag, and a mode or that of the scope above."""
    return {
        "target": target,
        "parent": parent,
        "mode": mode or "notify",
        "sets_mode": mode is not None,
        "tags": [OWNER | {"pattern": "[a-z]+"} | owner],
        "overrides": {"Owner": sorted(owner)} if owner else {},
    }


def written(folder: Path, organization: Organization | None = None, **fields: Any) -> str:
    """Write a policy with a scope for the root and one for `workloads`, and return its path."""
    scopes = {"default": scope(None, None, {"pattern": "[a-z]+"}, "observe")}
    if organization is not None:
        scopes["company"] = scope("default", organization.root, {}, "notify")
        scopes["apps"] = scope("company", organization.workloads, {"required": False})
    path = folder / "policy.json"
    path.write_text(json.dumps(document(scopes=scopes, **fields)), encoding="utf-8")
    return str(path)


def explained(*arguments: str) -> dict[str, Any]:
    result = taggov("explain", *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(*arguments: str) -> str:
    """Return the one line that says why nothing is explained."""
    result = taggov("explain", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    return line


def test_the_scope_is_that_of_the_nearest_node_above(tmp_path: Path, organization: Organization) -> None:
    found = explained("--account", organization.account, "--policy", written(tmp_path, organization))

    assert (found["scope"], found["found_at"]) == ("apps", organization.workloads)
    assert [(node["kind"], node["name"]) for node in found["path"]] == [
        ("account", "shop-prod"),
        ("unit", "payments"),
        ("unit", "workloads"),
        ("root", "Root"),
    ]


def test_each_field_names_the_scope_that_sets_it(tmp_path: Path, organization: Organization) -> None:
    found = explained("--account", organization.account, "--policy", written(tmp_path, organization))

    owner = {field: (one["value"], one["scope"]) for field, one in found["tags"]["Owner"].items()}
    assert found["mode"] == {"value": "notify", "scope": "company"}
    assert owner["required"] == (False, "apps")
    assert owner["pattern"] == ("[a-z]+", "default")
    assert owner["default"] == (None, None)
    assert owner["derive_from"][0] == ["actor", "account_tag:Contact"]


def test_without_scopes_nothing_is_looked_up(tmp_path: Path) -> None:
    found = explained("--account", "111122223333", "--policy", written(tmp_path))
    assert (found["scope"], found["path"], found["policies"]) == ("default", [], None)


def test_without_an_organization_the_scope_of_an_account_is_known(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    scopes = {"default": scope(None, None, {}, "observe"), "one": scope("default", "111122223333", {}, "notify")}
    path.write_text(json.dumps(document(scopes=scopes, organization_id=None)), encoding="utf-8")

    found = [explained("--account", account, "--policy", str(path)) for account in ("111122223333", "444455556666")]

    assert [(one["scope"], one["found_at"]) for one in found] == [("one", "111122223333"), ("default", None)]


def test_only_policies_of_the_stack_hold(tmp_path: Path, organization: Organization) -> None:
    organization.attach("tag-governance-tag-apps-1", "TAG_POLICY", organization.workloads)
    organization.attach("tag-governance-service-control-1", "SERVICE_CONTROL_POLICY", organization.root)
    organization.attach("guardrails", "SERVICE_CONTROL_POLICY", organization.root)
    path = written(tmp_path, organization)

    member, management = (
        [
            (one["name"], one["attached_to"]["id"])
            for one in explained("--account", account, "--policy", path)["policies"]
        ]
        for account in (organization.account, organization.management)
    )

    assert member == [
        ("tag-governance-tag-apps-1", organization.workloads),
        ("tag-governance-service-control-1", organization.root),
    ]
    assert management == []


def test_exemptions_that_cover_the_account_are_listed(tmp_path: Path) -> None:
    exemptions = [
        exemption("mine", accounts=["111122223333"]),
        exemption("another", accounts=["444455556666"]),
        exemption("ended", accounts=["111122223333"], expires="2020-01-01"),
        exemption("everywhere", arns=["arn:aws:s3:::legacy-*"]),
        exemption("elsewhere", arns=["arn:aws:sqs:*:444455556666:*"]),
        exemption("queues", resource_types=["sqs:queue"]),
    ]
    path = written(tmp_path, exemptions=exemptions)

    found, of_buckets = (
        [one["name"] for one in explained("--account", "111122223333", "--policy", path, *more)["exemptions"]]
        for more in ((), ("--type", "s3:bucket"))
    )

    assert found == ["mine", "everywhere", "queues"]
    assert of_buckets == ["mine", "everywhere"]


def test_a_table_says_who_sets_each_field(tmp_path: Path, organization: Organization) -> None:
    result = taggov("explain", "--account", organization.account, "--policy", written(tmp_path, organization))

    lines = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert ["Owner", "required", "false", "apps"] in lines
    assert ["pattern", "[a-z]+", "tags"] in lines
    assert ["Mode", "notify", "(set", "by", "company)"] in lines


def test_a_policy_in_s3_is_read(tmp_path: Path, organization: Organization) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="policies")
    s3.upload_file(written(tmp_path, organization), "policies", "policy.json")

    found = explained("--account", organization.account, "--policy", "s3://policies/policy.json")

    assert found["scope"] == "apps"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--account", "1111"), 'taggov: --account is "1111"; it is 12 digits'),
        (("--account", "111122223333", "--tag", "owner"), 'taggov: unknown tag "owner"; did you mean "Owner"?'),
        (
            ("--account", "111122223333", "--type", "s3:bukket"),
            'taggov: unknown resource type "s3:bukket"; did you mean "s3:bucket"?',
        ),
        (
            ("--account", "111122223333", "--type", "eks:cluster"),
            'taggov: "eks:cluster" is not governed: resource_types of the configuration leaves it out',
        ),
    ],
)
def test_a_wrong_argument_is_refused(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    assert refused(*arguments, "--policy", written(tmp_path)) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [("{}", "policy.version is missing"), ("[", "policy document is not JSON"), ('{"version": 9}', "reads 1 and 2")],
)
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(text, encoding="utf-8")
    line = refused("--account", "111122223333", "--policy", str(path))
    assert f"{path} is not the policy of a stack" in line
    assert message in line


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    assert refused("--account", "111122223333", "--policy", str(path)) == f"taggov: {path}: No such file or directory"


@pytest.mark.parametrize(
    ("address", "message"),
    [("s3://policies", "write s3://BUCKET/policy.json"), ("s3://none/policy.json", "there is no such bucket")],
)
def test_a_wrong_address_is_refused(organization: Organization, address: str, message: str) -> None:
    line = refused("--account", organization.account, "--policy", address)
    assert address in line
    assert message in line


def test_an_account_outside_the_organization_is_named(tmp_path: Path, organization: Organization) -> None:
    line = refused("--account", "999988887777", "--policy", written(tmp_path, organization))
    assert line == "taggov: AWS Organizations: account 999988887777: the organization has no such account"


def test_missing_credentials_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    path = tmp_path / "policy.json"
    scopes = {"default": scope(None, None, {}, "observe"), "all": scope("default", "r-ab12", {}, "notify")}
    path.write_text(json.dumps(document(scopes=scopes)), encoding="utf-8")

    assert "no AWS credentials found" in refused("--account", "111122223333", "--policy", str(path))
    assert "--profile ghost" in refused("--account", "111122223333", "--policy", str(path), "--profile", "ghost")


def test_denied_access_names_the_action(
    tmp_path: Path, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("organizations", region_name="us-east-1")
    path = written(tmp_path, organization)
    monkeypatch.setattr(commands, "open_organization", lambda _: position.Organization(client))
    with Stubber(client) as stub:
        stub.add_client_error("describe_account", "AccessDeniedException")
        line = refused("--account", organization.account, "--policy", path)
    assert line.endswith("access denied: the caller needs the IAM action organizations:DescribeAccount")
