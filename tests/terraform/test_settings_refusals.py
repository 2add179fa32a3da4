"""Wrong settings are refused at plan, with one line that names the field, the value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.conftest import LATER, Caller, Root, assert_refused
from tests.terraform.inputs import (
    ACCOUNT,
    EXEMPTION,
    ORGANIZATION,
    ROLE,
    SCHEMA,
    exemption,
    governed,
    policies,
)

STACK_ROLE = "arn:aws:iam::111122223333:role/tags-remediation"
STACK = {"name": "tags", "function_role_arns": [STACK_ROLE]}

# What is wrong, the variables on top of the schema above, and what the message has to say.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    # the stack
    "name with capitals": ({"name": "TagGovernance"}, ['name is "TagGovernance"', "lower-case letters"]),
    "name too long": ({"name": "a" * 29}, ["name is", "3 to 28"]),
    "name that ends with a hyphen": ({"name": "tags-"}, ['name is "tags-"', "does not end with a hyphen"]),
    "unknown mode": ({"mode": "audit"}, ['mode is "audit"', "observe, notify and remediate"]),
    "mode enforce": ({"mode": "enforce"}, ['mode is "enforce"', "not in this version"]),
    "contested before it is corrected": ({"contest_after": 0}, ["contest_after is 0", "1 to 100"]),
    "contested never": ({"contest_after": 101}, ["contest_after is 101", "1 to 100"]),
    "contested after a fraction": ({"contest_after": 1.5}, ["contest_after is 1.5", "whole number"]),
    # exemptions
    "exemption without a date": (exemption(expires=""), ['exemptions["legacy"].expires is ""', "YYYY-MM-DD"]),
    "exemption with a null date": (exemption(expires=None), ['exemptions["legacy"].expires is "null"', "YYYY-MM-DD"]),
    "exemption until a day that does not exist": (
        exemption(expires="2999-02-30"),
        ['is "2999-02-30"', "date that exists"],
    ),
    "exemption with an American date": (exemption(expires="12/31/2999"), ['is "12/31/2999"', "YYYY-MM-DD"]),
    "expired exemption": (
        exemption(expires="2020-01-31"),
        ['exemptions["legacy"].expires is "2020-01-31"', "has passed", "platform"],
    ),
    "exemption of nothing": (exemption(accounts=[]), ['exemptions["legacy"] selects nothing', "arns, accounts"]),
    "exemption of a session": (
        policies(exemption(accounts=[], principals=["arn:aws:sts::111122223333:assumed-role/backup/session"])),
        ['exemptions["legacy"].principals: "arn:aws:sts::', "no role or user", "role/NAME"],
    ),
    "exemption of a principal for an ARN": (
        policies(exemption(accounts=[], principals=[ROLE], arns=["arn:aws:s3:::legacy"])),
        ['exemptions["legacy"]', "principals", "arns", "make two exemptions"],
    ),
    "exemption of a principal in another account": (
        policies(exemption(accounts=["444455556666"], principals=[ROLE])),
        ['exemptions["legacy"].principals: "arn:aws:iam::111122223333:role/backup"', "444455556666", "nobody"],
    ),
    "everybody exempt": (
        policies(exemption(accounts=[], principals=[ROLE, "arn:aws:iam::*:role/*"])),
        ['exemptions["legacy"].principals: "arn:aws:iam::*:role/*" spares every role of every account'],
    ),
    "deployment role that is a session": (
        {
            "organization": {
                "id": "o-abcdefghij",
                "deployment_role_arns": ["arn:aws:sts::111122223333:assumed-role/ci/x"],
            }
        },
        ['organization.deployment_role_arns: "arn:aws:sts::', "no role"],
    ),
    "stack elsewhere without a role": (
        {"organization": {"id": "o-abcdefghij", "stacks": {"tooling": {"name": "tags", "function_role_arns": []}}}},
        ['organization.stacks["tooling"].function_role_arns is []', "at least one role"],
    ),
    "stack elsewhere with roles of two accounts": (
        {
            "organization": {
                "id": "o-abcdefghij",
                "stacks": {"tooling": STACK | {"function_role_arns": [STACK_ROLE, STACK_ROLE.replace("1111", "5555")]}},
            }
        },
        ['organization.stacks["tooling"].function_role_arns', "one account"],
    ),
    "stack elsewhere without a proper name": (
        {"organization": {"id": "o-abcdefghij", "stacks": {"tooling": {"name": "Tags", "function_role_arns": [ROLE]}}}},
        ['organization.stacks["tooling"].name is "Tags"', "lower-case"],
    ),
    "stack elsewhere with the roles of another": (
        {"organization": ORGANIZATION | {"stacks": {"tooling": STACK | {"function_role_arns": [STACK_ROLE, ROLE]}}}},
        [
            'organization.stacks["tooling"].function_role_arns: "arn:aws:iam::111122223333:role/backup"',
            "begin with tags-",
        ],
    ),
    "null for a stack elsewhere": (
        {"organization": ORGANIZATION | {"stacks": {"tooling": None}}},
        ['organization.stacks["tooling"] is null'],
    ),
    "stack elsewhere without a name": (
        {"organization": ORGANIZATION | {"stacks": {"tooling": STACK | {"name": None}}}},
        ['organization.stacks["tooling"].name is null'],
    ),
    "null for the roles of a stack elsewhere": (
        {"organization": ORGANIZATION | {"stacks": {"tooling": STACK | {"function_role_arns": None}}}},
        ['organization.stacks["tooling"].function_role_arns is null'],
    ),
    "null among the roles of a stack elsewhere": (
        {"organization": ORGANIZATION | {"stacks": {"tooling": STACK | {"function_role_arns": [STACK_ROLE, None]}}}},
        ['organization.stacks["tooling"].function_role_arns', "holds null"],
    ),
    "exemption without a reason": (exemption(reason=" "), ['exemptions["legacy"].reason is empty']),
    "exemption without an owner": (exemption(owner=""), ['exemptions["legacy"].owner is empty']),
    "exemption of no account": (
        exemption(accounts=["12345"]),
        ['exemptions["legacy"].accounts: "12345"', "twelve digits"],
    ),
    "exemption of an account that lost its leading zero": (
        exemption(accounts=["11112222333"]),
        ['exemptions["legacy"].accounts: "11112222333"', "twelve digits", 'Write "011112222333"'],
    ),
    "exemption of null among accounts": (
        exemption(accounts=[ACCOUNT, None]),
        ['exemptions["legacy"].accounts holds null'],
    ),
    "null for an exemption": ({"exemptions": {"legacy": None}}, ['exemptions["legacy"] is null']),
    "exemption of no ARN": (
        exemption(arns=["my-bucket"]),
        ['exemptions["legacy"].arns: "my-bucket"', "arn:partition:service"],
    ),
    "unknown type in an exemption": (
        exemption(resource_types=["s3:bucker"]),
        ['exemptions["legacy"].resource_types: "s3:bucker"', '"s3:bucket"'],
    ),
    # organization
    "organization id of the wrong form": (
        {"organization": {"id": "ou-1234"}},
        ['organization.id is "ou-1234"', "o- and 10 to 32"],
    ),
    "administrator that is no role": (
        {"organization": ORGANIZATION | {"administrator_role_arns": ["Admin"]}},
        ['organization.administrator_role_arns: "Admin"', "arn:aws:iam::"],
    ),
    "null among administrators": (
        {"organization": ORGANIZATION | {"administrator_role_arns": [ROLE, None]}},
        ["organization.administrator_role_arns holds null"],
    ),
    "null among deployment roles": (
        {"organization": ORGANIZATION | {"deployment_role_arns": [None]}},
        ["organization.deployment_role_arns holds null"],
    ),
    "everybody an administrator": (
        {"organization": ORGANIZATION | {"administrator_role_arns": [ROLE, "arn:*:iam::*:role/*"]}},
        ['organization.administrator_role_arns: "arn:*:iam::*:role/*" spares every role of every account'],
    ),
    "every user a deployment role": (
        {"organization": ORGANIZATION | {"deployment_role_arns": ["arn:aws:iam::*:user/**"]}},
        ['organization.deployment_role_arns: "arn:aws:iam::*:user/**" spares every user'],
    ),
    "organization without an id": ({"organization": {"id": None}}, ['organization.id is ""', "o- and 10 to 32"]),
    "external id of one character": (
        policies({"member_accounts": {"role_name": "member", "external_id": "x"}}),
        ['member_accounts.external_id is "x"', "2 to 1,224 letters"],
    ),
    "external id with a space": (
        policies({"member_accounts": {"role_name": "member", "external_id": "our tags"}}),
        ['member_accounts.external_id is "our tags"', "2 to 1,224 letters"],
    ),
    "external id of 1,225 characters": (
        policies({"member_accounts": {"role_name": "member", "external_id": "x" * 1225}}),
        ["member_accounts.external_id is", "2 to 1,224 letters"],
    ),
    "member role of null": (policies({"member_accounts": {"role_name": None}}), ['member_accounts.role_name is ""']),
    "member role with a path": (
        policies({"member_accounts": {"role_name": "team/role"}}),
        ['member_accounts.role_name is "team/role"', "no path"],
    ),
    # quotas
    "quota of zero": ({"quotas": {"tag_policy_size": 0}}, ["quotas.tag_policy_size is 0", "at least 1"]),
    "quota with a fraction": ({"quotas": {"rules_per_bus": 2.5}}, ["quotas.rules_per_bus is 2.5", "whole number"]),
    "more policies than IAM attaches to a role": (
        {"quotas": {"policies_per_role": 21}},
        ["quotas.policies_per_role is 21", "at most"],
    ),
    "policies nowhere": (
        {"quotas": {"service_control_policies_per_target": 0}},
        ["quotas.service_control_policies_per_target is 0", "at least 1"],
    ),
    # detection
    "unknown way of matching events": (
        {"detection": {"event_matching": "Prefix"}},
        ['detection.event_matching is "Prefix"', "exact and prefix"],
    ),
    "settling longer than a queue can": (
        {"detection": {"settle_seconds": 901}},
        ["detection.settle_seconds is 901", "0 to 900"],
    ),
    "creators by an unknown source": (
        {"detection": {"actor_from": ["session_name", "email"]}},
        ["detection.actor_from lists email", "source_identity, session_name and role_name"],
    ),
    "creators by the same source twice": (
        {"detection": {"actor_from": ["role_name", "role_name"]}},
        ["detection.actor_from is [role_name, role_name]", "once"],
    ),
    "compliance target of zero": ({"compliance_target_percent": 0}, ["compliance_target_percent is 0", "at most 100"]),
    "compliance target over 100": ({"compliance_target_percent": 101}, ["compliance_target_percent is 101"]),
    # the function and what it stores
    "too little memory": ({"function": {"memory_mb": 64}}, ["function.memory_mb is 64", "128 to 10240"]),
    "too long a timeout": ({"function": {"timeout_seconds": 901}}, ["function.timeout_seconds is 901", "90 to 900"]),
    "too short a timeout": (
        {"function": {"timeout_seconds": 89}},
        ["function.timeout_seconds is 89", "90 to 900", "room for slow calls", "would not begin to read"],
    ),
    "timeout with a fraction": (
        {"function": {"timeout_seconds": 90.5}},
        ["function.timeout_seconds is 90.5", "whole number"],
    ),
    "empty batch": ({"function": {"batch_size": 0}}, ["function.batch_size is 0", "1 to 10000"]),
    "concurrency of one": (
        {"function": {"maximum_concurrency": 1}},
        ["function.maximum_concurrency is 1", "2 to 1000"],
    ),
    "no failure at all": ({"function": {"max_failures": 0}}, ["function.max_failures is 0", "1 to 100"]),
    "more failures than receives": ({"function": {"max_failures": 101}}, ["function.max_failures is 101", "1 to 100"]),
    "failures with a fraction": ({"function": {"max_failures": 2.5}}, ["function.max_failures is 2.5", "whole number"]),
    "package of nothing": (
        {"lambda_package": {"s3_bucket": "packages"}},
        ["lambda_package names no package", "s3_key"],
    ),
    "two packages": (
        {"lambda_package": {"filename": "a.zip", "s3_bucket": "packages", "s3_key": "a.zip"}},
        ["lambda_package names two packages", "a.zip"],
    ),
    "key by its alias": ({"kms_key_arn": "alias/tags"}, ['kms_key_arn is "alias/tags"', "not an alias"]),
    "boundary that is no policy": (
        {"permissions_boundary_arn": "boundary"},
        ['permissions_boundary_arn is "boundary"', "IAM policy"],
    ),
    "retention CloudWatch does not know": ({"log_retention_days": 100}, ["log_retention_days is 100", "120"]),
    "ledger that keeps nothing": ({"ledger_retention_days": 0}, ["ledger_retention_days is 0", "at least 1"]),
    "reserved key among the module's own tags": (
        {"resource_tags": {"aws:x": "y"}},
        ['resource_tags: "aws:x"', '"aws:"'],
    ),
    "more tags of its own than AWS allows": (
        {"resource_tags": {f"k{i}": "v" for i in range(51)}},
        ["resource_tags has 51 tags", "50"],
    ),
    "value among the module's own tags that AWS refuses": (
        {"resource_tags": {"a": "b;c"}},
        ['resource_tags["a"] is "b;c"', "letters, digits"],
    ),
}

ACCEPTED: dict[str, dict[str, Any]] = {
    "exemption by ARN with wildcards": exemption(
        arns=["arn:aws:s3:::legacy-*", "arn:*:ec2:*:*:instance/*"], accounts=[]
    ),
    "the least of every number": {
        "contest_after": 1,
        "function": {"timeout_seconds": 90, "max_failures": 1},
        "notifications": {"digest_minutes": 0},
    },
    "the most of every number": {
        "contest_after": 100,
        "function": {"timeout_seconds": 900, "max_failures": 100},
        "notifications": {"digest_minutes": 1440},
    },
    "administrators in every account": {
        "organization": ORGANIZATION | {"administrator_role_arns": ["arn:aws:iam::*:role/OrganizationAdministrator"]}
    },
    "every role of one account an administrator": {
        "organization": ORGANIZATION | {"administrator_role_arns": ["arn:aws:iam::111122223333:role/*"]}
    },
    "every role exempt in some accounts, or for some types": governed(deny_create_without=["s3:bucket"])
    | {
        "exemptions": {
            "accounts": EXEMPTION | {"principals": ["arn:aws:iam::*:role/*"]},
            "types": EXEMPTION
            | {"accounts": [], "principals": ["arn:*:iam::*:role/*"], "resource_types": ["s3:bucket"]},
        }
    },
    "a stack elsewhere": {"organization": ORGANIZATION | {"stacks": {"tooling": STACK}}},
}

# Inputs that another resource gives: at plan nobody knows whether they are right.
LATER_SETTINGS: dict[str, Any] = {
    "organization": {"id": LATER},
    "kms_key_arn": LATER,
    "permissions_boundary_arn": LATER,
}
LATER_EXEMPTIONS = {
    "arns": EXEMPTION | {"accounts": [], "arns": [LATER]},
    "accounts": EXEMPTION | {"accounts": [LATER]},
}

# What is wrong, the arguments on top of these, exemptions apart, and what the message has to say all the same.
REFUSED_BESIDE: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "target elsewhere": (
        {"scopes": {"all": {"target_id": "r-zz99"}}, "roots": ["r-ab12"]},
        LATER_EXEMPTIONS,
        ['scopes["all"].target_id is "r-zz99"', "not in the organization o-abcdefghij"],
    ),
    "no owner": ({}, {"old": EXEMPTION | {"reason": LATER, "owner": " "}}, ['exemptions["old"].owner is empty']),
    "exempt ARN of another partition": (
        {},
        {"old": EXEMPTION | {"arns": ["arn:aws-us-gov:sqs:*:*:x"]}, "accounts": LATER_EXEMPTIONS["accounts"]},
        ['exemptions["old"].arns: "arn:aws-us-gov:sqs:*:*:x"', "another partition"],
    ),
    "exempt account that nothing reaches": (
        {"organization": None},
        {"old": EXEMPTION | {"accounts": ["444455556666"]}, "arns": LATER_EXEMPTIONS["arns"]},
        ['exemptions["old"].accounts: "444455556666" is not governed'],
    ),
    "exempt ARN of another account": (
        {},
        {"old": EXEMPTION | {"arns": ["arn:aws:sqs:*:444455556666:x"]}},
        ['exemptions["old"].arns: "arn:aws:sqs:*:444455556666:x" is in none of its accounts'],
    ),
    "key of another region": (
        {"kms_key_arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/x"},
        LATER_EXEMPTIONS,
        ["kms_key_arn is", "a key in eu-west-1"],
    ),
    "boundary of another account": (
        {"permissions_boundary_arn": "arn:aws:iam::444455556666:policy/boundary"},
        LATER_EXEMPTIONS,
        ["permissions_boundary_arn is", "a policy of account 444455556666"],
    ),
}


@pytest.fixture(scope="module")
def caller(schema: Root) -> Caller:
    return Caller.of(schema)


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_refused_with_one_line(schema: Root, case: str) -> None:
    variables, words = REFUSED[case]

    assert_refused(schema.refusals(SCHEMA | variables), words)


@pytest.mark.parametrize("case", REFUSED_BESIDE)
def test_wrong_input_is_refused_at_plan_beside_what_is_known_at_apply(caller: Caller, case: str) -> None:
    arguments, exemptions, words = REFUSED_BESIDE[case]

    assert_refused(caller.refusals(SCHEMA | LATER_SETTINGS | arguments | {"exemptions": exemptions}), words)


@pytest.mark.parametrize("case", ACCEPTED)
def test_right_input_is_accepted(schema: Root, case: str) -> None:
    assert schema.refusals(SCHEMA | ACCEPTED[case]) == []
