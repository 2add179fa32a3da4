"""Removal of each rule from the function: the simulation detects it, and finds a short history for it."""

from __future__ import annotations

import pytest

from tools import ROOT
from tools.simulation.invariants import Invariants
from tools.simulation.removals import LIKELY_SEEDS, RULES, find, violations_of, without
from tools.simulation.runner import run
from tools.simulation.scenario import history
from tools.simulation.shrink import minimal, shortest


@pytest.mark.parametrize("rule", RULES)
def test_the_removal_of_a_rule_is_detected_within_200_histories(rule: str) -> None:
    found = find(rule, seeds=200)
    assert found is not None
    seed, violation = found
    with without(rule):
        assert violation in violations_of(rule, seed)
    assert violations_of(rule, seed) == []


def test_the_other_histories_follow_if_the_likely_one_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = "a removed tag is restored with its last value"
    with without(rule):
        shows = [bool(violations_of(rule, seed)) for seed in range(2)]
    assert shows == [False, True]
    monkeypatch.setitem(LIKELY_SEEDS, rule, 0)
    found = find(rule, seeds=2)
    assert found is not None
    assert found[0] == 1


def test_no_history_outside_the_range_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = "a removed tag is restored with its last value"
    monkeypatch.setitem(LIKELY_SEEDS, rule, 1)
    assert find(rule, seeds=1) is None


def test_a_failing_history_is_minimized_and_still_fails() -> None:
    rule = "a change is recorded before it is made"
    found = find(rule)
    assert found is not None
    long = history(found[0])
    with without(rule):
        broken = {violation.rule for violation in Invariants(run(long)).violations()}
        short, faults = shortest(long)
        assert broken & {violation.rule for violation in Invariants(run(short)).violations()}
        assert (len(short.actions), len(faults)) < (len(long.actions), len(run(long).faults))


def test_a_history_without_violation_is_not_minimized() -> None:
    with pytest.raises(ValueError, match="breaks no rule"):
        shortest(history(0))


@pytest.mark.parametrize("needed", [{3}, {0, 9}, {2, 3, 4}, set()])
def test_the_smallest_failing_subset_is_found(needed: set[int]) -> None:
    assert set(minimal(range(10), lambda some: needed <= set(some))) == needed


def test_the_design_page_lists_every_removable_rule() -> None:
    text = (ROOT / "docs" / "DESIGN.md").read_text()
    table = text.split("## The rules", 1)[1].split("##", 1)[0]
    cells = [line.split("|")[2] for line in table.splitlines() if line.startswith("|")][2:]
    names = [name.strip() for cell in cells if "`" not in cell for name in cell.split("·") if name.strip()]
    assert sorted(names) == sorted(RULES)
