"""Rule: pattern matching has a time limit. A slow pattern is named, and does not affect other resources."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest

from tag_governance.decision.decide import decide
from tag_governance.domain.budget import CALL_SECONDS, READ
from tag_governance.domain.model import Status, Verdict
from tag_governance.domain.patterns import PatternTooSlow, matches
from tag_governance.remediation import batch, evaluate
from tests.support.events import instance_arn, run_instances
from tests.support.policies import OWNER, policy, scope
from tests.support.world import World
from tests.unit.remediation.test_time_budget import Clock
from tools.policy_document import rule

RUNS_AWAY = "([a-z0-9]+-?)+"
ENDLESS = "a" * 25 + "!"
"""Keeps the pattern busy for seconds, and each further letter doubles that."""
NAMES = {"default": scope(tags=[rule("Name", pattern=RUNS_AWAY), OWNER])}


def test_a_slow_pattern_is_stopped_and_named() -> None:
    with pytest.raises(PatternTooSlow, match=re.escape(f"pattern '{RUNS_AWAY}' takes too long to match")):
        matches(re.compile(RUNS_AWAY), ENDLESS)


def test_a_slow_pattern_still_matches_fast_values() -> None:
    assert matches(re.compile(RUNS_AWAY), "web-1")
    assert not matches(re.compile(RUNS_AWAY), "Web")


def test_the_timer_is_reset() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(PatternTooSlow):
        matches(re.compile(RUNS_AWAY), ENDLESS)
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_only_the_resource_with_a_slow_value_is_not_evaluated(world: World) -> None:
    slow, good, wrong = ({"Name": name, "Owner": "bob"} for name in (ENDLESS, "web-1", "!"))
    ids = [*world.instances(1, slow), *world.instances(1, good), *world.instances(1, wrong)]
    events = [
        run_instances([instance], tags, event_id=instance)
        for instance, tags in zip(ids, (slow, good, wrong), strict=True)
    ]

    assert world.run(*events, scopes=NAMES) == []

    results = {result.verdict.observation.arn: result for result in world.results}
    assert [results[instance_arn(instance)].status for instance in ids] == [
        Status.NOT_EVALUATED,
        Status.COMPLIANT,
        Status.NON_COMPLIANT,
    ]
    assert RUNS_AWAY in results[instance_arn(ids[0])].cause
    assert world.buried() == []


@pytest.mark.parametrize("characters", [257, 100_000])
def test_a_text_longer_than_a_tag_value_is_not_matched(characters: int) -> None:
    (checked,) = policy(scopes={"default": scope(tags=[rule("Name", pattern=RUNS_AWAY)])}).scopes["default"].rules
    assert not checked.allows("a" * characters)


@pytest.mark.parametrize("are_in_the_event", [True, False])
def test_slow_values_are_decided_while_time_is_left_and_the_rest_is_returned(
    world: World, monkeypatch: pytest.MonkeyPatch, are_in_the_event: bool
) -> None:
    clock, decided = Clock(100), 0

    def slow(*arguments: Any) -> Verdict:
        nonlocal decided
        decided += 1
        clock.seconds -= 1
        return decide(*arguments)

    monkeypatch.setattr(batch if are_in_the_event else evaluate, "decide", slow)
    events = []
    for number in range(4):
        tags = {"Name": f"web-{number}", "Owner": "bob"}
        ids = world.instances(50, tags)
        events.append(run_instances(ids, tags if are_in_the_event else None, event_id=f"e-{number}"))

    failed = world.run(*events, context=clock, scopes=NAMES)

    assert "m3" in failed
    assert decided < 200
    assert clock.seconds >= READ * CALL_SECONDS - 1
    assert (world.buried(), world.wire.calls["dynamodb:UpdateItem"]) == ([], 0)
    left = [events[int(key.removeprefix("m"))] for key in failed]
    assert world.run(*left, received=2, scopes=NAMES) == []
