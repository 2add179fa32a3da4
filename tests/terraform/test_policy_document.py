"""The document that Terraform renders is the one that the function reads."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import jsonschema
import pytest

from tag_governance.domain.policy import read_policy
from tests.terraform.conftest import Root
from tools import ROOT
from tools.policy_document import DEFAULTS

# Every field of every variable that goes into the document.
VARIABLES: dict[str, Any] = {
    "mode": "notify",
    "resource_types": ["ec2:*", "s3:bucket", "sqs:queue"],
    "tags": {
        "Environment": {
            "description": "Stage",
            "allowed_values": ["dev", "prod", "test-*"],
            "pattern": "[a-z0-9-]+",
            "default": "dev",
            "derive_from": ["request_tag:Stage", "account_tag", "region"],
            "key_aliases": ["env"],
            "value_aliases": {"development": "dev"},
            "replace_key_aliases": True,
            "resource_types": ["ec2:instance", "s3:*"],
            "enforced_for": ["*"],
            "deny_create_without": ["ec2:instance"],
        },
        "Owner": {"required": False},
    },
    "organization": {"id": "o-abcdefghij"},
    "scopes": {
        "all": {"target_id": "r-ab12"},
        "sandbox": {"target_id": "ou-ab12-cdefgh34", "mode": "remediate", "tags": {"Team": {"default": "unknown"}}},
        "one": {"target_id": "222233334444", "mode": "observe", "tags": {"Environment": {"allowed_values": ["dev"]}}},
    },
    "ancestors": {"sandbox": ["all"], "one": ["all", "sandbox"]},
    "exemptions": {
        "legacy": {
            "arns": ["arn:aws:s3:::legacy-*"],
            "accounts": ["222233334444"],
            "resource_types": ["s3:*"],
            "tags": {"legacy": "yes"},
            "reason": "migration",
            "owner": "platform",
            "expires": "2999-12-31",
        }
    },
    "member_accounts": {"role_name": "tag-governance-member", "external_id": "o-abcdefghij/tags"},
    "notifications": {"owner_tag": "Owner", "digest_minutes": 30},
    "detection": {"settle_seconds": 45, "cloudtrail": False, "actor_from": ["session_name", "role_name"]},
    "contest_after": 5,
}
LEAST: dict[str, Any] = {"tags": {"Owner": {}}}


@pytest.mark.parametrize("variables", [VARIABLES, LEAST], ids=["every field", "the least"])
def test_the_document_keeps_to_its_json_schema(schema: Root, variables: dict[str, Any]) -> None:
    contract = json.loads((ROOT / "lambda_src/tag_governance/policy.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(contract)

    document = json.loads(schema.outputs(variables)["policy_document"])

    validator = jsonschema.Draft202012Validator(contract, format_checker=jsonschema.FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("variables", [VARIABLES, LEAST], ids=["every field", "the least"])
def test_the_function_reads_the_document(schema: Root, variables: dict[str, Any]) -> None:
    document = schema.outputs(variables)["policy_document"]

    policy = read_policy(document, sha256(document.encode()).hexdigest())

    assert set(policy.scopes) == {"default", *variables.get("scopes", {})}


@pytest.mark.parametrize(
    ("variables", "numbers"), [(VARIABLES, (45, 30, 5)), (LEAST, (60, 15, 3))], ids=["every field", "the least"]
)
def test_the_function_learns_how_long_to_wait(
    schema: Root, variables: dict[str, Any], numbers: tuple[int, ...]
) -> None:
    document = schema.outputs(variables)["policy_document"]

    policy = read_policy(document, sha256(document.encode()).hexdigest())

    assert (policy.settle_seconds, policy.digest_minutes, policy.contest_after) == numbers


@pytest.mark.parametrize(
    ("variables", "actor_from", "wait"),
    [(VARIABLES, ("session_name", "role_name"), 0), (LEAST, ("source_identity", "session_name"), 300)],
    ids=["every field", "the least"],
)
def test_the_function_learns_what_names_a_creator(
    schema: Root, variables: dict[str, Any], actor_from: tuple[str, ...], wait: int
) -> None:
    document = schema.outputs(variables)["policy_document"]

    policy = read_policy(document, sha256(document.encode()).hexdigest())

    assert (policy.actor_from, policy.creation_wait_seconds) == (actor_from, wait)


def test_scopes_carry_what_they_end_up_with(schema: Root) -> None:
    document = json.loads(schema.outputs(VARIABLES)["policy_document"])

    scopes = {
        name: (scope["target"], scope["mode"], {rule["key"]: rule for rule in scope["tags"]})
        for name, scope in document["scopes"].items()
    }
    assert {name: (target, mode, sorted(rules)) for name, (target, mode, rules) in scopes.items()} == {
        "default": (None, "notify", ["Environment", "Owner"]),
        "all": ("r-ab12", "notify", ["Environment", "Owner"]),
        "sandbox": ("ou-ab12-cdefgh34", "remediate", ["Environment", "Owner", "Team"]),
        "one": ("222233334444", "observe", ["Environment", "Owner", "Team"]),
    }
    assert scopes["sandbox"][2]["Environment"] == scopes["default"][2]["Environment"]
    assert scopes["one"][2]["Environment"] == scopes["default"][2]["Environment"] | {"allowed_values": ["dev"]}
    assert scopes["one"][2]["Team"]["default"] == "unknown"


def test_patterns_of_types_arrive_as_types(schema: Root) -> None:
    document = json.loads(schema.outputs(VARIABLES)["policy_document"])

    rules = {rule["key"]: rule["resource_types"] for rule in document["scopes"]["default"]["tags"]}
    assert rules == {"Environment": ["ec2:instance", "s3:bucket"], "Owner": None}
    assert {"ec2:instance", "s3:bucket", "sqs:queue"} < set(document["resource_types"])
    assert not any(name.startswith("sns:") for name in document["resource_types"])
    assert document["exemptions"][0]["resource_types"] == ["s3:bucket"]


def test_scopes_carry_what_they_set_themselves(schema: Root) -> None:
    document = json.loads(schema.outputs(VARIABLES)["policy_document"])

    scopes = {
        name: (scope["parent"], scope["sets_mode"], scope["overrides"]) for name, scope in document["scopes"].items()
    }
    set_by_tags = {"Environment": sorted(DEFAULTS.keys() & VARIABLES["tags"]["Environment"].keys())}
    assert scopes == {
        "default": (None, True, set_by_tags | {"Owner": ["required"]}),
        "all": ("default", False, {}),
        "sandbox": ("all", True, {"Team": ["default"]}),
        "one": ("sandbox", True, {"Environment": ["allowed_values"]}),
    }


@pytest.mark.parametrize(
    ("variables", "external_id"), [(VARIABLES, "o-abcdefghij/tags"), (LEAST, None)], ids=["every field", "the least"]
)
def test_the_function_learns_the_external_id(schema: Root, variables: dict[str, Any], external_id: str | None) -> None:
    document = schema.outputs(variables)["policy_document"]

    policy = read_policy(document, sha256(document.encode()).hexdigest())

    assert policy.member_external_id == external_id
