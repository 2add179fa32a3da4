"""Splits of the rules in the columns that FOCUS 1.3 has for splits."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cost_allocation.analysis.report import kept_dimensions
from cost_allocation.engine.allocate import allocate
from cost_allocation.exact import EXACT
from cost_allocation.model import Kind
from cost_allocation.query import FIELDS, CostQuery, Granularity, tag
from cost_allocation.rules.document import read_rules
from cost_allocation.rules.model import Rules
from taggov.costs.exports.focus import COLUMNS, COLUMNS_1_3, write_focus
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.allocated import RULES, allocated, bill, charge, two_currencies

KEPT = (*FIELDS, "environment", "customer")


def written(path: Path, table: Any, rules: Rules = RULES) -> list[dict[str, str]]:
    allocation = allocate(table, rules, kept_dimensions(rules, KEPT))
    write_focus([allocation], rules, Granularity.MONTH, path, splits=True)
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def rules(**shared: Any) -> Rules:
    return read_rules({"projects": {"web": "dev", "api": "ops"}, "teams": {"dev": None, "ops": None}, "shared": shared})


def allocated_columns(row: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("Allocated"): its for name, its in row.items() if name.startswith("Allocated") and its}


def ratio(row: dict[str, str]) -> Decimal:
    (element,) = json.loads(row["AllocatedMethodDetails"], parse_float=Decimal)["Elements"]
    return Decimal(element["AllocatedRatio"])


def test_a_direct_cost_has_none_and_a_share_says_whose_it_is_and_that_we_split_it(tmp_path: Path) -> None:
    rows = written(tmp_path / "x.csv", bill(charge("1", "web"), charge("3", "network")))
    assert [allocated_columns(row) for row in rows if not row["x_Pool"]] == [{}]
    assert [allocated_columns(row) for row in rows if row["x_Pool"] == "network"] == [
        {
            "MethodDetails": '{"Elements": [{"AllocatedRatio": 0.5, "x_Basis": "even"}]}',
            "MethodId": "taggov:even",
            "ResourceId": team,
            "ResourceName": team,
            "Tags": json.dumps({"team": team}),
        }
        for team in ("dev", "ops")
    ]


def test_the_columns_are_those_of_before_and_more(tmp_path: Path) -> None:
    assert set(COLUMNS) < set(COLUMNS_1_3)
    (row,) = written(tmp_path / "x.csv", bill(charge("1", "web")))
    assert list(row) == sorted(COLUMNS_1_3, key=lambda its: (its.startswith("x_"), its))
    assert (row["ServiceProviderName"], row["ProviderName"], row["HostProviderName"]) == ("AWS", "AWS", "")


def test_without_being_asked_nothing_changes(tmp_path: Path) -> None:
    write_focus([allocated(two_currencies())], RULES, Granularity.MONTH, tmp_path / "x.csv")
    assert "Allocated" not in (tmp_path / "x.csv").read_text("utf-8")


CHAIN = {
    "security": {"split": "fixed", "to": {"network": "1/3", "dev": "1/3", "ops": "1/3"}},
    "network": {"split": "proportional", "to": ["dev", "ops"]},
    "attic": {"split": "fixed", "to": {"dev": "2/7", "unknown": "5/7"}},
}


def test_costs_add_up_to_the_origin_and_ratios_to_one(tmp_path: Path) -> None:
    given = rules(**CHAIN)
    table = bill(
        charge("10", "web"),
        charge("20.01", "api"),
        charge("100.01", "security"),
        charge("-0.07", "security", service="Amazon S3"),
        charge("7.77", "network", currency="EUR"),
        charge("0.000000000001", "attic"),
        charge("5", "attic", environment="prod"),
    )
    rows = written(tmp_path / "x.csv", table, given)
    allocation = allocate(table, given, kept_dimensions(given, KEPT))
    with localcontext(EXACT):
        origins: dict[str, Decimal] = defaultdict(Decimal)
        for source, attribution in zip(table.rows, allocation.attributions, strict=True):
            if attribution.target.kind is Kind.POOL:
                origins[attribution.target.name] += source.cost
        for transfer in allocation.transfers:
            if transfer.target.kind is Kind.POOL:
                origins[transfer.pool] -= transfer.cost
                origins[transfer.target.name] += transfer.cost
        sums: dict[str, Decimal] = defaultdict(Decimal)
        ratios: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for row in rows:
            if pool := row["x_Pool"]:
                sums[pool] += Decimal(row["BilledCost"])
                key = (pool, row["ServiceName"], row["BillingCurrency"], row["Tags"], row["ChargePeriodStart"])
                ratios[key] += ratio(row)
    assert sums == origins
    assert set(ratios.values()) == {Decimal(1)}


def test_what_nobody_gets_is_the_part_that_is_not_allocated(tmp_path: Path) -> None:
    rows = written(tmp_path / "x.csv", bill(charge("7", "attic")), rules(**CHAIN))
    assert [(row["x_Team"], row["AllocatedResourceId"], row["AllocatedTags"]) for row in rows] == [
        ("dev", "dev", '{"team": "dev"}'),
        ("unknown", "", ""),
    ]
    assert {row["AllocatedMethodId"] for row in rows} == {"taggov:fixed"}
    assert [round(Fraction(ratio(row)) * 7, 6) for row in rows] == [2, 5]


def test_our_own_reader_finds_the_teams_again(tmp_path: Path) -> None:
    """Whatever reads FOCUS 1.3 finds in them what the rules decided."""
    written(tmp_path / "x.csv", bill(charge("3", "network"), charge("1", "web")))
    table = FocusFiles([str(tmp_path / "x.csv")]).fetch(CostQuery("BilledCost", None, None, dimensions=(tag("team"),)))
    assert {row.values[0]: row.cost for row in table.rows} == {
        "dev": Decimal("1.5"),
        "ops": Decimal("1.5"),
        None: Decimal(1),
    }


@pytest.mark.parametrize("splits", [True, False])
def test_parquet_has_the_same(tmp_path: Path, splits: bool) -> None:
    allocation = allocated(two_currencies())
    for name in ("x.parquet", "x.csv"):
        write_focus([allocation], RULES, Granularity.MONTH, tmp_path / name, splits=splits)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as lines:
        header, *expected = list(csv.reader(lines))
    with duckdb.connect() as opened:
        read = opened.execute(f"from '{tmp_path / 'x.parquet'}'")
        assert [name for name, *_ in read.description or ()] == header
        rows = [dict(zip(header, row, strict=True)) for row in read.fetchall()]
    named = [name for name in header if name.startswith(("Allocated", "x_"))]
    assert [[row[name] or "" for name in named] for row in rows] == [
        [row[header.index(name)] for name in named] for row in expected
    ]
