"""Parts of a whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cost_allocation.report import MONTH, TEAM, Report, ReportRow
from taggov.costs.dashboard.ranking import OTHERS, Part, largest, ranked, series, total


def row(month: str, team: str | None, direct: str, shared: str = "0", currency: str = "USD") -> ReportRow:
    return ReportRow((month, team), currency, Decimal(direct), Decimal(shared))


@pytest.fixture
def report() -> Report:
    rows = [
        row("2026-05", "shop", "10", "1.5"),
        row("2026-05", "search", "20"),
        row("2026-06", "shop", "40"),
        row("2026-06", None, "-3"),
        row("2026-06", "search", "900", currency="EUR"),
    ]
    return Report((MONTH, TEAM), rows, {}, "BilledCost", "test", (), ())


def test_parts_are_ranked_in_one_currency(report: Report) -> None:
    parts = ranked(report, TEAM, "USD")

    assert [(part.name, str(part.cost)) for part in parts] == [("shop", "51.5"), ("search", "20"), ("no team", "-3")]
    assert parts[0].shared == Decimal("1.5")


def test_the_largest_parts_and_the_rest_are_the_whole(report: Report) -> None:
    parts = ranked(report, TEAM, "USD")

    shown = largest(parts, 2)

    assert shown[1] == Part(OTHERS, Decimal(17), Decimal(0))
    assert total(part.cost for part in shown) == total(part.cost for part in parts)
    assert largest(parts, 3) == parts


def test_a_series_adds_up_what_is_not_named(report: Report) -> None:
    assert series(report, MONTH, TEAM, "USD", ["shop"]) == {
        "shop": {"2026-05": Decimal("11.5"), "2026-06": Decimal(40)},
        OTHERS: {"2026-05": Decimal(20), "2026-06": Decimal(-3)},
    }
