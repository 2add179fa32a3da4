"""What becomes of crowds of resources under faults, beside what became of them before the ledger came first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from tools.bench import before
from tools.simulation.crowds import table


def figures() -> Iterator[dict[str, object]]:
    """One row for each scenario."""
    for row in table():
        yield {
            "figure": f"scenario_{row.scenario}",
            "unit": "resources",
            **asdict(row),
            "before": before.SCENARIOS[row.scenario],
        }
