"""Parts of a whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cost_allocation.analysis.report import MONTH, TEAM
from cost_allocation.model import UNKNOWN
from taggov.costs.dashboard.ranking import (
    OTHERS,
    Part,
    RoundedRows,
    largest_parts,
    rank_parts,
    series,
    total,
    unowned_names,
)
from taggov.costs.render.figures import Amounts, RoundedRow


def row(month: str, team: str | None, direct: str, shared: str = "0") -> RoundedRow:
    return RoundedRow((month, team), Amounts(Decimal(direct), Decimal(shared)))


@pytest.fixture
def report() -> RoundedRows:
    return RoundedRows(
        (MONTH, TEAM),
        [
            row("2026-05", "shop", "10", "1.5"),
            row("2026-05", "search", "20"),
            row("2026-06", "shop", "40"),
            row("2026-06", None, "-3"),
        ],
    )


def test_parts_are_ranked(report: RoundedRows) -> None:
    parts = rank_parts(report, TEAM)

    assert [(part.name, str(part.cost)) for part in parts] == [("shop", "51.5"), ("search", "20"), ("no team", "-3")]
    assert parts[0].shared == Decimal("1.5")


def test_the_largest_parts_and_the_rest_are_the_whole(report: RoundedRows) -> None:
    parts = rank_parts(report, TEAM)

    shown = largest_parts(parts, 2)

    assert shown[1] == Part(OTHERS, Decimal(17), Decimal(0))
    assert total(part.cost for part in shown) == total(part.cost for part in parts)
    assert largest_parts(parts, 3) == parts


def test_what_is_nobodys_is_never_among_the_rest(report: RoundedRows) -> None:
    parts = rank_parts(report, TEAM)

    shown = largest_parts(parts, 2, unowned_names(TEAM))

    assert [part.name for part in shown] == ["no team", OTHERS]
    assert total(part.cost for part in shown) == total(part.cost for part in parts)
    assert UNKNOWN in unowned_names(TEAM)


def test_a_series_adds_up_what_is_not_named(report: RoundedRows) -> None:
    assert series(report, MONTH, TEAM, ["shop"]) == {
        "shop": {"2026-05": Decimal("11.5"), "2026-06": Decimal(40)},
        OTHERS: {"2026-05": Decimal(20), "2026-06": Decimal(-3)},
    }


def test_only_one_value_is_left(report: RoundedRows) -> None:
    assert [row.values for row in report.with_value(TEAM, "no team").rows] == [("2026-06", None)]
