"""Hundreds of resources in a day: everybody is told, nobody twice, and nothing stays pending."""

from __future__ import annotations

import pytest

from tools.simulation.crowds import NAMES, table


@pytest.mark.parametrize("name", NAMES)
def test_a_crowd_is_changed_and_told_once(name: str) -> None:
    (row,) = table(300, seed=1, names=[name])
    assert row.changed > 250
    assert (row.never_told, row.told_more_than_once, row.pending, row.rules_broken) == (0, 0, 0, 0)
    if name in ("healthy", "throttled"):  # every call gets its answer, in the end
        assert row.told_again_unanswered == 0
    assert (row.faults > 0) == (name != "healthy")
