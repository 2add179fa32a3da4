"""Contract of Terraform and the functions: settings, handlers, table and metrics agree."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

import pytest

from tag_governance.domain.settings import Settings
from tag_governance.reporting.metrics import GAUGES, NAMES
from tests.terraform.conftest import Rendered
from tools.emulator.ledger import create_ledger

FUNCTIONS = ("aws_lambda_function.remediation", "aws_lambda_function.settlement")
LONGEST_INLINE_POLICY = 3000
LARGEST_ENVIRONMENT = 4096
"""Bytes of all variables. Source: Lambda quotas."""


class Environment(dict[str, str]):
    """Environment variables that remember which of them were read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


class CreateTable:
    """A DynamoDB client that only remembers what it is asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def create_table(self, **asked: Any) -> None:
        self.asked = asked


@pytest.fixture(scope="module")
def plan(rendered: Rendered) -> dict[str, Any]:
    return rendered.plan("remediation.tftest.hcl", "settings")


@pytest.fixture(scope="module")
def dashboard(rendered: Rendered) -> dict[str, Any]:
    found = rendered.plan("dashboard.tftest.hcl", "widgets")["aws_cloudwatch_dashboard.this"]
    body: dict[str, Any] = json.loads(found["dashboard_body"])
    return body


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_function_reads_its_environment_and_all_of_it(plan: dict[str, Any], function: str) -> None:
    environment = Environment(variables(plan, function))

    settings = Settings.from_environment(environment)

    assert environment.read == set(environment)
    assert (settings.max_failures, settings.max_receive_count) == (5, 100)
    assert settings.events_queue_url != settings.dead_letter_queue_url


def test_the_longest_environment_fits(plan: dict[str, Any]) -> None:
    values = variables(plan, FUNCTIONS[0]) | {
        "POLICY_INLINE": "x" * LONGEST_INLINE_POLICY,
        "POLICY_BUCKET": "x" * 63,
        "METRIC_NAMESPACE": "x" * 28,
        "LEDGER_TABLE": "x" * (28 + len("-ledger")),
        "NOTIFICATION_TOPIC_ARN": f"arn:aws-us-gov:sns:us-gov-west-1:111122223333:{'x' * 28}-notifications",
        "EVENTS_QUEUE_URL": f"https://sqs.ap-southeast-1.amazonaws.com/111122223333/{'x' * 28}-events",
        "DEAD_LETTER_QUEUE_URL": f"https://sqs.ap-southeast-1.amazonaws.com/111122223333/{'x' * 28}-events-dead-letter",
    }

    assert sum(len(name) + len(value) for name, value in values.items()) < LARGEST_ENVIRONMENT - 256


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_is_a_python_function_of_event_and_context(plan: dict[str, Any], function: str) -> None:
    module, _, name = plan[function]["handler"].rpartition(".")

    handler: Callable[..., object] = getattr(import_module(module), name)

    assert list(inspect.signature(handler).parameters) == ["event", "context"]


def test_the_queue_and_the_function_give_up_at_the_same_receive(plan: dict[str, Any]) -> None:
    redrive = json.loads(plan["aws_sqs_queue.events"]["redrive_policy"])

    assert str(redrive["maxReceiveCount"]) == variables(plan, FUNCTIONS[0])["MAX_RECEIVE_COUNT"]


def test_the_ledger_is_the_table_that_tests_make(plan: dict[str, Any]) -> None:
    table = plan["aws_dynamodb_table.ledger"]
    client: Any = CreateTable()

    create_ledger(client, table["name"])

    assert client.asked == {
        "TableName": table["name"],
        "KeySchema": key_schema(table),
        "AttributeDefinitions": client.asked["AttributeDefinitions"],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index["name"],
                "KeySchema": key_schema(index),
                "Projection": {"ProjectionType": index["projection_type"]},
            }
            for index in table["global_secondary_index"]
        ],
        "BillingMode": table["billing_mode"],
    }
    made = {a["AttributeName"]: a["AttributeType"] for a in client.asked["AttributeDefinitions"]}
    assert made == {attribute["name"]: attribute["type"] for attribute in table["attribute"]}


def test_the_dashboard_shows_metrics_that_the_functions_publish(dashboard: dict[str, Any]) -> None:
    shown = set(shown_metrics(dashboard, "tg"))

    assert shown - {*NAMES, *GAUGES} == set()
    assert {"TriedAgain", "Contested", *GAUGES} <= shown


def variables(plan: dict[str, Any], function: str) -> dict[str, str]:
    found: dict[str, str] = plan[function]["environment"][0]["variables"]
    return found


def key_schema(keys: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"AttributeName": keys["hash_key"], "KeyType": "HASH"},
        {"AttributeName": keys["range_key"], "KeyType": "RANGE"},
    ]


def shown_metrics(dashboard: dict[str, Any], namespace: str) -> Iterator[str]:
    for widget in dashboard["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            if metric[0] == namespace:
                yield metric[1]
