from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from cost_allocation.engine.allocate import NotConserved, allocate
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.engine.split import Splitter
from cost_allocation.model import AllocatedRow, Cell, Kind, Target, Total, Transfer
from tests.support.costs import JUNE, MAY, allocated, by_team, cost, rules, table

TUTORIAL = rules(
    projects={"web": "dev", "api": "ops"},
    teams={"dev": "alice", "ops": "bob"},
    default_owner="carol",
    shared={"dev": 0.5, "ops": 0.5},
)


def test_the_simple_form_shares_what_is_tagged_shared() -> None:
    allocation = allocated(
        TUTORIAL,
        cost("100.00", project="web"),
        cost("50.00", project="api"),
        cost("33.33", project="shared"),
        cost("7.00"),
    )

    cell = Cell(MAY, "USD", ())
    assert allocation.rows == [
        AllocatedRow(cell, "dev", "alice", None, "shared", Decimal("16.665")),
        AllocatedRow(cell, "dev", "alice", "web", None, Decimal(100)),
        AllocatedRow(cell, "ops", "bob", None, "shared", Decimal("16.665")),
        AllocatedRow(cell, "ops", "bob", "api", None, Decimal(50)),
        AllocatedRow(cell, "unknown", "carol", None, None, Decimal(7)),
    ]
    assert allocation.totals == {
        "USD": Total("USD", Decimal("190.33"), Decimal(0), Decimal("190.33"), Decimal(7), 4),
    }


def test_without_rules_everything_is_unknown() -> None:
    assert by_team(allocated(rules(), cost("5", project="web"), cost("-1"))) == {"unknown": Decimal(4)}


def test_without_costs_there_is_nothing() -> None:
    allocation = allocated(TUTORIAL)

    assert not allocation.rows
    assert allocation.totals == {}


def test_currencies_stay_apart() -> None:
    allocation = allocated(TUTORIAL, cost("9", MAY, "USD", project="shared"), cost("1", MAY, "EUR", project="shared"))

    assert [(row.cell.currency, row.team, row.cost) for row in allocation.rows] == [
        ("EUR", "dev", Decimal("0.5")),
        ("EUR", "ops", Decimal("0.5")),
        ("USD", "dev", Decimal("4.5")),
        ("USD", "ops", Decimal("4.5")),
    ]
    assert list(allocation.totals) == ["EUR", "USD"]


def test_what_a_filter_leaves_out_is_counted_and_not_allocated() -> None:
    given = rules(projects={"web": "dev"}, filters={"charge_categories": {"exclude": ["Tax"]}})

    allocation = allocated(
        given,
        cost("10", project="web", charge_category="Usage"),
        cost("2", project="web", charge_category="Tax"),
        cost("-0.5", charge_category="Tax"),
    )

    assert by_team(allocation) == {"dev": Decimal(10)}
    assert allocation.totals["USD"] == Total("USD", Decimal("11.5"), Decimal("1.5"), Decimal(10), Decimal(0), 3)


def test_charges_and_credits_that_cancel_leave_a_row_of_zero() -> None:
    assert by_team(allocated(TUTORIAL, cost("10", project="web"), cost("-10", project="web"))) == {"dev": 0}


def test_amounts_of_any_size_are_added_without_rounding() -> None:
    allocation = allocated(
        TUTORIAL, cost("99999999999999999999999999", project="web"), cost("0.00000000000000000001", project="web")
    )

    assert by_team(allocation) == {"dev": Decimal("99999999999999999999999999.00000000000000000001")}


def test_rows_come_by_period_currency_and_kept_values_with_none_first() -> None:
    allocation = allocated(
        TUTORIAL,
        cost("1", JUNE, project="web", service="A"),
        cost("1", MAY, project="web", service="B"),
        cost("1", MAY, project="web"),
        cost("1", MAY, "EUR", project="web", service="C"),
        keep=("service",),
    )

    assert [row.cell for row in allocation.rows] == [
        Cell(MAY, "EUR", ("C",)),
        Cell(MAY, "USD", (None,)),
        Cell(MAY, "USD", ("B",)),
        Cell(JUNE, "USD", ("A",)),
    ]


def test_every_row_has_its_attribution() -> None:
    allocation = allocated(TUTORIAL, cost("1", project="api"), cost("1"), cost("1", project="shared"))

    assert [one.target for one in allocation.attributions] == [
        Target(Kind.TEAM, "ops"),
        Target(Kind.UNKNOWN, "unknown"),
        Target(Kind.POOL, "shared"),
    ]


def test_what_the_source_did_not_give_cannot_be_kept() -> None:
    source = table([cost("1")], ["tag:project", "tag:team"])

    with pytest.raises(MissingDimension) as refused:
        allocate(source, TUTORIAL, ("tag:team", "region", "service"))

    assert str(refused.value) == "region, service cannot be kept: the costs are grouped by tag:project, tag:team"


def test_an_amount_that_gets_lost_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Splitter.distribute

    def lossy(splitter: Splitter, pooled: Mapping[str, Mapping[Cell, Decimal]]) -> list[Transfer]:
        return [replace(one, cost=one.cost - Decimal("1E-12")) for one in honest(splitter, pooled)]

    monkeypatch.setattr(Splitter, "distribute", lossy)

    with pytest.raises(NotConserved, match=r"input 10, output 9\.999999999998"):
        allocated(TUTORIAL, cost("10", project="shared"))


def test_an_amount_that_strays_from_its_cell_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Splitter.distribute

    def straying(splitter: Splitter, pooled: Mapping[str, Mapping[Cell, Decimal]]) -> list[Transfer]:
        return [replace(one, cell=Cell(MAY, "USD", ("EC2",))) for one in honest(splitter, pooled)]

    monkeypatch.setattr(Splitter, "distribute", straying)

    with pytest.raises(NotConserved, match=r"'EC2'.*input 10, output 20\.?0*"):
        allocated(
            TUTORIAL,
            cost("10", project="shared", service="EC2"),
            cost("10", project="shared", service="S3"),
            keep=("service",),
        )
