"""Accounts and principals that service control policies spare, and until when."""

from __future__ import annotations

import pytest

from tests.terraform.authorization import ACCOUNT, DEVELOPER, asks, denied, read
from tests.terraform.conftest import Root, assert_refused
from tools.permissions.policy import Principal, Statement

EXEMPTIONS = {
    "pilot": {"accounts": ["777788889999"], "expires": "2030-06-15"},
    "backup": {
        "principals": ["arn:aws:iam::*:role/backup"],
        "resource_types": ["ec2:snapshot"],
        "expires": "2030-07-31",
    },
    "breakglass": {"principals": ["arn:aws:iam::*:role/break-glass"], "expires": "2030-12-31"},
}
PILOT = Principal("arn:aws:iam::777788889999:role/developer", "777788889999")
BACKUP = Principal(f"arn:aws:iam::{ACCOUNT}:role/backup", ACCOUNT)
BREAK_GLASS = Principal(f"arn:aws:iam::{ACCOUNT}:role/break-glass", ACCOUNT)
SNAPSHOT = "arn:aws:ec2:eu-central-1::snapshot/s"
QUEUE = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:q"


@pytest.fixture(scope="module")
def exempting(denials: Root) -> list[Statement]:
    tags = {"Owner": {"deny_create_without": ["ec2:snapshot", "sqs:queue"], "protected": True}}
    return read(denials.outputs({"tags": tags, "exemptions": EXEMPTIONS})["documents"])


@pytest.mark.parametrize(
    ("principal", "action", "arn", "last_day"),
    [
        (PILOT, "sqs:CreateQueue", QUEUE, "2030-06-15"),
        (PILOT, "ec2:CreateSnapshot", SNAPSHOT, "2030-06-15"),
        (BACKUP, "ec2:CreateSnapshot", SNAPSHOT, "2030-07-31"),
        (BREAK_GLASS, "sqs:CreateQueue", QUEUE, "2030-12-31"),
        (BREAK_GLASS, "ec2:CreateSnapshot", SNAPSHOT, "2030-12-31"),
    ],
)
def test_who_is_exempt_passes_through_the_last_day(
    exempting: list[Statement], principal: Principal, action: str, arn: str, last_day: str
) -> None:
    until, after = f"{last_day}T23:59:59Z", f"{last_day[:-2]}{int(last_day[-2:]) + 1:02}T00:00:01Z"
    after = after.replace("-06-31", "-07-01").replace("-07-32", "-08-01").replace("2030-12-32", "2031-01-01")

    assert denied(exempting, asks(action, arn, principal=principal, now="2030-01-01T00:00:00Z")) == []
    assert denied(exempting, asks(action, arn, principal=principal, now=until)) == []
    assert denied(exempting, asks(action, arn, principal=principal, now=after))


@pytest.mark.parametrize(
    ("principal", "action", "arn"),
    [
        (DEVELOPER, "sqs:CreateQueue", QUEUE),
        (DEVELOPER, "ec2:CreateSnapshot", SNAPSHOT),
        (BACKUP, "sqs:CreateQueue", QUEUE),  # exempt for snapshots alone
    ],
)
@pytest.mark.parametrize("now", ["2030-01-01T00:00:00Z", "2030-07-01T00:00:00Z", "2031-06-01T00:00:00Z"])
def test_nobody_else_is_spared_at_any_time(
    exempting: list[Statement], principal: Principal, action: str, arn: str, now: str
) -> None:
    assert denied(exempting, asks(action, arn, principal=principal, now=now))
    assert denied(exempting, asks(action, arn, {"Owner": "shop"}, principal=principal, now=now)) == []


def test_an_exemption_for_some_types_does_not_open_protected_tags(exempting: list[Statement]) -> None:
    change = {"keys": ("Owner",), "carries": {"Owner": "shop"}}

    assert denied(exempting, asks("ec2:CreateTags", SNAPSHOT, principal=BACKUP, **change))  # type: ignore[arg-type]
    assert denied(exempting, asks("ec2:CreateTags", SNAPSHOT, principal=BREAK_GLASS, **change)) == []  # type: ignore[arg-type]


def test_an_account_of_several_exemptions_is_counted_once(denials: Root) -> None:
    tags = {"Owner": {"deny_create_without": ["s3:bucket"], "protected": False}}
    accounts = [f"{number:012}" for number in range(200)]
    exemptions = {f"e{year}": {"accounts": accounts, "expires": f"{year}-12-31"} for year in range(2990, 2994)}
    quotas = {"service_control_policies_per_target": 3}

    assert denials.refusals({"tags": tags, "exemptions": exemptions, "quotas": quotas}) == []


def test_the_characters_of_exemptions_are_counted(denials: Root) -> None:
    tags = {"Owner": {"deny_create_without": ["ec2:*"], "protected": False}}
    exemptions = {f"wave{day}": {"accounts": [ACCOUNT], "expires": f"2030-06-{day}"} for day in range(10, 20)}
    quotas = {"service_control_policy_size": 5120, "service_control_policies_per_target": 5}

    assert denials.refusals({"tags": tags, "quotas": quotas}) == []
    assert_refused(
        denials.refusals({"tags": tags, "exemptions": exemptions, "quotas": quotas}),
        ["of 5120 characters", "r-ab12 has room for 5"],
    )
