"""Changes of protected tags under service control policies."""

from __future__ import annotations

import pytest

from tests.terraform.authorization import ACCOUNT, CATALOGUE, FUNCTION, REFERENCE, asks, denied, read, rows
from tests.terraform.conftest import Root
from tools.permissions.policy import Request, Statement, context


@pytest.fixture(scope="module")
def protection(denials: Root) -> list[Statement]:
    tags = {"Owner": {"deny_create_without": [], "protected": True}}
    return read(denials.outputs({"tags": tags})["documents"])


@pytest.fixture(scope="module")
def tagging_actions() -> set[str]:
    """The services' own actions that change tags."""
    actions = {a for entry in CATALOGUE["types"] for a in (*entry["tag_actions"], *entry["untag_actions"])}
    return {action for action in actions if not action.startswith("tag:")}


def test_a_protected_tag_of_every_type_is_protected(protection: list[Statement], tagging_actions: set[str]) -> None:
    passed = [
        action
        for action in sorted(tagging_actions)
        for key in ("Owner", "owner")  # the same tag to IAM
        if not denied(protection, asks(action, keys=(key, "Other"), carries={"Owner": "shop"}))
    ]

    assert passed == []


def test_other_tags_of_a_protected_resource_can_be_changed(
    protection: list[Statement], tagging_actions: set[str]
) -> None:
    refused = [a for a in tagging_actions if denied(protection, asks(a, keys=("Other",), carries={"Owner": "shop"}))]

    assert refused == []


def test_all_tags_can_not_be_removed_at_once(protection: list[Statement]) -> None:
    """Send `DeleteTags` without a list of tags: the request has no aws:TagKeys, and removes every tag."""
    instance = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:instance/i"

    assert denied(protection, asks("ec2:DeleteTags", instance, carries={"Owner": "shop"}))
    assert denied(protection, asks("ec2:DeleteTags", instance, carries={"Other": "1"})) == []
    assert denied(protection, asks("ec2:DeleteTags", instance, carries={"Owner": "shop"}, principal=FUNCTION)) == []


def test_every_untagging_action_that_can_lack_tag_keys_is_denied_without_them(protection: list[Statement]) -> None:
    untagging = {a for entry in CATALOGUE["types"] for a in entry["untag_actions"] if not a.startswith("tag:")}
    silent = {action for action in untagging if not any("aws:TagKeys" in keys for keys in rows(action).values())}

    passed = [
        a for a in sorted({*silent, "fis:UntagResource"}) if not denied(protection, asks(a, carries={"Owner": "1"}))
    ]

    assert passed == []


def test_tags_of_a_protected_resource_can_be_read(protection: list[Statement]) -> None:
    reading = {action for entry in CATALOGUE["types"] for action in entry["read_actions"]}

    assert [action for action in sorted(reading) if denied(protection, asks(action, carries={"Owner": "shop"}))] == []


def test_the_function_passes_with_everything_it_writes(protection: list[Statement], tagging_actions: set[str]) -> None:
    requests = [
        asks(action, keys=keys, carries={"Owner": "shop"}, principal=FUNCTION)
        for action in tagging_actions
        for keys in (("Owner",), ())
    ]

    assert [str(request) for request in requests if denied(protection, request)] == []


def test_protection_meets_no_call_that_is_not_about_tags(
    protection: list[Statement], tagging_actions: set[str]
) -> None:
    met = [
        f"{service}:{name}"
        for service in {action.partition(":")[0] for action in tagging_actions}
        for name in REFERENCE[service]["privileges"]
        if f"{service}:{name}" not in tagging_actions
        # Only a call that names tag keys and meets a resource that is there already fulfils the conditions.
        and any("aws:TagKeys" in keys for keys in rows(f"{service}:{name}").values())
        and not name.startswith(("Create", "List"))
        and denied(protection, asks(f"{service}:{name}", keys=("Owner",), carries={"Owner": "shop"}))
    ]

    assert sorted(met) == ["connect:TagContact", "connect:UntagContact"]


def test_tags_that_are_given_at_creation_are_no_change(protection: list[Statement], tagging_actions: set[str]) -> None:
    said_at_creation = {
        (action, key)
        for action in tagging_actions
        for keys in rows(action).values()
        for key in keys
        if key.endswith(":CreateAction")
    }

    assert said_at_creation
    for action, key in said_at_creation:
        request = asks(action, keys=("Owner",), carries={"Owner": "shop"})
        at_creation = Request(request.principal, action, "*", ACCOUNT, request.context | context({key: "RunInstances"}))
        assert denied(protection, at_creation) == [], action
