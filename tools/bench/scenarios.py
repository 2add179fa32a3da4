"""Results of many resources under faults, beside those from before the ledger came first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from tools.bench import before
from tools.simulation.crowds import table


def figures() -> Iterator[dict[str, object]]:
    """Yield the figure of each scenario."""
    for row in table():
        yield {
            "figure": f"scenario_{row.scenario}",
            "unit": "resources",
            **asdict(row),
            "before": before.SCENARIOS[row.scenario],
        }
