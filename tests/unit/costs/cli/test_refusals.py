"""Bad input: one clear line, exit code 2, nothing written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.command_line import taggov
from tests.support.focus import charge, write_focus


def refused(*arguments: str) -> str:
    """The one line that a command says no with."""
    before = sorted(Path().iterdir())
    result = taggov("costs", *arguments)
    assert result.exit_code == 2, result.stdout
    assert result.stdout == ""
    assert sorted(Path().iterdir()) == before
    (line,) = result.stderr.splitlines()
    return line.removeprefix("taggov: ")


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        (["--start", "yesterday"], '--start "yesterday" is no date; write YYYY-MM-DD or YYYY-MM'),
        (["--month", "2026-13"], '--month "2026-13" is no date; write YYYY-MM-DD or YYYY-MM'),
        (["--end", "0001-01-01"], '--end "0001-01-01" is too early; the times of costs begin with 2000'),
        (["--start", "0001-01-01"], '--start "0001-01-01" is too early; the times of costs begin with 2000'),
        (["--month", "1999-12"], '--month "1999-12" is too early; the times of costs begin with 2000'),
        (["--month", "2026-05-03"], '--month "2026-05-03" must be written YYYY-MM'),
        (["--month", "2026-05", "--end", "2026-06"], "--month cannot be combined with --start and --end"),
        (
            ["--start", "2026-05-01", "--end", "2026-04-01"],
            "--start 2026-05-01 is not before --end 2026-04-01; "
            "the end is the first day that no longer counts: --end 2026-06-01",
        ),
    ],
)
def test_dates(dates: list[str], line: str, bill: Path) -> None:
    assert refused("report", "--focus", str(bill), *dates) == line


def test_an_end_in_the_far_future(bill: Path) -> None:
    assert refused("total", "--focus", str(bill), "--end", "2999-01-01").startswith(
        "--end 2999-01-01 is too far in the future; the latest is "
    )


@pytest.mark.parametrize("text", ["month,metric,team,value\n2026-05,{},,1\n", "month,metric,team,{}\n"])
def test_a_field_of_metrics_that_is_too_long(text: str, bill: Path, folder: Path) -> None:
    (folder / "metrics.csv").write_text(text.format("x" * 101))
    usual = csv.field_size_limit(100)
    try:
        line = refused("kpis", "--focus", str(bill), "--metrics", "metrics.csv")
    finally:
        csv.field_size_limit(usual)

    assert line == "metrics.csv: field larger than field limit (100)"


def test_an_unknown_metric(bill: Path) -> None:
    assert refused("total", "--focus", bill.name, "--metric", "Billed") == (
        'unknown metric "Billed"; bill.csv has BilledCost, EffectiveCost, ListCost, ContractedCost'
    )


def test_an_unknown_tag_with_the_nearest_there_is(bill: Path) -> None:
    line = refused("by-tag", "Projects", "--focus", str(bill))

    assert '"Projects"' in line
    assert '"project"' in line


@pytest.mark.parametrize("column", ["teem", "tag:"])
def test_an_unknown_column(column: str, bill: Path) -> None:
    assert refused("report", "--focus", str(bill), "--by", column).startswith(f'unknown column "{column}"; allowed are')


def test_an_unknown_currency(bill: Path) -> None:
    line = refused("report", "--focus", str(bill), "--currency", "EUR")
    assert line == '--currency "EUR" has no costs; the currencies are USD'


def test_two_sources_at_once(bill: Path) -> None:
    line = refused("report", "--focus", str(bill), "--sample")
    assert line == "--focus, --sample and --athena exclude each other: choose one source"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("projects: {web: dev\n", "expected ',' or '}', but got '<stream end>'"),
        (
            "shared: {dev: 0.5, ops: 0.6}\n",
            "shared: the weights add up to 1.1; they must add up to 1, or to 100 for percentages",
        ),
        (
            "shared:\n  a: {to: [b], split: even}\n  b: {to: [a], split: even}\n",
            "shared.a: is part of a cycle: a -> b -> a",
        ),
    ],
)
def test_rules(text: str, line: str, bill: Path, rules: Path) -> None:
    rules.write_text(text)
    assert refused("report", "--focus", str(bill), "--rules", str(rules)).endswith(line)


def test_rules_that_are_not_there(bill: Path) -> None:
    assert refused("report", "--focus", str(bill), "--rules", "no.yaml") == "no.yaml: No such file or directory"


def test_a_split_by_a_metric_that_nobody_gave(bill: Path, rules: Path) -> None:
    rules.write_text("shared: {shared: {split: proportional, by: orders, to: [dev, ops]}}\n")

    assert refused("report", "--focus", str(bill), "--rules", str(rules)) == (
        'shared.shared.by: there is no metric "orders"; there is only direct_cost; '
        "give values with --metrics FILE, or under metrics in the rules"
    )


def test_metrics_with_a_bad_value(bill: Path, folder: Path) -> None:
    (folder / "metrics.csv").write_text("month,metric,team,value\n2026-05,orders,dev,many\n")

    line = refused("kpis", "--focus", str(bill), "--metrics", "metrics.csv")
    assert line == 'metrics.csv: line 2: value "many" must be a number that is not negative, such as 1234.5'


def test_no_file() -> None:
    assert "no.csv" in refused("report", "--focus", "no.csv")


def test_an_empty_file(folder: Path) -> None:
    (folder / "empty.csv").touch()
    (folder / "empty.parquet").touch()

    assert "empty.csv" in refused("report", "--focus", "empty.csv")
    assert "empty.parquet" in refused("report", "--focus", "empty.parquet")


def test_missing_columns(folder: Path) -> None:
    (folder / "short.csv").write_text("BilledCost,ServiceName\n1,EC2\n")

    line = refused("report", "--focus", "short.csv")
    assert "short.csv" in line
    assert "BillingCurrency" in line


def test_a_cost_that_is_literally_null(folder: Path) -> None:
    write_focus(folder / "null.csv", charge("1"), charge("NULL"))

    line = refused("total", "--focus", "null.csv")
    assert "null.csv" in line
    assert "BilledCost is empty" in line


def test_mixed_encodings(folder: Path) -> None:
    file = write_focus(folder / "mixed.csv", charge("1"), charge("2", ServiceName="SERVICE"))
    file.write_bytes(file.read_bytes().replace(b"SERVICE", "Café".encode("latin-1")))

    line = refused("total", "--focus", "mixed.csv")
    assert "mixed.csv" in line
    assert "UTF-8" in line


def test_no_credentials() -> None:
    assert refused("total", "--month", "2026-05").startswith("no AWS credentials found: ")


@pytest.mark.parametrize("amount", ["much", "-1"])
def test_a_limit_that_is_no_amount(amount: str) -> None:
    assert refused("total", "--max-cost", amount) == f'--max-cost "{amount}" must be an amount in USD, such as 0.50'


def test_a_tolerance_that_is_no_amount(bill: Path) -> None:
    line = refused("reconcile", "--focus", str(bill), "--tolerance", "some")
    assert line == '--tolerance "some" must be an amount that is not negative, such as 0.01'


def test_a_filter_without_a_dimension(bill: Path) -> None:
    assert refused("total", "--focus", str(bill), "--where", "colour=red").startswith('--where "colour=red" must be ')


def test_a_folder_that_can_not_be_written_to(bill: Path) -> None:
    assert "nowhere" in refused("report", "--focus", str(bill), "-o", "nowhere/report.csv")


@pytest.mark.parametrize("month", ["2999-01", "9999-12"])
def test_a_month_that_has_not_come(month: str, bill: Path) -> None:
    assert refused("report", "--focus", str(bill), "--month", month).startswith(f"{month}-01 has not come yet; ")


@pytest.mark.parametrize("option", ["--start", "--end"])
def test_a_date_that_an_empty_variable_left_out(option: str, bill: Path) -> None:
    assert refused("total", "--focus", str(bill), option, "") == f'{option} "" is no date; write YYYY-MM-DD or YYYY-MM'


def test_an_output_over_what_it_is_made_of(bill: Path, rules: Path, folder: Path) -> None:
    before = bill.read_bytes()
    (folder / "metrics.csv").write_text("month,metric,team,value\n")

    for command, output in (("report", bill), ("report", folder / "metrics.csv"), ("report", folder / "." / bill.name)):
        line = refused(
            command, "--focus", str(bill), "--rules", str(rules), "--metrics", "metrics.csv", "-o", str(output)
        )
        assert line.endswith("is an input of this command and would be overwritten: choose another file")
    assert refused("export", str(bill), "--focus", str(bill)).startswith(f"{bill} is an input of this command")
    assert bill.read_bytes() == before


def test_one_of_several_outputs_that_can_not_be_written_stops_them_all(bill: Path) -> None:
    assert "nowhere" in refused("report", "--focus", str(bill), "-o", "fine.csv", "-o", "nowhere/report.csv")


def test_an_export_under_the_name_of_another_format(bill: Path) -> None:
    line = refused("export", "rows.parquet", "--format", "csv", "--focus", str(bill))
    assert line == "rows.parquet: the name must end in .csv"


def test_metrics_without_their_columns(bill: Path, folder: Path) -> None:
    (folder / "empty.csv").touch()

    line = refused("kpis", "--focus", str(bill), "--metrics", "empty.csv")
    assert line == "empty.csv: no column month, metric, team, value; the first line must be month,metric,team,value"


def test_a_file_with_semicolons_and_decimal_commas(bill: Path) -> None:
    bill.write_text(bill.read_text().replace(",", ";").replace("70.01", "70,01"))

    line = refused("total", "--focus", bill.name)
    assert line == "bill.csv, line 4: BilledCost is '70,01', expected a number like 12.5"


def test_a_cost_column_that_is_there_twice(bill: Path) -> None:
    header, *rows = bill.read_text().splitlines()
    bill.write_text("\n".join([f"{header},billedcost", *(f"{row},9" for row in rows)]) + "\n")

    assert refused("total", "--focus", bill.name) == "bill.csv: column BilledCost occurs twice"


def test_athena_without_a_region() -> None:
    assert refused("report", "--athena", "bills.focus") == "Athena: You must specify a region."


def test_a_trace_of_unknown_where_every_cost_has_a_team(folder: Path, rules: Path) -> None:
    bill = write_focus(folder / "known.csv", charge("1", {"project": "web"}))

    line = refused("trace", "unknown", "--focus", str(bill), "--rules", str(rules))

    assert line == "no cost is unknown: every one has a team"


def test_a_trace_of_a_column_that_there_is_not(bill: Path, rules: Path) -> None:
    line = refused("trace", "ops", "--focus", str(bill), "--rules", str(rules), "--by", "month", "--only", "squad=x")

    assert line == (
        '--only "squad=x" must be COLUMN=VALUE, with month, day, service, account, region, charge_category, provider '
        "or tag:KEY"
    )


def test_a_trace_of_an_empty_month(bill: Path, rules: Path) -> None:
    line = refused("trace", "ops", "--focus", str(bill), "--rules", str(rules), "--month", "2026-01")

    assert line == "no costs in 2026-01; there are costs in 2026-05 to 2026-06"
