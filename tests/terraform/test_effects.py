"""Settings that can have no effect are refused at plan, and those without effect for now are warned of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.conftest import Root, assert_refused
from tests.terraform.inputs import (
    ACCOUNT,
    EXEMPTION,
    ORGANIZATION,
    ROLE,
    SCHEMA,
    UNIT,
    below,
    exemption,
    filtered,
    governed,
    policies,
    scope,
    subscription,
    tag,
)

# What is wrong, the variables on top of the smallest schema, and what the message has to say.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    # what can have no effect
    "enforced_for without an organization": (
        tag(enforced_for=["s3:bucket"]),
        ['tags["Environment"].enforced_for is ["s3:bucket"]', "only tag policies read", "organization is null; set it"],
    ),
    "report_required_for without an organization": (
        tag(report_required_for=["sqs:queue"]),
        [
            'tags["Environment"].report_required_for is ["sqs:queue"]',
            "organization is null",
            "leave report_required_for",
        ],
    ),
    "deny_create_without without an organization": (
        tag(deny_create_without=["sqs:queue"]),
        [
            'tags["Environment"].deny_create_without is ["sqs:queue"]',
            "service control policies",
            "organization is null",
        ],
    ),
    "protection without an organization": (
        tag(protected=True),
        ['tags["Environment"].protected is true', "service control policies", "organization is null"],
    ),
    "protection in the scope of an account without an organization": (
        {"scopes": {"own": {"target_id": ACCOUNT, "tags": {"Owner": {"protected": True}}}}},
        ['scopes["own"].tags["Owner"].protected is true', "organization is null"],
    ),
    "enforced_for without scopes": (
        tag(enforced_for=["s3:bucket"]) | {"organization": ORGANIZATION},
        ['tags["Environment"].enforced_for is ["s3:bucket"]', "scopes is empty", "name a root, an OU or an account"],
    ),
    "report_required_for without scopes": (
        tag(report_required_for=["s3:bucket"]) | {"organization": ORGANIZATION},
        ["report_required_for", "scopes is empty"],
    ),
    "deny_create_without without scopes": (
        tag(deny_create_without=["sqs:queue"]) | {"organization": ORGANIZATION},
        ["deny_create_without", "scopes is empty"],
    ),
    "protection without scopes": (
        tag(protected=True) | {"organization": ORGANIZATION},
        ["protected", "scopes is empty"],
    ),
    "enforced_for while tag policies are off": (
        governed(enforced_for=["s3:bucket"]) | {"organization": ORGANIZATION | {"tag_policies": False}},
        ["enforced_for", "organization.tag_policies is false; set it to true"],
    ),
    "report_required_for while tag policies are off": (
        governed(report_required_for=["s3:bucket"]) | {"organization": ORGANIZATION | {"tag_policies": False}},
        ["report_required_for", "organization.tag_policies is false"],
    ),
    "deny_create_without while service control policies are off": (
        governed(deny_create_without=["sqs:queue"])
        | {"organization": ORGANIZATION | {"service_control_policies": False}},
        ["deny_create_without", "organization.service_control_policies is false; set it to true"],
    ),
    "protection while service control policies are off": (
        governed(protected=True) | {"organization": ORGANIZATION | {"service_control_policies": False}},
        ["protected", "organization.service_control_policies is false"],
    ),
    "denial that every scope replaces": (
        tag(deny_create_without=["sqs:queue"]) | scope(tags={"Environment": {"deny_create_without": ["sns:topic"]}}),
        ['tags["Environment"].deny_create_without is ["sqs:queue"]', "every scope sets its own"],
    ),
    "types that every scope empties": (
        tag(enforced_for=["s3:bucket"]) | scope(tags={"Environment": {"enforced_for": []}}),
        ['tags["Environment"].enforced_for is ["s3:bucket"]', "every scope sets its own"],
    ),
    "protection that every scope takes off": (
        tag(protected=True) | scope(tags={"Environment": {"protected": False}}),
        ['tags["Environment"].protected is true', "every scope sets its own"],
    ),
    "tags of accounts without an organization": (
        tag(derive_from=["account_tag:cc"]),
        ['tags["Environment"].derive_from: "account_tag:cc" gives nothing', "organization is null; set it"],
    ),
    "tags of organizational units without an organization": (
        tag(derive_from=["ou_tag"]),
        ['tags["Environment"].derive_from: "ou_tag" gives nothing', "organization is null; set it"],
    ),
    "default of an optional tag": (
        tag(required=False, default="dev"),
        ['tags["Environment"].default is "dev"', "required is false", "set required = true"],
    ),
    "source of an optional tag": (
        tag(required=False, derive_from=["region"]),
        ['tags["Environment"].derive_from is ["region"]', "required is false"],
    ),
    "default in a scope in which the tag is optional": (
        tag(required=False) | scope(tags={"Environment": {"default": "dev"}}),
        ['scopes["sandbox"].tags["Environment"].default is "dev"', "required is false"],
    ),
    "default in a scope that makes the tag optional": (
        tag() | scope(tags={"Environment": {"default": "dev", "required": False}}),
        ['scopes["sandbox"].tags["Environment"].default is "dev"', "required is false"],
    ),
    "tag for no type": (tag(resource_types=[]), ['tags["Environment"].resource_types is empty', "for nothing"]),
    # what can mean two things
    "allowed values that differ by case": (
        tag(allowed_values=["prod", "dev", "Prod"]),
        ['tags["Environment"].allowed_values: "prod" and "Prod" differ by letter case only', "keep one"],
    ),
    "allowed values of a scope that differ by case": (
        tag() | scope(tags={"Environment": {"allowed_values": ["EU", "eu"]}}),
        ['scopes["sandbox"].tags["Environment"].allowed_values: "EU" and "eu"', "keep one"],
    ),
    "allowed value that the pattern refuses": (
        tag(allowed_values=["dev", "PROD"], pattern="[a-z]+"),
        ['tags["Environment"].allowed_values: "PROD" does not match its pattern "[a-z]+"', "both"],
    ),
    "value aliases that differ by case and mean two things": (
        tag(allowed_values=["dev", "prod"], value_aliases={"live": "prod", "Live": "dev"}),
        ['tags["Environment"].value_aliases: "Live" and "live" differ by letter case only', '"dev" and "prod"'],
    ),
    # targets
    "account that is not in the organization": (
        scope(target_id="444455556666") | {"accounts": [ACCOUNT]},
        ['scopes["sandbox"].target_id is "444455556666"', "not in the organization o-abcdefghij", "list-accounts"],
    ),
    "root of another organization": (
        scope(target_id="r-zz99") | {"roots": ["r-ab12"]},
        ['scopes["sandbox"].target_id is "r-zz99"', "not in the organization o-abcdefghij", "its root is r-ab12"],
    ),
    "OU of another organization": (
        scope(target_id="ou-zz99-cdefgh34") | {"roots": ["r-ab12"]},
        ['scopes["sandbox"].target_id is "ou-zz99-cdefgh34"', "not in the organization", "its root is r-ab12"],
    ),
    "other account without an organization": (
        {"scopes": {"other": {"target_id": "444455556666"}}},
        ['scopes["other"].target_id is "444455556666"', "organization is null", f"only account {ACCOUNT} is governed"],
    ),
    "denial in the management account": (
        scope(target_id="999988887777", tags={"Owner": {"deny_create_without": ["sqs:queue"]}}),
        [
            'scopes["sandbox"].tags["Owner"].deny_create_without is ["sqs:queue"]',
            "999988887777 is the management account",
        ],
    ),
    "protection in the management account": (
        scope(target_id="999988887777", tags={"Owner": {"protected": True}}),
        ['scopes["sandbox"].tags["Owner"].protected is true', "999988887777 is the management account"],
    ),
    # settings
    "exemption of a principal without policies": (
        exemption(accounts=[], principals=[ROLE]),
        ['exemptions["legacy"].principals', "does nothing", "set organization"],
    ),
    "exemption of a principal while service control policies are off": (
        exemption(accounts=[], principals=[ROLE])
        | {"organization": ORGANIZATION | {"service_control_policies": False}},
        ['exemptions["legacy"].principals', "does nothing", "set organization.service_control_policies to true"],
    ),
    "protection that nobody could lift": (
        governed(protected=True) | {"remediation": False},
        ["organization.administrator_role_arns is []", "no stack", "name the role that may: arn:aws:iam::"],
    ),
    "exemption of a principal from creations that nothing denies": (
        policies(exemption(accounts=[], principals=[ROLE], resource_types=["sqs:queue"])),
        [f'exemptions["legacy"].principals is [{ROLE}]', "no tag denies the creation of sqs:queue", "exempts nobody"],
    ),
    "exemption of a principal where nothing is denied or protected": (
        policies(exemption(accounts=[], principals=[ROLE])),
        [f'exemptions["legacy"].principals is [{ROLE}]', "deny_create_without", "protected", "exempts nobody"],
    ),
    "exemption of an ARN in another account": (
        exemption(arns=["arn:aws:sqs:eu-west-1:444455556666:legacy"]),
        ['exemptions["legacy"].arns: "arn:aws:sqs:eu-west-1:444455556666:legacy"', ACCOUNT, "exempts nothing"],
    ),
    "exemption of an ARN of another type": (
        exemption(arns=["arn:aws:sqs:*:*:legacy"], resource_types=["s3:bucket"]),
        ['exemptions["legacy"].arns: "arn:aws:sqs:*:*:legacy"', "s3:bucket", "exempts nothing"],
    ),
    "exemption of an ARN of a type that is not governed": (
        exemption(arns=["arn:aws:sqs:*:*:legacy"]) | {"resource_types": ["s3:bucket"]},
        ['exemptions["legacy"].arns: "arn:aws:sqs:*:*:legacy"', "s3:bucket", "exempts nothing"],
    ),
    "exemption of an ARN of another partition": (
        exemption(arns=["arn:aws-us-gov:s3:::legacy"]),
        ['exemptions["legacy"].arns: "arn:aws-us-gov:s3:::legacy"', "another partition", "write arn:aws:"],
    ),
    "exemption of another account without an organization": (
        exemption(accounts=["444455556666"]),
        ['exemptions["legacy"].accounts: "444455556666" is not governed', "organization is null", ACCOUNT],
    ),
    "other accounts without an organization": (
        {"member_accounts": {"role_name": "governed"}},
        ['member_accounts.role_name is "governed"', "organization is null", "set organization"],
    ),
    "administrators without service control policies": (
        {"organization": ORGANIZATION | {"service_control_policies": False, "administrator_role_arns": [ROLE]}},
        [f"organization.administrator_role_arns is [{ROLE}]", "service_control_policies is false"],
    ),
    "deployment roles without service control policies": (
        {"organization": ORGANIZATION | {"service_control_policies": False, "deployment_role_arns": [ROLE]}},
        [f"organization.deployment_role_arns is [{ROLE}]", "service_control_policies is false"],
    ),
    "administrator of another partition": (
        {"organization": ORGANIZATION | {"administrator_role_arns": [ROLE.replace("aws", "aws-cn")]}},
        ['organization.administrator_role_arns: "arn:aws-cn:iam::', "another partition", "write arn:aws:"],
    ),
    "FIFO queue": (
        subscription("sqs", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:findings.fifo"),
        ['subscriptions["team"].endpoint', "findings.fifo", "take a standard queue"],
    ),
    "the same subscription twice": (
        {
            "notifications": {
                "subscriptions": {
                    "ops": {"protocol": "email", "endpoint": "ops@example.com"},
                    "team": {"protocol": "email", "endpoint": "ops@example.com"},
                }
            }
        },
        ["notifications.subscriptions: ops and team are the same", '"ops@example.com"', "keep one"],
    ),
    "filter on alarms": (
        filtered({"owner": ["shop"]}, topic="alarms"),
        ['subscriptions["team"].filter_policy names owner', "no attributes", "leave the filter out"],
    ),
    "filter on an attribute that notices do not have": (
        filtered({"Owner": ["shop"]}),
        ['subscriptions["team"].filter_policy: "Owner" is [shop]', "account, id, kind, owner, resource_type or scope"],
    ),
    "filter of no values": (
        filtered({"owner": []}),
        ['subscriptions["team"].filter_policy: "owner" is []', "lists values"],
    ),
    "version of a file": (
        {"lambda_package": {"filename": "a.zip", "s3_object_version": "3"}},
        ['lambda_package.s3_object_version is "3"', '"a.zip"', "remove one"],
    ),
    "key in another region": (
        {"kms_key_arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"},
        [
            f'kms_key_arn is "arn:aws:kms:us-east-1:{ACCOUNT}:key/1"',
            "a key in us-east-1",
            "the stack is in eu-central-1",
        ],
    ),
    "boundary in another account": (
        {"permissions_boundary_arn": "arn:aws:iam::444455556666:policy/boundary"},
        ["permissions_boundary_arn is", "a policy of account 444455556666", ACCOUNT],
    ),
}

ACCEPTED: dict[str, dict[str, Any]] = {
    "fields that another configuration makes policies of": governed(
        enforced_for=["s3:bucket"], report_required_for=["s3:bucket"], deny_create_without=["sqs:queue"], protected=True
    )
    | {"organization": ORGANIZATION | {"tag_policies": False, "service_control_policies": False}},
    "exemption of a principal that another configuration makes policies of": exemption(accounts=[], principals=[ROLE])
    | {"organization": ORGANIZATION | {"tag_policies": False, "service_control_policies": False}},
    "protection that an administrator could lift": governed(protected=True)
    | {"remediation": False, "organization": ORGANIZATION | {"administrator_role_arns": [ROLE]}},
    "types that one of two scopes replaces": tag(enforced_for=["s3:bucket"]) | below(enforced_for=["sqs:queue"]),
    "default of a tag that a scope requires": tag(required=False, default="dev")
    | scope(tags={"Environment": {"required": True}}),
    "default of a tag that is optional in a scope": tag(default="dev")
    | scope(tags={"Environment": {"required": False}}),
    "tag for types of a scope alone": tag(resource_types=[])
    | scope(tags={"Environment": {"resource_types": ["sqs:queue"]}}),
    "tag that a scope does not ask for": tag() | scope(tags={"Environment": {"resource_types": []}}),
    "allowed values with wildcards that differ by case": tag(allowed_values=["team-*", "Team-*"]),
    "two spellings that mean the same": tag(allowed_values=["prod"], value_aliases={"live": "prod", "LIVE": "prod"}),
    "targets that are in the organization": {
        "organization": ORGANIZATION,
        "scopes": {"all": {"target_id": "r-ab12"}, "sandbox": {"target_id": UNIT}, "one": {"target_id": ACCOUNT}},
        "accounts": [ACCOUNT],
        "roots": ["r-ab12"],
    },
    "targets in an organization whose accounts are not told": scope(target_id="444455556666"),
    "one endpoint for both topics": {
        "notifications": {
            "subscriptions": {
                "ops": {"protocol": "email", "endpoint": "ops@example.com"},
                "alarms": {"protocol": "email", "endpoint": "ops@example.com", "topic": "alarms"},
            }
        }
    },
    "filter on every attribute": filtered(
        {name: ["*"] for name in ("account", "id", "kind", "owner", "resource_type", "scope")}
    ),
    "key and boundary of the stack": {
        "kms_key_arn": "arn:aws:kms:eu-central-1:444455556666:key/1",
        "permissions_boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess",
    },
    "exemptions of ARNs that can be meant": {
        "exemptions": {
            "account": EXEMPTION | {"arns": [f"arn:aws:sqs:*:{ACCOUNT}:legacy", "arn:*:s3:::legacy"]},
            "type": EXEMPTION | {"arns": ["arn:aws:*:*:*:legacy"], "resource_types": ["sqs:queue"]},
        }
    },
    "exemption of principals from what is denied or protected": policies(
        {
            "tags": {"Owner": {"deny_create_without": ["sqs:*"], "protected": True}},
            "scopes": {"all": {"target_id": "r-ab12"}},
            "exemptions": {
                "queues": EXEMPTION | {"accounts": [], "principals": [ROLE], "resource_types": ["sqs:queue"]},
                "all": EXEMPTION | {"accounts": [], "principals": [ROLE]},
            },
        }
    ),
    "exemption of an account of the organization": policies(exemption(accounts=["444455556666"]))
    | {"accounts": [ACCOUNT, "444455556666"]},
}

WARNED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "exemption of an account that left the organization": (
        policies(exemption(accounts=["444455556666"])) | {"accounts": [ACCOUNT]},
        ['exemptions["legacy"].accounts: "444455556666" is not in the organization o-abcdefghij', "exempts nothing"],
    ),
    "prefix of no creations": (
        {"detection": {"event_matching": "prefix", "cloudtrail": False}},
        ['detection.event_matching is "prefix"', "detection.cloudtrail is false", "set cloudtrail to true"],
    ),
    **{
        f"{source} without creations": (
            {"tags": {"Owner": {"derive_from": [source]}}, "detection": {"cloudtrail": False}},
            [f'tags["Owner"].derive_from: "{source}" gives nothing', "detection.cloudtrail is false"],
        )
        for source in ("actor", "date", "related_tag", "request_tag:team")
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_have_no_effect_is_refused_with_one_line(schema: Root, case: str) -> None:
    variables, words = REFUSED[case]

    assert_refused(schema.refusals(SCHEMA | variables), words)


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_has_an_effect_is_accepted(schema: Root, case: str) -> None:
    assert schema.refusals(SCHEMA | ACCEPTED[case]) == []


@pytest.mark.parametrize("case", WARNED)
def test_what_has_no_effect_for_now_is_warned_of_with_one_line(schema: Root, case: str) -> None:
    variables, words = WARNED[case]

    assert schema.refusals(SCHEMA | variables) == []
    assert_refused(schema.warnings(SCHEMA | variables), words)


def test_what_needs_no_creation_is_not_warned_of(schema: Root) -> None:
    tags = {"Owner": {"derive_from": ["account_id", "region"]}}

    assert schema.warnings({"tags": tags, "detection": {"cloudtrail": False}}) == []


def test_everything_without_effect_is_said_at_once(schema: Root) -> None:
    lines = schema.refusals(
        {
            "tags": {"Owner": {"protected": True}, "Project": {"required": False, "default": "none"}},
            "organization": ORGANIZATION,
            "exemptions": exemption(arns=["arn:aws:sqs:*:444455556666:legacy"])["exemptions"],
            "kms_key_arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
        }
    )

    assert sorted(line.split(" is ")[0] for line in lines) == [
        'exemptions["legacy"].arns: "arn:aws:sqs:*:444455556666:legacy"',
        "kms_key_arn",
        'tags["Owner"].protected',
        'tags["Project"].default',
    ]
