"""Creations under service control policies, for every type of the catalogue."""

from __future__ import annotations

import json
import re

import pytest

from tests.terraform.authorization import (
    ACCOUNT,
    GUARDS,
    KEYS,
    REQUEST_TAG,
    TAGS,
    asks,
    created,
    denied,
    filled,
    listed,
    read,
    rows,
    templates,
)
from tests.terraform.conftest import Root, assert_refused
from tools.permissions.policy import Statement


@pytest.fixture(scope="module")
def documents(denials: Root) -> list[str]:
    tags = {key: {"deny_create_without": ["*"], "protected": False} for key in KEYS}
    found: list[str] = denials.outputs({"tags": tags})["documents"]
    return found


@pytest.fixture(scope="module")
def statements(documents: list[str]) -> list[Statement]:
    return read(documents)


def test_a_tagged_creation_of_every_type_passes_on_every_resource_of_the_call(statements: list[Statement]) -> None:
    refused = {
        f"{action} of {name} is denied on {arn} by {by}"
        for name, guards in GUARDS.items()
        for action, resource in guards.items()
        for arn, knows_tags in created(action, resource)
        for by in denied(statements, asks(action, arn, TAGS if knows_tags else None))
    }

    assert refused == set()


@pytest.mark.parametrize("missing", [("Cost Center",), ("Owner",), KEYS])
def test_a_creation_of_every_type_without_one_of_the_tags_is_denied(
    statements: list[Statement], missing: tuple[str, ...]
) -> None:
    tags = {key: value for key, value in TAGS.items() if key not in missing}
    passed = {
        f"{action} of {name}"
        for name, guards in GUARDS.items()
        for action, resource in guards.items()
        if not any(
            denied(statements, asks(action, arn, tags if knows_tags else None))
            for arn, knows_tags in created(action, resource)
        )
    }

    assert passed == set()


def test_each_kind_of_a_resource_is_denied_without_tags(statements: list[Statement]) -> None:
    # A wildcard in the place of the resource type (`*/webacl/...`) would match neither.
    for scope in ("regional", "global"):
        arn = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:{scope}/webacl/shop/1"
        assert denied(statements, asks("wafv2:CreateWebACL", arn))


def test_no_pattern_begins_with_a_wildcard_in_the_place_of_the_resource_type(documents: list[str]) -> None:
    resources = {r for text in documents for s in json.loads(text)["Statement"] for r in listed(s["Resource"])}

    assert [r for r in sorted(resources) if re.match(r"^\*[/:]", r.split(":", 5)[-1])] == []


def test_where_a_type_is_named_nothing_beside_it_has_to_know_the_tags(statements: list[Statement]) -> None:
    """Read the reference more strictly: a key of the whole action is known for the created resource alone."""
    named = [(name, action, arn) for name, guards in GUARDS.items() for action, arn in guards.items()]
    wide = {action for _, action, arn in named if arn == "*"}
    refused = {
        f"{action} on {arn} by {by}"
        for action in {action for _, action, _ in named} - wide
        for resource, keys in rows(action).items()
        for arn in filled(templates(action).get(resource, "*"))
        if templates(action).get(resource) not in {told for _, other, told in named if other == action}
        and f"{action.partition(':')[0]}:{resource}" not in {name for name, other, _ in named if other == action}
        for by in denied(statements, asks(action, arn, TAGS if REQUEST_TAG in keys else None))
    }

    assert refused == set()


def test_no_call_that_can_not_carry_tags_is_denied(statements: list[Statement]) -> None:
    for action, arn in (
        ("apigateway:POST", "arn:aws:apigateway:eu-central-1::/restapis/a1/resources"),
        ("apigateway:POST", "arn:aws:apigateway:eu-central-1::/apis/a1/routes"),
        ("cassandra:Create", f"arn:aws:cassandra:eu-central-1:{ACCOUNT}:/keyspace/shop/"),  # a type of the keyspace
        ("connect:ReplicateInstance", f"arn:aws:connect:eu-central-1:{ACCOUNT}:instance/i"),
        ("redshift:CopyClusterSnapshot", f"arn:aws:redshift:eu-central-1:{ACCOUNT}:snapshot:c/s"),
        ("ssm:PutParameter", f"arn:aws:ssm:eu-central-1:{ACCOUNT}:parameter/p"),  # overwrites, and refuses tags then
    ):
        assert denied(statements, asks(action, arn)) == [], action


