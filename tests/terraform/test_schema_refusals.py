"""A wrong tag schema is refused at plan, with a line that names the field, the value and what is allowed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.terraform.conftest import Root, assert_refused
from tests.terraform.inputs import ACCOUNT, SCHEMA, below, governed, scope, tag

ALIASED = tag(
    allowed_values=["prod", "dev"], value_aliases={"production": "prod", "development": "dev", "stage": "dev"}
)

# What is wrong, the variables on top of the schema above, and what the message has to say.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    # tag keys
    "no tags": ({"tags": {}}, ["tags is empty", "create = false"]),
    "51 tag keys": ({"tags": {f"Key{i}": {} for i in range(51)}}, ["tags: 51 tag keys", "50 tags"]),
    "empty key": ({"tags": {"": {}}}, ['tags[""]', "0 characters", "1 to 128"]),
    "key too long": ({"tags": {"k" * 129: {}}}, ["129 characters", "1 to 128"]),
    "key with a character AWS refuses": (
        {"tags": {"Cost;Center": {}}},
        ['tags["Cost;Center"]', "letters, digits, spaces"],
    ),
    "reserved key": ({"tags": {"aws:owner": {}}}, ['tags["aws:owner"]', 'begins with "aws:"']),
    "reserved key in capitals": ({"tags": {"AWS:Owner": {}}}, ['tags["AWS:Owner"]', 'begins with "aws:"']),
    # null where a value belongs
    "null for a tag": ({"tags": {"Owner": None}}, ['tags["Owner"] is null', "write {}"]),
    "null among allowed values": (tag(allowed_values=["dev", None]), ['tags["Environment"].allowed_values holds null']),
    "null for a value alias": (
        tag(allowed_values=["dev"], value_aliases={"d": None}),
        ['tags["Environment"].value_aliases holds null'],
    ),
    "null for a scope": ({"scopes": {"sandbox": None}}, ['scopes["sandbox"] is null', "target_id"]),
    "null for an override": (
        scope(tags={"Owner": None}),
        ['scopes["sandbox"].tags["Owner"] is null', "remove the key"],
    ),
    "null among the values of an override": (
        scope(tags={"Owner": {"key_aliases": [None]}}),
        ['scopes["sandbox"].tags["Owner"].key_aliases holds null'],
    ),
    # key aliases
    "alias too long": (tag(key_aliases=["e" * 129]), ['tags["Environment"].key_aliases', "129 characters"]),
    "alias with a character AWS refuses": (tag(key_aliases=["env?"]), ['.key_aliases: "env?"', "letters, digits"]),
    "reserved alias": (tag(key_aliases=["Aws:env"]), ['.key_aliases: "Aws:env"', 'begins with "aws:"']),
    "alias that is another key": (
        {"tags": {"Environment": {"key_aliases": ["OWNER"]}, "Owner": {}}},
        ['tags["Environment"].key_aliases: "OWNER"', 'a key of the schema ("Owner")'],
    ),
    "alias that is the key itself": (
        tag(key_aliases=["environment"]),
        ['"environment"', 'a key of the schema ("Environment")'],
    ),
    # values
    "allowed value too long": (
        tag(allowed_values=["v" * 257]),
        ['tags["Environment"].allowed_values', "257 characters", "256"],
    ),
    "allowed value with a character AWS refuses": (
        tag(allowed_values=["dev#1"]),
        ['.allowed_values: "dev#1"', "letters, digits"],
    ),
    "allowed value with two wildcards": (
        tag(allowed_values=["*-dev-*"]),
        ['.allowed_values: "*-dev-*"', "more than one *"],
    ),
    "allowed value twice": (tag(allowed_values=["dev", "prod", "dev"]), ['.allowed_values lists "dev" more than once']),
    "default too long": (tag(default="v" * 257), ['tags["Environment"].default', "257 characters"]),
    "default with a character AWS refuses": (tag(default="a|b"), ['.default: "a|b"', "letters, digits"]),
    "default with a wildcard": (
        tag(allowed_values=["team-*"], default="team-*"),
        ['.default: "team-*"', "letters, digits"],
    ),
    "blank default of a required tag": (tag(default=" "), ['tags["Environment"].default', "is blank"]),
    "default that is not allowed": (
        tag(allowed_values=["dev", "prod"], default="test"),
        ['tags["Environment"].default: "test"', '("dev", "prod")'],
    ),
    "default that only contains an allowed value": (
        tag(allowed_values=["dev"], default="dev2"),
        ['.default: "dev2"', '("dev")'],
    ),
    "default that takes a dot for any character": (tag(allowed_values=["v1.2"], default="v1x2"), ['.default: "v1x2"']),
    "default that does not match": (
        tag(pattern="[a-z]{3}", default="prod"),
        ['.default: "prod"', 'pattern "[a-z]{3}"'],
    ),
    # patterns
    "pattern that does not compile": (
        tag(pattern="[a-z"),
        ['tags["Environment"].pattern: "[a-z"', "not a regular expression"],
    ),
    "pattern with lookahead": (
        tag(pattern="(?=a)a"),
        ['.pattern: "(?=a)a"', "not a regular expression", "no lookahead"],
    ),
    "pattern that looks ahead for what may not come": (tag(pattern="(?!x)[a-z]+"), ["no lookahead", "allowed_values"]),
    "pattern with lookbehind": (tag(pattern="(?<!a)b"), ['.pattern: "(?<!a)b"', "no lookbehind"]),
    "pattern with a backreference": (tag(pattern=r"(a)\1"), [r'.pattern: "(a)\1"', "no backreference"]),
    "pattern with an atomic group": (tag(pattern="(?>a)"), ['.pattern: "(?>a)"', "no atomic group"]),
    "pattern with a Unicode class": (tag(pattern=r"\p{L}+"), [r'.pattern: "\p"', "Python"]),
    "pattern with a one-letter Unicode class": (tag(pattern=r"\PN+"), [r'.pattern: "\P"', "Python"]),
    "pattern with the end of text": (tag(pattern=r"dev\z"), [r'.pattern: "\z"', "Python"]),
    "pattern with a POSIX class": (tag(pattern="[[:alpha:]]+"), ['.pattern: "[:alpha:]"', "Python"]),
    "pattern with quoting": (tag(pattern=r"\Qa.b"), [r'.pattern: "\Q"', "Python"]),
    "pattern with a code point": (tag(pattern=r"\x{41}"), [r'.pattern: "\x{"', "Python"]),
    "pattern with the flag U": (tag(pattern="(?U)a+"), ['.pattern: "(?U"', "Python"]),
    "pattern with a flag in the middle": (tag(pattern="a(?i)b"), ['"a(?i)"', "Python"]),
    "pattern with a group named as in Go": (tag(pattern="(?<team>a)"), ['"(?<t"', "Python"]),
    "pattern with an open lower bound": (tag(pattern="a{,3}"), ['"{,"', "Python"]),
    # value aliases
    "alias of a value that is not allowed": (
        tag(allowed_values=["dev"], value_aliases={"production": "prod"}),
        ['tags["Environment"].value_aliases: "production" stands for "prod"', '"dev"'],
    ),
    "alias of a value that does not match": (
        tag(pattern="[0-9]+", value_aliases={"one": "eins"}),
        ['"one" stands for "eins"'],
    ),
    "alias that is an allowed value": (
        tag(allowed_values=["dev", "prod"], value_aliases={"dev": "prod"}),
        ['tags["Environment"].value_aliases: "dev"', "never replaced"],
    ),
    "alias that a wildcard allows": (
        tag(allowed_values=["dev*"], value_aliases={"develop": "dev"}),
        ['"develop"', "never replaced"],
    ),
    "value aliases where every value is allowed": (
        tag(value_aliases={"a": "b"}),
        ["value_aliases needs allowed_values or pattern"],
    ),
    "value alias too long": (
        tag(allowed_values=["a"], value_aliases={"v" * 257: "a"}),
        [".value_aliases", "257 characters"],
    ),
    "value alias no resource can carry": (
        tag(allowed_values=["a"], value_aliases={"a;": "a"}),
        ['.value_aliases: "a;"', "no resource"],
    ),
    # derivation
    "unknown treatment of what AWS manages": (
        {"managed_by_aws": "skip"},
        ['managed_by_aws is "skip"', "ignore, report and govern"],
    ),
    "unknown source": (tag(derive_from=["vpc"]), ['tags["Environment"].derive_from: "vpc"', "account_tag[:KEY]"]),
    "source with a key it does not take": (tag(derive_from=["region:x"]), ['.derive_from: "region:x"']),
    "source without its key after the colon": (tag(derive_from=["account_tag:"]), ['.derive_from: "account_tag:"']),
    "source twice": (tag(derive_from=["actor", "region", "actor"]), ['.derive_from lists "actor" more than once']),
    # resource types
    "no resource types": ({"resource_types": []}, ["resource_types is empty"]),
    "unknown resource type": (
        {"resource_types": ["ec2:instnce"]},
        ['resource_types: "ec2:instnce"', 'did you mean "ec2:instance"?'],
    ),
    "unknown service": ({"resource_types": ["dynamo:*"]}, ['resource_types: "dynamo:*"', 'did you mean "dynamodb:*"?']),
    "resource type in capitals": ({"resource_types": ["S3:Bucket"]}, ['"S3:Bucket"', 'did you mean "s3:bucket"?']),
    "resource type that looks like a regular expression": (
        {"resource_types": ["s3:bucke."]},
        ['"s3:bucke."', '"s3:bucket"'],
    ),
    "unknown type of a tag": (
        tag(resource_types=["sqs:queu"]),
        ['tags["Environment"].resource_types: "sqs:queu"', '"sqs:queue"'],
    ),
    "type of a tag that is not governed": (
        {"resource_types": ["s3:*"]} | tag(resource_types=["sqs:queue"]),
        ['tags["Environment"].resource_types: "sqs:queue" matches no governed', "add it to resource_types"],
    ),
    "unknown type in enforced_for": (tag(enforced_for=["s3:buckets"]), ['.enforced_for: "s3:buckets"', '"s3:bucket"']),
    "unknown type in report_required_for": (
        tag(report_required_for=["sns:topics"]),
        ['.report_required_for: "sns:topics"', '"sns:topic"'],
    ),
    "unknown type in deny_create_without": (
        tag(deny_create_without=["ec2:volumes"]),
        ['.deny_create_without: "ec2:volumes"', '"ec2:volume"'],
    ),
    "enforced_for a type unknown to tag policies": (
        tag(enforced_for=["iam:role"]),
        ['tags["Environment"].enforced_for: "iam:role"', "tag policies enforce values"],
    ),
    "report_required_for a type unknown to tag policies": (
        tag(report_required_for=["apigateway:RestApiStage"]),
        ['.report_required_for: "apigateway:RestApiStage"', "tag policies report missing tags"],
    ),
    "enforced_for a wildcard of types unknown to tag policies": (
        tag(enforced_for=["iam:ro*"]),
        ['.enforced_for: "iam:ro*" matches no governed resource type for which tag policies enforce values'],
    ),
    "deny_create_without a type that takes no tags at creation": (
        tag(deny_create_without=["ssm:parameter"]),
        ['tags["Environment"].deny_create_without: "ssm:parameter"', "ssm.PutParameter", "refuses tags"],
    ),
    "deny_create_without a type the tag is not for": (
        governed(resource_types=["s3:*"], deny_create_without=["sqs:queue"]),
        ['.deny_create_without: the tag does not apply to "sqs:queue"'],
    ),
    "deny_create_without for an optional tag": (
        governed(required=False, deny_create_without=["sqs:queue"]),
        ['tags["Environment"].deny_create_without', "required is false"],
    ),
    # scopes
    "reserved scope": ({"scopes": {"default": {"target_id": ACCOUNT}}}, ['scopes["default"]', "reserved"]),
    "scope name unfit for policy names": (
        {"scopes": {"dev test": {"target_id": ACCOUNT}}},
        ['scopes["dev test"]', "letters, digits, hyphens"],
    ),
    "target of no known form": (
        scope(target_id="ou-12"),
        ['scopes["sandbox"].target_id is "ou-12"', "ou-ab12-cdefgh34"],
    ),
    "account that lost its leading zero": (
        scope(target_id="11112222333"),
        ['is "11112222333"', "twelve digits", 'Write "011112222333"'],
    ),
    "account that lost two leading zeros": (scope(target_id=1112222333), ['is "1112222333"', 'Write "001112222333"']),
    "account with hyphens": (scope(target_id="1111-2222-3333"), ["account of twelve digits."]),
    "no target": (scope(target_id=None), ['scopes["sandbox"].target_id is ""', "twelve digits"]),
    "two scopes on one target": (
        {"scopes": {"blue": {"target_id": ACCOUNT}, "green": {"target_id": ACCOUNT}}},
        ["blue and green", f'"{ACCOUNT}"'],
    ),
    "unknown mode of a scope": (
        scope(mode="warn"),
        ['scopes["sandbox"].mode is "warn"', "observe, notify and remediate"],
    ),
    "OU without an organization": (
        scope() | {"organization": None},
        ['scopes["sandbox"].target_id', "organization is null"],
    ),
    "override of nothing": (scope(tags={"Ownr": {}}), ['scopes["sandbox"].tags["Ownr"] sets no field']),
    "key that differs from one above by case": (
        scope(tags={"owner": {"required": True}}),
        ['"owner" differs from "Owner" only by letter case'],
    ),
    "override that refuses the default above": (
        tag(allowed_values=["dev", "prod"], default="dev") | scope(tags={"Environment": {"allowed_values": ["prod"]}}),
        ['scopes["sandbox"].tags["Environment"].default: "dev"', '("prod")'],
    ),
    "value alias of a scope that fits its values no more": (
        ALIASED | scope(tags={"Environment": {"allowed_values": ["prod"], "value_aliases": {"development": "dev"}}}),
        ['scopes["sandbox"].tags["Environment"].value_aliases: "development" stands for "dev"', '"prod"'],
    ),
    "override that drops a denial from above": (
        tag(deny_create_without=["sqs:queue", "sns:topic"]) | below(deny_create_without=["sns:topic"]),
        ['scopes["sandbox"].tags["Environment"].deny_create_without leaves out sqs:queue', 'scope "all"'],
    ),
    "override that drops protection from above": (
        tag(protected=True) | below(protected=False),
        ['scopes["sandbox"].tags["Environment"].protected is false', 'scope "all"'],
    ),
}

# Each of these breaks two fields at once, so that two lines are right.
REFUSED_TWICE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "keys that differ only by case": (
        {"tags": {"Owner": {}, "owner": {}}},
        ['tags["Owner"]: the key "Owner" differs from "owner"', 'tags["owner"]: the key "owner" differs from "Owner"'],
    ),
    "alias of two keys": (
        {"tags": {"Owner": {"key_aliases": ["team"]}, "Group": {"key_aliases": ["Team"]}}},
        ['tags["Group"].key_aliases: "Team" is an alias of "Owner" too', 'tags["Owner"].key_aliases: "team"'],
    ),
}

ACCEPTED: dict[str, dict[str, Any]] = {
    "the least": {},
    "keys and values of any script": {
        "tags": {"Kostenträger 1": {"allowed_values": ["Büro", "工場"], "default": "工場"}}
    },
    "default that a wildcard allows": tag(allowed_values=["team-*"], default="team-a.b+c"),
    "pattern with an escaped backslash before a p": tag(pattern=r"\\p+"),
    "pattern with flags at the start": tag(pattern="(?i)(?:dev|prod)(?P<number>[0-9]{2,})", default="DEV01"),
    "alias of a value that pattern and list allow": tag(
        allowed_values=["dev", "prod"], value_aliases={"development": "dev"}
    ),
    "wildcard over types of which some can": governed(
        enforced_for=["*"], deny_create_without=["*"], report_required_for=["*"]
    ),
    "every source": governed(
        derive_from=[
            "actor",
            "request_tag",
            "related_tag:env",
            "account_tag:Cost Center",
            "ou_tag:Cost Center",
            "stack_tag",
            "account_id",
            "region",
            "date",
        ]
    ),
    "account as target without an organization": {"scopes": {"one": {"target_id": ACCOUNT, "mode": "remediate"}}},
    "new key in a scope": scope(tags={"Team": {"required": True}}),
    "denial that a scope adds": tag(deny_create_without=["sqs:queue"])
    | below(deny_create_without=["sqs:queue", "sns:topic"]),
}


# The values and the pattern of a scope below ALIASED, and which aliases of those from above are left there.
ALIASES_LEFT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the same values": ({}, ALIASED["tags"]["Environment"]["value_aliases"]),
    "fewer values": ({"allowed_values": ["prod"]}, {"production": "prod"}),
    "any value": ({"allowed_values": []}, {}),
    "a value that was an alias": (
        {"allowed_values": ["prod", "dev", "stage"]},
        {"production": "prod", "development": "dev"},
    ),
    "a pattern": ({"allowed_values": [], "pattern": "p[a-z]{3}"}, {"production": "prod"}),
    "aliases of its own": ({"value_aliases": {"live": "prod"}}, {"live": "prod"}),
}


@pytest.mark.parametrize("case", ALIASES_LEFT)
def test_aliases_from_above_that_no_longer_apply_are_left_out(schema: Root, case: str) -> None:
    fields, left = ALIASES_LEFT[case]

    document = json.loads(schema.outputs(ALIASED | scope(tags={"Environment": fields}))["policy_document"])

    (rule,) = document["scopes"]["sandbox"]["tags"]
    assert rule["value_aliases"] == left
    assert document["scopes"]["default"]["tags"][0]["value_aliases"] == ALIASED["tags"]["Environment"]["value_aliases"]


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_refused_with_one_line(schema: Root, case: str) -> None:
    variables, words = REFUSED[case]

    assert_refused(schema.refusals(SCHEMA | variables), words)


@pytest.mark.parametrize("case", ACCEPTED)
def test_right_input_is_accepted(schema: Root, case: str) -> None:
    assert schema.refusals(SCHEMA | ACCEPTED[case]) == []


@pytest.mark.parametrize("case", REFUSED_TWICE)
def test_each_of_two_fields_in_conflict_is_named(schema: Root, case: str) -> None:
    variables, beginnings = REFUSED_TWICE[case]

    lines = schema.refusals(SCHEMA | variables)

    assert len(lines) == len(beginnings), lines
    assert all(line.startswith(beginning) for line, beginning in zip(sorted(lines), beginnings, strict=True)), lines


@pytest.mark.parametrize(
    "case", [case for case in ACCEPTED if "pattern" in ACCEPTED[case].get("tags", {}).get("Environment", {})]
)
def test_patterns_that_are_accepted_compile_in_python(case: str) -> None:
    pattern = ACCEPTED[case]["tags"]["Environment"]["pattern"]

    assert re.compile(pattern).pattern == pattern


def test_everything_that_is_wrong_with_the_schema_is_said_at_once(schema: Root) -> None:
    lines = schema.refusals(
        {
            "resource_types": ["s3:*", "ec2:instnce"],
            "tags": {"Owner": {"default": "a;", "resource_types": ["s3:bucke"]}, "Environment": {"pattern": "["}},
        }
    )

    assert sorted(line.split(": ")[0] for line in lines) == [
        "resource_types",
        'tags["Environment"].pattern',
        'tags["Owner"].default',
        'tags["Owner"].resource_types',
    ]


def test_everything_that_is_wrong_with_single_settings_is_said_at_once(schema: Root) -> None:
    lines = schema.refusals(
        {
            "tags": {"Owner": None},
            "mode": "warn",
            "scopes": {"sandbox": {"target_id": "11112222333", "mode": "warn"}, "empty": None},
            "exemptions": {"legacy": {"accounts": ["12"], "reason": "", "owner": "team", "expires": "soon"}},
        }
    )

    assert sorted(line.split(" is ")[0] for line in lines) == [
        'exemptions["legacy"].accounts: "12"',
        'exemptions["legacy"].expires',
        'exemptions["legacy"].reason',
        "mode",
        'scopes["empty"]',
        'scopes["sandbox"].mode',
        'scopes["sandbox"].target_id',
        'tags["Owner"]',
    ]
