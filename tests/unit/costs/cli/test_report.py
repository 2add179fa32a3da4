"""`taggov costs report`: from a FOCUS file to amounts that every team can check."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import taggov
from tests.support.focus import charge, real_sample, write_focus


def reported(*arguments: str) -> dict[str, Any]:
    """Return what `report --json` prints."""
    result = taggov("costs", "report", "--json", *arguments)
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def costs(document: dict[str, Any], column: str) -> dict[str, Decimal]:
    """Cost by the values of one column."""
    sums: dict[str, Decimal] = {}
    for row in document["allocations"]:
        sums[row[column]] = sums.get(row[column], Decimal(0)) + Decimal(row["cost"])
    return sums


def test_every_cost_goes_to_a_team_or_to_unknown_and_the_sums_are_equal(bill: Path, rules: Path) -> None:
    document = reported("--focus", str(bill), "--rules", str(rules))

    assert document["totals"] == [
        {"currency": "USD", "input": "230.01", "excluded": "0", "output": "230.01", "unknown": "7", "rows": 6}
    ]
    assert costs(document, "team") == {"dev": Decimal("150.01"), "ops": Decimal(73), "unknown": Decimal(7)}
    assert costs(document, "owner") == {
        "ana@example.com": Decimal("150.01"),
        "bo@example.com": Decimal(73),
        "finops@example.com": Decimal(7),
    }


def test_shared_costs_stand_apart_from_direct_ones(bill: Path, rules: Path) -> None:
    document = reported("--focus", str(bill), "--rules", str(rules), "--month", "2026-05", "--by", "team")

    assert document["allocations"] == [
        {"team": "dev", "currency": "USD", "direct_cost": "60", "shared_cost": "20", "cost": "80"},
        {"team": "ops", "currency": "USD", "direct_cost": "0", "shared_cost": "20", "cost": "20"},
    ]


def test_files_are_read_whole_without_dates_and_cut_to_the_days_with_them(bill: Path, rules: Path) -> None:
    arguments = ("--focus", str(bill), "--rules", str(rules), "--by", "month")

    assert costs(reported(*arguments), "month") == {"2026-05": Decimal(100), "2026-06": Decimal("130.01")}
    assert costs(reported(*arguments, "--start", "2026-06"), "month") == {"2026-06": Decimal("130.01")}
    assert costs(reported(*arguments, "--end", "2026-05-11"), "month") == {"2026-05": Decimal(100)}
    assert reported(*arguments, "--end", "2026-05-10")["allocations"] == []


def test_the_rules_in_the_folder_are_taken_without_being_named(bill: Path, rules: Path) -> None:
    rules.rename("allocation_rules.yaml")

    assert "dev" in costs(reported("--focus", str(bill)), "team")


def test_without_rules_everything_is_unknown_and_nothing_is_lost(bill: Path) -> None:
    document = reported("--focus", str(bill))

    assert costs(document, "team") == {"unknown": Decimal("230.01")}
    assert document["warnings"] == [
        "no rules: every cost is unknown; write allocation_rules.yaml, or name a file with --rules"
    ]


def test_currencies_stand_side_by_side(folder: Path, rules: Path) -> None:
    bill = write_focus(
        folder / "two.csv",
        charge("10", {"project": "web"}),
        charge("7.5", {"project": "web"}, BillingCurrency="EUR"),
    )

    document = reported("--focus", str(bill), "--rules", str(rules))
    only = reported("--focus", str(bill), "--rules", str(rules), "--currency", "EUR")

    assert [(one["currency"], one["output"]) for one in document["totals"]] == [("EUR", "7.5"), ("USD", "10")]
    assert [(one["currency"], one["output"]) for one in only["totals"]] == [("EUR", "7.5")]


def test_a_filter_chooses_costs_before_they_are_allocated(bill: Path, rules: Path) -> None:
    arguments = ("--focus", str(bill), "--rules", str(rules), "--by", "team")

    assert costs(reported(*arguments, "--where", "service=Amazon VPC"), "team") == {"dev": 20, "ops": 20}
    assert "unknown" not in costs(reported(*arguments, "--where", "tag:project!="), "team")
    assert costs(reported(*arguments, "--where", "tag:project="), "team") == {"unknown": Decimal(7)}


def test_a_table_shows_rounded_amounts_and_the_proof(bill: Path, rules: Path) -> None:
    result = taggov("costs", "report", "--focus", str(bill), "--rules", str(rules), "--by", "team,month")

    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines() if line.startswith("dev")] == [
        ["dev", "2026-05", "USD", "60.00", "20.00", "80.00"],
        ["dev", "2026-06", "USD", "70.01", "0.00", "70.01"],
    ]
    assert "input 230.01 = output 230.01 + excluded 0.00, equal to the last digit" in result.stdout


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".html", ".parquet", ".json"])
def test_a_report_is_written_in_the_format_of_the_file_name(suffix: str, bill: Path, rules: Path) -> None:
    file = bill.with_name(f"report{suffix}")

    result = taggov("costs", "report", "--focus", str(bill), "--rules", str(rules), "-o", str(file))

    assert result.exit_code == 0, result.stderr
    assert file.stat().st_size > 0
    assert result.stdout == ""
    assert [path.name for path in bill.parent.iterdir() if path.name.startswith(".")] == []


def test_the_amounts_in_a_csv_are_exact(bill: Path, rules: Path) -> None:
    file = bill.with_name("report.csv")
    taggov("costs", "report", "--focus", str(bill), "--rules", str(rules), "-o", str(file))

    rows = list(csv.DictReader(file.open()))

    assert sum(Decimal(row["cost"]) for row in rows) == Decimal("230.01")


def test_an_unknown_format_is_refused_before_anything_is_read(bill: Path) -> None:
    result = taggov("costs", "report", "--focus", str(bill), "-o", "report.pdf")

    assert result.exit_code == 2
    assert result.stderr == "taggov: report.pdf: the name must end in .csv or .xlsx or .html or .parquet or .json\n"


@pytest.mark.parametrize(("percent", "code"), [("90", 0), ("96", 3)])
def test_a_pipeline_is_held_to_a_coverage(percent: str, code: int, bill: Path, rules: Path) -> None:
    """223.01 of 233.01 that were charged have a team: 95.7 %."""
    result = taggov(
        "costs", "report", "--focus", str(bill), "--rules", str(rules), "--fail-under-coverage", percent, "--json"
    )

    assert result.exit_code == code
    assert json.loads(result.stdout)["totals"][0]["output"] == "230.01"
    assert ("gross coverage in USD is 95.70 %, but must be at least 96 %" in result.stderr) == (code == 3)


def test_the_real_sample_keeps_every_digit() -> None:
    sample = str(real_sample())

    document = reported("--focus", sample)
    aws = reported("--focus", sample, "--where", "provider=AWS")

    assert (document["totals"][0]["input"], document["totals"][0]["output"]) == ("20.52022672899",) * 2
    assert aws["totals"][0]["output"] == "18.0066386184"
    assert sum(Decimal(row["cost"]) for row in document["allocations"]) == Decimal("20.52022672899")


def test_a_tag_that_nobody_relies_on_is_not_missed(bill: Path, rules: Path) -> None:
    """No cost has the tag team, which is looked at unless the rules say otherwise."""
    arguments = ("--focus", str(bill), "--rules", str(rules))
    assert reported(*arguments)["warnings"] == []

    rules.write_text(rules.read_text() + "tag_keys: {team: [squad]}\n")
    (warning,) = reported(*arguments)["warnings"]
    assert warning.startswith('no row has the tag "squad"')


def test_a_tag_without_a_value_in_all_rows_is_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "null.csv"
    path.write_text(
        "BilledCost,BillingCurrency,ChargePeriodStart,ServiceName,ChargeCategory,SubAccountId,RegionId,Tags\n"
        '3,USD,2026-05-10T00:00:00Z,Amazon EC2,Usage,111122223333,eu-west-1,"{""team"":null}"\n'
    )

    document = reported("--focus", str(path), "--by", "tag:team")

    assert [(row["tag:team"], row["cost"]) for row in document["allocations"]] == [(None, "3")]
    assert 'no requested row has a value for the tag "team"' in document["warnings"]
