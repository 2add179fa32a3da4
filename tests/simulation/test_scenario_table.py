"""Hundreds of resources in a day: every owner gets one notice, and nothing stays pending."""

from __future__ import annotations

import pytest

from tools.simulation.scenario_table import NAMES, table


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_changed_and_reported_once(name: str) -> None:
    (row,) = table(300, seed=1, names=[name])
    assert row.changed > 250
    assert (row.never_told, row.told_more_than_once, row.pending, row.rules_broken) == (0, 0, 0, 0)
    if name in ("healthy", "throttled"):  # every call is answered eventually
        assert row.told_again_unanswered == 0
    assert (row.faults > 0) == (name != "healthy")
