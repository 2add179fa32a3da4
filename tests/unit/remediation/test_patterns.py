"""Rule: matching a pattern is bounded. A pattern that runs away is named, and costs no neighbour."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest

from tag_governance.decision.decide import decide
from tag_governance.domain.budget import CALL_SECONDS, READ
from tag_governance.domain.model import Status, Verdict
from tag_governance.domain.patterns import PatternTooSlow, matches
from tag_governance.remediation import batch, look
from tests.support.events import instance_arn, run_instances
from tests.support.policies import OWNER, policy, rule, scope
from tests.support.world import World
from tests.unit.remediation.test_budgets import Clock

RUNS_AWAY = "([a-z0-9]+-?)+"
ENDLESS = "a" * 25 + "!"
"""Keeps the pattern busy for seconds, and each further letter doubles that."""
NAMES = {"default": scope(tags=[rule("Name", pattern=RUNS_AWAY), OWNER])}


def test_a_pattern_that_runs_away_ends_with_its_name() -> None:
    with pytest.raises(PatternTooSlow, match=re.escape(f"pattern '{RUNS_AWAY}' takes too long to match")):
        matches(re.compile(RUNS_AWAY), ENDLESS)


def test_the_same_pattern_answers_for_what_it_can_match() -> None:
    assert matches(re.compile(RUNS_AWAY), "web-1")
    assert not matches(re.compile(RUNS_AWAY), "Web")


def test_nothing_of_the_timer_stays_behind() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(PatternTooSlow):
        matches(re.compile(RUNS_AWAY), ENDLESS)
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_value_that_cannot_be_matched_is_not_evaluated_and_its_neighbours_are(world: World) -> None:
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
def test_a_text_longer_than_any_tag_is_not_matched_at_all(characters: int) -> None:
    (checked,) = policy(scopes={"default": scope(tags=[rule("Name", pattern=RUNS_AWAY)])}).scopes["default"].rules
    assert not checked.allows("a" * characters)


@pytest.mark.parametrize("are_in_the_event", [True, False])
def test_hundreds_of_slow_values_are_decided_as_far_as_the_time_goes_and_the_rest_is_handed_back(
    world: World, monkeypatch: pytest.MonkeyPatch, are_in_the_event: bool
) -> None:
    clock, decided = Clock(100), 0

    def slow(*arguments: Any) -> Verdict:
        nonlocal decided
        decided += 1
        clock.seconds -= 1
        return decide(*arguments)

    monkeypatch.setattr(batch if are_in_the_event else look, "decide", slow)
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