def test_every_statement_has_a_creation_that_it_denies(statements: list[Statement]) -> None:
    busy = {
        by
        for guards in GUARDS.values()
        for action, resource in guards.items()
        for arn, _ in created(action, resource)
        for by in denied(statements, asks(action, arn))
    }

    assert [str(statement) for statement in statements if str(statement) not in busy] == []


def test_more_than_a_thousand_types_can_be_guarded() -> None:
    assert sum(bool(guards) for guards in GUARDS.values()) > 1080
    for name in ("eks:cluster", "eks:nodegroup", "kms:key", "cloudfront:distribution", "elasticfilesystem:file-system"):
        assert GUARDS[name], name


def test_forty_types_with_four_required_tags_fit_the_quotas_of_today(denials: Root) -> None:
    every = sorted(name for name, guards in GUARDS.items() if guards)
    types = every[:: len(every) // 40][:40]
    tags = {
        key: {"deny_create_without": types, "protected": False}
        for key in ("CostCenter", "Environment", "Owner", "Project")
    }

    documents = denials.outputs({"tags": tags})["documents"]

    assert len(documents) <= 9
    assert all(len(document) <= 10240 for document in documents)


def test_two_tags_on_every_type_are_filled_to_the_limit(documents: list[str]) -> None:
    sizes = [len(document) for document in documents]

    assert max(sizes) <= 10240
    assert len(sizes) <= 1 + sum(sizes) // 8000


def test_one_tag_on_every_type_fits_the_quotas_of_today(documents: list[str]) -> None:
    # Two need fourteen of ten; a quarter of it is EC2, whose resources are named one by one.
    assert len(documents) // 2 <= 9


def test_policies_are_filled_to_their_limit(denials: Root) -> None:
    tags = {key: {"deny_create_without": ["ec2:*", "rds:*", "s*"], "protected": True} for key in KEYS}
    quotas = {"service_control_policy_size": 3000}

    sizes = [len(document) for document in denials.outputs({"tags": tags, "quotas": quotas})["documents"]]

    assert max(sizes) <= 3000
    assert len(sizes) <= 1 + sum(sizes) // 1800


def test_too_many_policies_are_refused_with_what_could_be_dropped(denials: Root) -> None:
    tags = {"Owner": {"deny_create_without": ["ec2:*"], "protected": True}}
    quotas = {"service_control_policy_size": 1500, "service_control_policies_per_target": 4}
    others = ["FullAWSAccess", "aws-guardrails-AbCdEf", "tags-service-control-all"]
    attached = {"all": [{"name": name, "description": ""} for name in [*others, "tags-service-control-all-01"]]}

    lines = denials.refusals({"tags": tags, "quotas": quotas, "attached_policies": attached})

    assert_refused(
        lines,
        [
            'scope "all"',
            "tags-service-control-all-01",
            "1500 characters",
            "r-ab12 has room for 1",
            "quotas.service_control_policies_per_target is 4",
            "3 held by others: FullAWSAccess, aws-guardrails-AbCdEf, tags-service-control-all.",
            "deny_create_without",
            "required Owner",
            "protected Owner",
        ],
    )


def test_a_statement_that_fits_no_policy_is_refused_with_its_size(denials: Root) -> None:
    tags = {"Owner": {"deny_create_without": ["sqs:queue"], "protected": False}}

    lines = denials.refusals({"tags": tags, "quotas": {"service_control_policy_size": 120}})

    assert_refused(lines, ['scope "all"', "tags-service-control-all-01", "characters", "is 120"])
