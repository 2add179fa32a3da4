"""Exports of FOCUS data as FOCUS: nothing that the data has is lost."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from taggov.costs.exports.focus import CHARGE_COLUMNS, COSTS, OPTIONAL
from tests.support.command_line import asked, taggov
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
    assert not [one for one in warnings if "is empty" in one]


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
    (said,) = [one for one in warnings if one.startswith("ContractedCost is empty: ")]
    assert "many" in said


SPLITS = (("web", "10 10 10 10"), ("api", "0 30 0 30"), ("net", "8 8 8 8"))


@pytest.mark.parametrize(
    ("charges", "spoken_for"),
    [
        (SPLITS, {"BilledCost, EffectiveCost", "ContractedCost, ListCost"}),
        # All four go by the same weights, or have nothing to split.
        ((("web", "1 2 3 4"), ("api", "1 2 3 4"), ("net", "8 8 8 0")), {""}),
        ((("web", "1 0 3 4"), ("api", "0 3 0 0"), ("net", "8 0 8 5")), {""}),
        ((("web", "1 2 3 4"), ("api", "4 3 2 1"), ("net", "8 8 8 8")), {*COSTS}),
    ],
)
def test_the_ratio_of_a_share_holds_for_every_cost_of_its_row(
    folder: Path, charges: tuple[tuple[str, str], ...], spoken_for: set[str]
) -> None:
    bill(folder / "bill.csv", *((project, amounts, {}) for project, amounts in charges))

    rows = [row for row in exported("--format", "focus-1.3")[0] if row["x_Pool"]]

    assert {row["x_Metrics"] for row in rows} == spoken_for
    for names in spoken_for:
        origin = [row for row in rows if row["x_Metrics"] == names]
        ratios = [json.loads(row["AllocatedMethodDetails"])["Elements"][0]["AllocatedRatio"] for row in origin]
        assert sum(ratios) == pytest.approx(1)
        for metric in COSTS:
            whole = sum(float(row[metric]) for row in origin)
            assert [float(row[metric]) for row in origin] == pytest.approx([ratio * whole for ratio in ratios])
    for place, metric in enumerate(COSTS):
        pooled = next(amounts for project, amounts in charges if project == "net").split()[place]
        assert sum(Decimal(row[metric]) for row in rows) == Decimal(pooled)


@pytest.mark.parametrize("version", ["focus", "focus-1.3", "csv"])
def test_as_many_rows_as_it_says(folder: Path, version: str) -> None:
    bill(folder / "bill.csv", *((project, amounts, {}) for project, amounts in SPLITS))
    Path("rules.yaml").write_text(RULES)

    document = asked("export", "out.csv", "--focus", "bill.csv", "--rules", "rules.yaml", "--format", version)

    with Path("out.csv").open(encoding="utf-8", newline="") as lines:
        assert document["rows"] == len(list(csv.DictReader(lines)))


def test_a_metric_that_has_nothing_to_split_by_is_named(folder: Path) -> None:
    bill(folder / "bill.csv", ("web", "1 1 0 1", {}), ("net", "8 8 8 8", {}))

    _, warnings = exported()

    assert [one for one in warnings if "no target has any direct cost" in one] == [
        "EffectiveCost: shared.net: no target has any direct cost of 2026-05 in USD, so it went evenly"
    ]
