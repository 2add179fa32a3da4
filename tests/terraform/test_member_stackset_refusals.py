"""Wrong settings of `modules/member-stackset`: the plan says the field, its value and what is allowed, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.terraform.conftest import LATER, Caller, Root
from tools import WORK
from tools.emulator.terraform import Terraform, copy_module

PROVIDER = """
provider "aws" {
  region                      = "%s"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""

RIGHT: dict[str, Any] = {
    "targets": {"organizational_unit_ids": ["r-ab12"]},
    "regions": ["eu-central-1"],
    "role_name": "tags-member",
    "function_role_arn": "arn:aws:iam::111122223333:role/tags-remediation",
    "event_bus_arn": "arn:aws:events:eu-central-1:111122223333:event-bus/tags",
    "event_patterns": {"creation-01": '{"source": ["aws.sqs"]}'},
    "organization_id": "o-abcdefghij",
    "resource_types": ["sqs:queue"],
    "tag_keys": ["Environment"],
}

FILLER = '{"source": ["%s"]}' % ("a" * 2000)

# Plans, by what they are wrong about: the variables, and for each line of the refusal what it has to say.
REFUSED: dict[str, tuple[dict[str, Any], list[list[str]]]] = {
    "values of variables": (
        {
            "name": "Tags",
            "organization_id": "r-ab12",
            "external_id": "a b",
            "tag_keys": [],
            "permissions_boundary_name": "arn:aws:iam::111122223333:policy/boundary",
        },
        [
            ['name is "Tags"', "3 to 28 lower-case letters"],
            ['organization_id is "r-ab12"', "o- and 10 to 32"],
            ['external_id is "a b"', "2 to 1,224"],
            ["tag_keys is empty", "output tag_keys"],
            ['permissions_boundary_name is "arn:', "not its ARN"],
        ],
    ),
    "targets, regions and operation": (
        {
            "targets": {
                "organizational_unit_ids": ["111122223333", "ou-1"],
                "account_ids": ["1111", "444455556666"],
                "account_filter": "UNION",
            },
            "regions": ["Frankfurt"],
            "call_as": "ROOT",
            "role_name": "tags/member",
            "event_patterns": {"New Things": "{}"},
            "resource_tags": {f"Key{number}": "x" for number in range(51)},
            "operation": {
                "max_concurrent_percentage": 0,
                "failure_tolerance_percentage": 100.5,
                "concurrency_mode": "SOFT",
                "region_concurrency": "BOTH",
                "timeout": "1d",
            },
        },
        [
            ['targets.organizational_unit_ids: "111122223333"', "r-...", "ou-..."],
            ['targets.organizational_unit_ids: "ou-1"', "ou-..."],
            ['targets.account_ids: "1111"', "12 digits"],
            ['targets.account_filter is "UNION"', "INTERSECTION and DIFFERENCE"],
            ['regions: "Frankfurt"', "eu-central-1"],
            ["operation.failure_tolerance_percentage is 100.5", "0 to 100"],
            ["operation.max_concurrent_percentage is 0", "1 to 100"],
            ['operation.concurrency_mode is "SOFT"', "SOFT_FAILURE_TOLERANCE"],
            ['operation.region_concurrency is "BOTH"', "PARALLEL and SEQUENTIAL"],
            ['operation.timeout is "1d"', "6h"],
            ['call_as is "ROOT"', "SELF and DELEGATED_ADMIN"],
            ['role_name is "tags/member"', "no path"],
            ['event_patterns: the name "New Things"', "lower-case letters"],
            ["resource_tags has 51 tags", "50"],
        ],
    ),
    "accounts without a filter": (
        {"targets": {"organizational_unit_ids": [], "account_ids": ["444455556666"]}},
        [
            ["targets.organizational_unit_ids is empty", "r-..."],
            ["targets.account_filter is null", "targets.account_ids has 1 accounts", "both or neither"],
        ],
    ),
    "more units than a call takes": (
        {"targets": {"organizational_unit_ids": [f"ou-ab12-{number:08}" for number in range(51)]}},
        [["targets.organizational_unit_ids has 51 ids", "50 at a time"]],
    ),
    "a large template without a bucket": (
        {"event_patterns": {f"creation-{number:02}": FILLER for number in range(30)}},
        [["template_bucket is null", "template of forwarding has 7", "51,200", "policy_bucket_name"]],
    ),
    "a template that is too large for a bucket": (
        {
            "event_patterns": {f"creation-{number:03}": FILLER for number in range(240)},
            "template_bucket": "tags-policy-111122223333-eu-central-1",
        },
        [["template of forwarding has 605475 bytes", "460,800", "fewer resource_types"]],
    ),
}


@pytest.fixture(scope="module")
def stackset(worker_id: str) -> Root:
    """The module by itself."""
    folder = copy_module(WORK / f"member-stackset-{worker_id}") / "modules" / "member-stackset"
    Path(folder, "test.tf").write_text(PROVIDER % "eu-central-1")
    terraform = Terraform(folder, {})
    terraform.init()
    return Root(terraform)


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_settings_are_refused(stackset: Root, case: str) -> None:
    variables, expected = REFUSED[case]

    refused = stackset.refusals(RIGHT | variables)

    found = {" ".join(words): [line for line in refused if all(word in line for word in words)] for words in expected}
    assert {words: len(lines) for words, lines in found.items()} == dict.fromkeys(found, 1), refused
    assert len(refused) == len(expected)


def test_right_settings_are_not(stackset: Root) -> None:
    full = {
        "targets": {
            "organizational_unit_ids": ["ou-ab12-cdefgh34"],
            "account_ids": ["444455556666"],
            "account_filter": "INTERSECTION",
        },
        "external_id": "governance:prod",
        "permissions_boundary_name": "pipeline/boundary",
        "operation": {
            "max_concurrent_percentage": 100,
            "failure_tolerance_percentage": 0,
            "concurrency_mode": "STRICT_FAILURE_TOLERANCE",
            "region_concurrency": "SEQUENTIAL",
            "timeout": "90m",
        },
        "call_as": "DELEGATED_ADMIN",
    }

    assert stackset.refusals(RIGHT | full) == []


def test_what_the_same_apply_makes_need_not_be_known(stackset: Root) -> None:
    made = dict.fromkeys(("function_role_arn", "event_bus_arn", "organization_id", "template_bucket"), LATER)
    patterns = {f"creation-{number:02}": FILLER for number in range(30)}

    assert Caller.of(stackset).refusals(RIGHT | made | {"event_patterns": patterns}) == []


@pytest.mark.parametrize(
    ("region", "reporting"),
    [("us-gov-east-1", ["us-gov-west-1"]), ("cn-north-1", ["cn-north-1", "cn-northwest-1"])],
)
def test_global_services_of_other_partitions_are_reported(stackset: Root, region: str, reporting: list[str]) -> None:
    file = stackset.terraform.folder / "test.tf"
    file.write_text(PROVIDER % region)
    try:
        outputs = stackset.outputs(RIGHT | {"regions": [region], "resource_types": ["networkmanager:core-network"]})
    finally:
        file.write_text(PROVIDER % "eu-central-1")

    assert set(outputs["regions"]) == {region, *reporting}
    assert outputs["role_arn_pattern"].startswith(f"arn:{'aws-us-gov' if 'gov' in region else 'aws-cn'}:iam::*:")
