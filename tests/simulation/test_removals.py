"""Each rule taken out of the function: the simulation sees that it is gone, and finds a short history for it."""

from __future__ import annotations

import pytest

from tools import ROOT
from tools.simulation.judge import Judge
from tools.simulation.removals import RULES, find, without
from tools.simulation.runner import run
from tools.simulation.scenario import history
from tools.simulation.shrink import minimal, shortest


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_taken_out_is_missed_within_200_histories(rule: str) -> None:
    found = find(rule, seeds=200)
    assert found is not None
    seed, violation = found
    with without(rule):
        assert violation in Judge(run(history(seed))).violations()
    assert Judge(run(history(seed))).violations() == []


def test_a_failing_history_is_made_shorter_and_still_fails() -> None:
    rule = "a change is on record before it is made"
    found = find(rule)
    assert found is not None
    long = history(found[0])
    with without(rule):
        broken = {violation.rule for violation in Judge(run(long)).violations()}
        short, faults = shortest(long)
        assert broken & {violation.rule for violation in Judge(run(short)).violations()}
        assert (len(short.actions), len(faults)) < (len(long.actions), len(run(long).faults))


def test_a_history_that_breaks_no_rule_is_not_made_shorter() -> None:
    with pytest.raises(ValueError, match="breaks no rule"):
        shortest(history(0))


@pytest.mark.parametrize("needed", [{3}, {0, 9}, {2, 3, 4}, set()])
def test_the_smallest_part_that_still_fails(needed: set[int]) -> None:
    assert set(minimal(range(10), lambda some: needed <= set(some))) == needed


def test_the_design_page_names_every_rule_that_can_be_taken_out() -> None:
    text = (ROOT / "docs" / "DESIGN.md").read_text()
    table = text.split("## The rules", 1)[1].split("##", 1)[0]
    cells = [line.split("|")[2] for line in table.splitlines() if line.startswith("|")][2:]
    names = [name.strip() for cell in cells if "`" not in cell for name in cell.split("·") if name.strip()]
    assert sorted(names) == sorted(RULES)
