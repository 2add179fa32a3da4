"""Exports of FOCUS data as FOCUS: nothing that the data has is lost."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from taggov.costs.outputs.focus import CHARGE_COLUMNS, COSTS, OPTIONAL
from tests.support.command_line import taggov
from tests.support.focus import charge, write_focus

NAMED = {column: f"the {column}" for column in CHARGE_COLUMNS}
RULES = """
projects: {web: dev, api: ops}
shared: {net: {split: proportional, to: [dev, ops]}}
"""


def bill(path: Path, *rows: tuple[str, str, dict[str, str]]) -> Path:
    """Charges by project: what each of `COSTS` is, all that FOCUS names, and columns of their own."""
    costs = ([*zip(COSTS, amounts.split(), strict=True)] for _, amounts, _ in rows)
    return write_focus(
        path,
        *(
            {**charge("0", {"project": project}), **NAMED, **dict(its), **own}
            for (project, _, own), its in zip(rows, costs, strict=True)
        ),
    )


def exported(*arguments: str) -> tuple[list[dict[str, str]], list[str]]:
    """Rows and warnings of an export of `bill.csv`."""
    Path("rules.yaml").write_text(RULES)
    result = taggov("costs", "export", "out.csv", "--focus", "bill.csv", "--rules", "rules.yaml", "--json", *arguments)
    assert result.exit_code == 0, result.output
    with Path("out.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines)), json.loads(result.stdout)["warnings"]


@pytest.mark.parametrize("version", ["focus", "focus-1.3"])
def test_what_the_data_names_is_named(folder: Path, version: str) -> None:
    bill(folder / "bill.csv", ("web", "4 3 2 5", {}))

    (row,), warnings = exported("--format", version)

    assert {name: row[name] for name in NAMED if name in row} == {
        name: its for name, its in NAMED.items() if version == "focus-1.3" or name != "HostProviderName"
    }
    assert [row[name] for name in COSTS] == ["4", "3", "2", "5"]
    assert not [one for one in warnings if "stays empty" in one]


def test_columns_that_focus_only_recommends_are_left_out_where_they_have_no_value(folder: Path) -> None:
    bill(folder / "bill.csv", ("web", "1 1 1 1", dict.fromkeys(OPTIONAL[1:], "")))

    (row,), _ = exported()

    assert {*row} & {*OPTIONAL} == {OPTIONAL[0]}


def test_charges_that_only_such_a_column_tells_apart_stay_apart(folder: Path) -> None:
    bill(folder / "bill.csv", ("web", "1 1 1 1", {}), ("web", "2 2 2 2", {"InvoiceId": "another"}))

    rows, _ = exported()

    assert [(row["InvoiceId"], row["BilledCost"]) for row in rows] == [("another", "2"), ("the InvoiceId", "1")]


@pytest.mark.parametrize("version", ["focus", "focus-1.3"])
def test_each_cost_is_what_a_report_in_that_metric_shows(folder: Path, version: str) -> None:
    """A team that has none of the pool by one metric may have all of it by another."""
    bill(folder / "bill.csv", ("web", "9 1 0 5", {}), ("api", "0 3 7 5", {}), ("net", "8 4 2 6", {}))

    rows, _ = exported("--format", version)

    for metric in COSTS:
        options = ["--focus", "bill.csv", "--rules", "rules.yaml", "--by", "team", "--metric", metric, "--json"]
        report = json.loads(taggov("costs", "report", *options).stdout)
        sums = {row["team"]: Decimal(0) for row in report["allocations"]} | {row["x_Team"]: Decimal(0) for row in rows}
        for row in rows:
            sums[row["x_Team"]] += Decimal(row[metric])
        assert sums == dict.fromkeys(sums, Decimal(0)) | {
            row["team"]: Decimal(row["cost"]) for row in report["allocations"]
        }


def test_only_the_metric_that_was_chosen_is_there(folder: Path) -> None:
    bill(folder / "bill.csv", ("web", "4 3 2 5", {}))

    (row,), _ = exported("--metric", "ListCost")

    assert [row[name] for name in COSTS] == ["", "", "", "5"]


def test_a_cost_that_can_not_be_read_leaves_the_others(folder: Path) -> None:
    bill(folder / "bill.csv", ("web", "4 many 2 5", {}))

    (row,), warnings = exported()

    assert [row[name] for name in COSTS] == ["4", "", "2", "5"]
    (said,) = [one for one in warnings if one.startswith("ContractedCost stays empty: ")]
    assert "many" in said
