"""The permissions are sufficient and minimal: every call is allowed, and every grant is needed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tools.emulator.calls import Call
from tools.permissions.estate import Estate, planned_resources
from tools.permissions.policy import Request
from tools.permissions.review import Review, review_applied
from tools.simulation.scenario import HOME

WHOLE_SETS = {"s3:PutBucketTagging", "s3:PutJobTagging", "s3:PutStorageLensConfigurationTagging"}
# Resources whose ARNs are overridden together in the plan, or with the ARN of another resource.
NOT_APART = ("alarm", "event_rule", "event_target", "topic_policy")
UNUSED_GRANTS = json.loads((Path(__file__).parent / "unused_grants.json").read_text(encoding="utf-8"))


def test_every_call_of_the_functions_is_allowed(estate: Estate, of_functions: dict[Request, str]) -> None:
    assert Review(estate, of_functions).refused_requests == []


def test_every_call_of_aws_services_for_the_stack_is_allowed(estate: Estate, of_services: dict[Request, str]) -> None:
    assert Review(estate, of_services).refused_requests == []


def test_each_planned_resource_has_a_unique_arn(plans: dict[str, list[dict[str, Any]]]) -> None:
    # With the same ARN for two topics, a policy on the wrong topic would pass.
    shared = {
        (run, arn): addresses
        for run, changes in plans.items()
        for arn, addresses in _addresses_by_arn(changes).items()
        if len(addresses) > 1
    }

    assert shared == {}


def test_no_forbidden_request_is_allowed(review: Review) -> None:
    assert review.allowed_forbidden == []


def test_only_governed_tags_can_be_written(estate: Estate, of_functions: dict[Request, str]) -> None:
    limited = [request for request in of_functions if request.tag_keys and request.action not in WHOLE_SETS]
    assert len({request.action for request in limited}) > 500

    let_through = {
        f"{request.action} with {sorted(request.tag_keys)}"
        for write in limited
        for request in (write.with_tag_keys("abac-admin"), write.with_tag_keys("Environment", "abac-admin"))
        if estate.decide(request).is_allowed
    }

    assert let_through == set()


def test_a_write_without_tag_keys_is_refused(estate: Estate, of_functions: dict[Request, str]) -> None:
    limited = [request for request in of_functions if request.tag_keys and request.action not in WHOLE_SETS]

    assert [str(r) for r in limited if estate.decide(r.with_tag_keys()).is_allowed] == []


def test_letter_case_of_governed_keys_does_not_matter(estate: Estate, of_functions: dict[Request, str]) -> None:
    limited = [request for request in of_functions if request.tag_keys and request.action not in WHOLE_SETS]

    assert [str(r) for r in limited if not estate.decide(r.with_tag_keys("ENVIRONMENT", "Env")).is_allowed] == []


def test_a_whole_set_write_may_contain_tags_of_others(estate: Estate, of_functions: dict[Request, str]) -> None:
    sets = [request for request in of_functions if request.action in WHOLE_SETS]

    assert {request.action for request in sets} == WHOLE_SETS
    assert [str(r) for r in sets if not estate.decide(r.with_tag_keys("Environment", "of-others")).is_allowed] == []


def test_every_grant_is_used_or_listed_with_a_reason(review: Review) -> None:
    unused = {_without_number(statement): grants for statement, grants in review.unused_grants.items()}

    assert unused == {statement: kept["grants"] for statement, kept in UNUSED_GRANTS["statements"].items()}


def test_every_statement_is_needed(review: Review, alone: Review) -> None:
    # Some statements are only for accounts without an organization.
    assert [statement for statement in review.needless_statements if statement not in alone.needed_statements] == []


def test_the_stack_works_without_an_organization(alone: Review) -> None:
    assert alone.refused_requests == []
    assert alone.allowed_forbidden == []


def test_an_applied_stack_is_reviewed_by_its_state(plans: dict[str, list[dict[str, Any]]]) -> None:
    resources = [{**change, "values": change["change"]["after"]} for change in plans["alone"]]
    state = json.dumps({"values": {"root_module": {"child_modules": [{"resources": resources}]}}})
    queue = {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{HOME}/tag-governance-events"}
    role = f"arn:aws:iam::{HOME}:role/tag-governance-"
    calls = [
        Call(f"{role}{function}", "sqs", "SendMessageBatch", "us-east-1", queue)
        for function in ("settlement", "remediation")
    ]

    refused = review_applied(state, calls, None).refused_requests

    assert refused == [
        f"{role}remediation asks for sqs:SendMessage on arn:aws:sqs:us-east-1:{HOME}:tag-governance-events"
        " (sqs:SendMessageBatch)"
    ]


def _addresses_by_arn(changes: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for resource in planned_resources(changes):
        if not resource.type.endswith(NOT_APART) and resource.values.get("arn"):
            found.setdefault(resource.values["arn"], []).append(resource.address)
    return found


def _without_number(statement: str) -> str:
    return re.sub(r'\["\d\d"\]', "[*]", statement)
