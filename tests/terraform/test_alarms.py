"""Every alarm watches a metric that exists, of a resource of this stack, and rings when it should and not before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tag_governance.reporting.metrics import GAUGES, NAMES
from tests.terraform.conftest import Rendered

AWS: dict[str, Any] = json.loads(Path(__file__).with_name("aws_metrics.json").read_text(encoding="utf-8"))["namespaces"]
OURS: dict[str, Any] = {
    "dimensions": ["Scope"],
    "metrics": {
        name: {"statistics": ["Maximum" if name in GAUGES else "Sum"], "fine": [None, 0], "bad": [1, 1000]}
        for name in (*NAMES, *GAUGES)
    },
}
NAMESPACE = "tg"
RINGS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def plan(rendered: Rendered) -> Plan:
    """Plan the resources of the governance account, and of an account that forwards events."""
    return {
        **rendered.plan("remediation.tftest.hcl", "settings"),
        **rendered.plan("event_forwarding.tftest.hcl", "undelivered_events_are_kept_safe_and_reported"),
    }


@pytest.fixture(scope="module")
def dashboard(rendered: Rendered) -> dict[str, Any]:
    found = rendered.plan("dashboard.tftest.hcl", "widgets")["aws_cloudwatch_dashboard.this"]
    body: dict[str, Any] = json.loads(found["dashboard_body"])
    return body


def test_every_metric_exists(plan: Plan) -> None:
    assert unknown(metric for alarm in alarms(plan) for metric in watched(alarm)) == []


def test_every_metric_of_the_dashboard_exists(dashboard: dict[str, Any]) -> None:
    assert unknown(shown(dashboard)) == []


def test_alarms_are_about_resources_of_the_stack(plan: Plan) -> None:
    of_stack = {
        "QueueName": {values["name"] for address, values in plan.items() if address.startswith("aws_sqs_queue.")},
        "FunctionName": {
            v["function_name"] for address, v in plan.items() if address.startswith("aws_lambda_function.")
        },
    }

    for alarm in alarms(plan):
        for metric in watched(alarm):
            named = metric["dimensions"] or {}
            # Without a dimension it would be about everything in the account; our own metrics are of this stack.
            wanted = AWS[metric["namespace"]]["dimensions"] if metric["namespace"] in AWS else []
            assert sorted(named) == sorted(wanted), alarm["alarm_name"]
            assert {name for name, value in named.items() if value not in of_stack[name]} == set(), alarm["alarm_name"]


def test_alarms_ring_when_they_should_and_not_before(plan: Plan) -> None:
    for alarm in alarms(plan):
        if alarm["metric_query"]:
            continue
        known = metric_of(alarm)
        assert [value for value in known["fine"] if rings(alarm, value)] == [], alarm["alarm_name"]
        assert [value for value in known["bad"] if not rings(alarm, value)] == [], alarm["alarm_name"]


def test_the_alarm_of_compliance_rings_below_the_target(plan: Plan) -> None:
    (alarm,) = (alarm for alarm in alarms(plan) if alarm["metric_query"])

    assert [share for share in (0, 50, 94.9) if not rings(alarm, share)] == []
    assert [share for share in (None, 95, 100) if rings(alarm, share)] == []


def test_alarms_ring_within_an_hour(plan: Plan) -> None:
    for alarm in alarms(plan):
        period = max(metric["period"] for metric in watched(alarm))
        assert 60 <= period * alarm["evaluation_periods"] <= 3600, alarm["alarm_name"]


def test_every_queue_of_lost_messages_has_an_alarm_and_the_queue_of_work_has_none(plan: Plan) -> None:
    of_queue = json.loads(plan["aws_sqs_queue.events"]["redrive_policy"])["deadLetterTargetArn"]
    of_targets = [
        setting["arn"]
        for address, values in plan.items()
        if address.startswith("aws_cloudwatch_event_target.")
        for setting in values["dead_letter_config"]
    ]
    alarmed = [
        alarm["dimensions"]["QueueName"]
        for alarm in alarms(plan)
        if alarm["metric_name"] == "ApproximateNumberOfMessagesVisible"
    ]

    assert of_targets
    assert sorted(alarmed) == sorted({arn.split(":")[-1] for arn in (of_queue, *of_targets)})


def test_every_function_has_an_alarm_for_each_way_in_which_it_fails(plan: Plan) -> None:
    functions = {v["function_name"] for address, v in plan.items() if address.startswith("aws_lambda_function.")}
    alarmed = {
        (alarm["dimensions"]["FunctionName"], alarm["metric_name"])
        for alarm in alarms(plan)
        if alarm["namespace"] == "AWS/Lambda"
    }

    assert alarmed >= {(function, metric) for function in functions for metric in ("Errors", "Throttles")}


def alarms(plan: Plan) -> list[dict[str, Any]]:
    return [values for address, values in plan.items() if address.startswith("aws_cloudwatch_metric_alarm.")]


def watched(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the metrics of an alarm: its own, or those of its expression."""
    if not alarm["metric_query"]:
        return [alarm]
    return [metric | {"statistic": metric["stat"]} for query in alarm["metric_query"] for metric in query["metric"]]


def shown(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the metrics of the widgets, but no expressions: these have no namespace."""
    for properties in (widget["properties"] for widget in dashboard["widgets"]):
        for row in properties.get("metrics", []):
            names = [part for part in row if isinstance(part, str)]
            options = row[-1] if isinstance(row[-1], dict) else {}
            if names:
                yield {
                    "namespace": names[0],
                    "metric_name": names[1],
                    "dimensions": dict(zip(names[2::2], names[3::2], strict=True)),
                    "statistic": options.get("stat") or properties["stat"],
                }


def unknown(metrics: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the metrics that nobody publishes, or not with this statistic or these dimensions."""
    found = []
    for metric in metrics:
        namespace, dimensions = namespace_of(metric), metric["dimensions"] or {}
        known = namespace["metrics"].get(metric["metric_name"], {"statistics": []})
        if metric["statistic"] not in known["statistics"] or not set(dimensions) <= set(namespace["dimensions"]):
            found.append(f"{metric['namespace']} {metric['metric_name']} {metric['statistic']} by {sorted(dimensions)}")
    return found


def namespace_of(metric: Mapping[str, Any]) -> dict[str, Any]:
    if metric["namespace"] == NAMESPACE:
        return OURS
    found: dict[str, Any] = AWS[metric["namespace"]]
    return found


def metric_of(metric: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = namespace_of(metric)["metrics"][metric["metric_name"]]
    return found


def rings(alarm: Mapping[str, Any], value: float | None) -> bool:
    """Say if an alarm rings after a period with this value; None is a period without data."""
    if value is None:
        return bool(alarm["treat_missing_data"] == "breaching")
    return bool(RINGS[alarm["comparison_operator"]](value, alarm["threshold"]))
