"""Results for many resources under faults, beside those of an earlier version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from tools.bench import baseline
from tools.simulation.scenario_table import table


def figures() -> Iterator[dict[str, object]]:
    """Yield the figure of each scenario."""
    for row in table():
        yield {
            "figure": f"scenario_{row.scenario}",
            "unit": "resources",
            **asdict(row),
            "before": baseline.SCENARIOS[row.scenario],
        }
