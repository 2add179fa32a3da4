"""The policy evaluator: each rule of IAM that the other tests depend on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.permissions.calls import role_request, service_request
from tools.permissions.estate import Estate, role
from tools.permissions.policy import Request, Statement, UnknownElementError, arn_fits, context, read_policy

HOME, OTHER = "111122223333", "222233334444"
ROLE = f"arn:aws:iam::{HOME}:role/worker"
VISITOR = f"arn:aws:iam::{OTHER}:role/visitor"
QUEUE = f"arn:aws:sqs:eu-west-1:{HOME}:events"
KEY = f"arn:aws:kms:eu-west-1:{HOME}:key/1"
SEND: dict[str, Any] = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}


def policy(*statements: dict[str, Any]) -> tuple[Statement, ...]:
    return read_policy("test", json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def asks(action: str = "sqs:SendMessage", resource: str = QUEUE, **values: str) -> Request:
    keys = context({name.replace("_", ":", 1): value for name, value in values.items()})
    return Request(role(ROLE), action, resource, HOME, keys)


@pytest.mark.parametrize(
    ("element", "fits"),
    [
        ({"Action": "sqs:SendMessage"}, True),
        ({"Action": "SQS:sendmessage"}, True),
        ({"Action": ["sqs:Send*"]}, True),
        ({"Action": "sqs:SendMessag?"}, True),
        ({"Action": "*"}, True),
        ({"Action": "sqs:ReceiveMessage"}, False),
        ({"NotAction": "sqs:Delete*"}, True),
        ({"NotAction": "sqs:*"}, False),
        ({"Action": "sqs:*", "Resource": "*"}, True),
        ({"Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:events"}, True),
        ({"Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:Events"}, False),
        ({"Action": "sqs:*", "NotResource": QUEUE, "Resource": None}, False),
        ({"Action": "sqs:*", "NotResource": f"{QUEUE}-other", "Resource": None}, True),
    ],
)
def test_actions_and_resources_are_matched(element: dict[str, Any], fits: bool) -> None:
    given = {name: value for name, value in {"Effect": "Allow", "Resource": QUEUE, **element}.items() if value}
    (statement,) = policy(given)

    assert statement.is_about(asks()) == fits


def test_a_wildcard_matches_within_one_part_of_an_arn() -> None:
    assert arn_fits("arn:aws:sqs:*:111122223333:events", QUEUE)
    assert not arn_fits("arn:aws:*:events", QUEUE)
    assert arn_fits("arn:aws:logs:*:*:log-group:/aws/*:*", "arn:aws:logs:a:1:log-group:/aws/lambda/f:log-stream:x")


@pytest.mark.parametrize(
    ("operator", "value", "known", "absent"),
    [
        ("StringEquals", "o-1", True, False),
        ("StringEquals", "o-2", False, False),
        ("StringEqualsIfExists", "o-2", False, True),
        ("StringLike", "o-*", True, False),
        ("StringNotEquals", "o-1", False, True),
        ("StringNotLike", "x-*", True, True),
        ("Null", "true", False, True),
        ("Null", "false", True, False),
    ],
)
def test_conditions_compare_texts(operator: str, value: str, known: bool, absent: bool) -> None:
    (statement,) = policy({**SEND, "Condition": {operator: {"aws:PrincipalOrgID": [value]}}})

    assert statement.is_about(asks(aws_PrincipalOrgID="o-1")) == known
    assert statement.is_about(asks()) == absent


@pytest.mark.parametrize(
    ("operator", "told"),
    [
        ("ForAllValues:StringEquals", [(), ("a",)]),
        ("ForAllValues:StringEqualsIgnoreCase", [(), ("a",), ("A",)]),
        ("ForAnyValue:StringEquals", [("a",), ("a", "b")]),
        ("ForAnyValue:StringNotEqualsIgnoreCase", [("a", "b"), ("b",)]),
    ],
)
def test_conditions_on_several_values_use_all_or_any_of_them(operator: str, told: list[tuple[str, ...]]) -> None:
    (statement,) = policy({**SEND, "Condition": {operator: {"aws:TagKeys": ["a"]}}})
    calls: list[tuple[str, ...]] = [(), ("a",), ("A",), ("a", "b"), ("b",)]

    assert [keys for keys in calls if statement.is_about(asks().with_tag_keys(*keys))] == told


@pytest.mark.parametrize(
    ("operator", "told"),
    [
        ("DateGreaterThan", [False, False, True]),
        ("DateGreaterThanEquals", [False, True, True]),
        ("DateLessThan", [True, False, False]),
        ("DateLessThanEquals", [True, True, False]),
    ],
)
def test_conditions_compare_dates(operator: str, told: list[bool]) -> None:
    (statement,) = policy({**SEND, "Condition": {operator: {"aws:CurrentTime": "2030-06-15T23:59:59Z"}}})
    moments = ("2030-06-15T23:59:58Z", "2030-06-15T23:59:59Z", "2030-06-16T00:00:00Z")

    assert [statement.is_about(asks(aws_CurrentTime=moment)) for moment in moments] == told
    assert not statement.is_about(asks())


def test_all_conditions_must_hold_for_one_value_each() -> None:
    (statement,) = policy(
        {
            **SEND,
            "Condition": {
                "ArnLike": {"aws:SourceArn": ["arn:aws:events:*:*:rule/a", "arn:aws:events:*:*:rule/b-*"]},
                "Bool": {"aws:SecureTransport": True},
            },
        }
    )
    rule = "arn:aws:events:eu-west-1:111122223333:rule/b-1"

    assert statement.is_about(asks(aws_SourceArn=rule, aws_SecureTransport="true"))
    assert not statement.is_about(asks(aws_SourceArn=rule, aws_SecureTransport="false"))
    assert not statement.is_about(asks(aws_SourceArn=rule.replace("rule/b", "rule/c"), aws_SecureTransport="true"))


@pytest.mark.parametrize(
    "element",
    [
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"ForMostValues:StringEquals": {"aws:TagKeys": ["a"]}}},
        {"NotPrincipal": "*"},
        {"Principal": {"Federated": "example.com"}},
        {"Resource": "arn:aws:s3:::${aws:username}"},
    ],
)
def test_unsupported_elements_are_errors(element: dict[str, Any]) -> None:
    with pytest.raises(UnknownElementError):
        policy({**SEND, **element})


def estate(of_role: tuple[Statement, ...] = (), **of_resources: tuple[Statement, ...]) -> Estate:
    named = {"queue": QUEUE, "key": KEY, "role": ROLE}
    return Estate("o-1", {ROLE: of_role}, {named[name]: statements for name, statements in of_resources.items()})


def test_requests_are_refused_by_default_and_a_deny_wins() -> None:
    deny = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}

    assert not estate().decide(asks()).is_allowed
    assert estate(policy(SEND)).decide(asks()).is_allowed
    assert not estate(policy(SEND, deny)).decide(asks()).is_allowed
    assert not estate(policy(SEND), queue=policy({**deny, "Principal": "*"})).decide(asks()).is_allowed


def test_within_an_account_the_role_or_the_resource_allows() -> None:
    named = policy({**SEND, "Principal": {"AWS": ROLE}})
    account = policy({**SEND, "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}})

    assert estate(queue=named).decide(asks()).is_allowed
    assert not estate(queue=account).decide(asks()).is_allowed


def test_between_accounts_both_sides_must_allow() -> None:
    request = role_request(VISITOR, "sqs:SendMessage", QUEUE, HOME, estate())
    allows = policy({**SEND, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}})
    visitor = {VISITOR: policy(SEND)}

    assert not Estate("o-1", visitor).decide(request).is_allowed
    assert not Estate("o-1", {VISITOR: ()}, {QUEUE: allows}).decide(request).is_allowed
    assert Estate("o-1", visitor, {QUEUE: allows}).decide(request).is_allowed


def test_a_key_policy_must_delegate_to_the_policies_of_its_account() -> None:
    decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    request = role_request(ROLE, "kms:Decrypt", KEY, HOME, estate())
    delegates = policy({**decrypt, "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}})

    assert not estate(policy(decrypt), key=()).decide(request).is_allowed
    assert not estate(key=delegates).decide(request).is_allowed
    assert estate(policy(decrypt), key=delegates).decide(request).is_allowed


def test_a_service_needs_the_policy_of_the_resource() -> None:
    allows = policy({**SEND, "Principal": {"Service": "events.amazonaws.com"}})
    request = service_request("events.amazonaws.com", "sqs:SendMessage", QUEUE, HOME, HOME, estate())
    other = service_request("sns.amazonaws.com", "sqs:SendMessage", QUEUE, HOME, HOME, estate())

    assert not estate(policy(SEND)).decide(request).is_allowed
    assert estate(queue=allows).decide(request).is_allowed
    assert not estate(queue=allows).decide(other).is_allowed


def test_a_role_is_assumed_only_by_trusted_principals() -> None:
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust = policy({**assume, "Principal": {"AWS": VISITOR}})
    request = role_request(VISITOR, "sts:AssumeRole", ROLE, HOME, estate())
    allowed = {VISITOR: policy({**assume, "Resource": ROLE})}

    assert Estate("o-1", allowed, {ROLE: trust}).decide(request).is_allowed
    assert not Estate("o-1", {VISITOR: ()}, {ROLE: trust}).decide(request).is_allowed
    assert not Estate("o-1", allowed, {ROLE: ()}).decide(request).is_allowed
