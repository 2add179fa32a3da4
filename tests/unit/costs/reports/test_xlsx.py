"""Excel workbooks."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from cost_allocation.analysis.report import Report
from taggov.costs.render.labels import About
from taggov.costs.reports import xlsx
from taggov.costs.reports.atomic import OutputError
from tests.support.allocated import JUNE, bill, charge, reported, two_currencies

ABOUT = About("2026-05-01 to 2026-06-30", "allocation_rules.yaml")


def written(report: Report, path: Path, values: bool = True) -> Workbook:
    """The workbook as a reader that does not calculate sees it, or its formulas."""
    xlsx.write_xlsx(report, ABOUT, path)
    return load_workbook(path, data_only=values)


def cells(sheet: Worksheet) -> list[tuple[object, ...]]:
    return [row for row in sheet.iter_rows(values_only=True) if any(value is not None for value in row)]


def test_the_summary_says_what_the_report_is_and_proves_it(tmp_path: Path) -> None:
    book = written(reported(two_currencies(), "month", "team"), tmp_path / "report.xlsx")

    rows = cells(book["Summary"])
    assert rows[1:6] == [
        ("Period", "2026-05-01 to 2026-06-30", None, None, None, None),
        ("Metric", "BilledCost", None, None, None, None),
        ("Source", "bill.csv", None, None, None, None),
        ("Rules", "allocation_rules.yaml", None, None, None, None),
        ("Estimated, may still change", "2026-06", None, None, None, None),
    ]
    assert ("USD", 210.84, 200.85, 9.99, -2.61, 6) in rows
    first = [row[0] for row in rows]
    assert "USD: input 210.84 = output 200.85 + excluded 9.99, equal to the last digit" in first
    assert "tag team is not activated" in first
    assert any("CSV, JSON and Parquet" in str(text) for text in first)


def test_the_allocation_has_every_row_and_a_total_for_each_currency(tmp_path: Path) -> None:
    report = reported(two_currencies(), "month", "team", "owner")

    sheet = written(report, tmp_path / "report.xlsx")["Allocation"]

    header, *rows = cells(sheet)
    assert header == ("Month", "Team", "Owner", "Currency", "Direct cost", "Shared cost", "Cost")
    assert [(row[0], *row[1:3]) for row in rows[: len(report.rows)]] == [
        (datetime.fromisoformat(f"{month}-01"), *rest) for month, *rest in (row.values for row in report.rows)
    ]
    assert (datetime(2026, 5, 1), "dev", "ana@example.com", "USD", 100, 16.67, 116.67) in rows
    assert rows[len(report.rows) :] == [
        ("Total", "", "", "JPY", 1500, 11, 1511),
        ("Total", "", "", "USD", 167.52, 33.33, 200.85),
    ]


def test_months_and_days_are_dates_that_look_like_those_of_other_reports(tmp_path: Path) -> None:
    for column, pattern in (("month", "yyyy-mm"), ("day", "yyyy-mm-dd")):
        book = written(reported(two_currencies(), column, "team"), tmp_path / "report.xlsx")

        in_rows, in_header = book["Allocation"]["A2"], book["By team"]["B2"]
        assert (in_rows.is_date, in_rows.number_format) == (True, pattern)
        assert (in_header.is_date, in_header.number_format) == (True, pattern)


def test_the_allocation_is_ready_to_work_with(tmp_path: Path) -> None:
    report = reported(two_currencies(), "month", "team")

    sheet = written(report, tmp_path / "report.xlsx")["Allocation"]

    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:F{len(report.rows) + 1}"
    formats = {row[2].value: row[5].number_format for row in sheet.iter_rows(min_row=2) if row[2].value}
    assert formats == {"USD": "#,##0.00", "JPY": "#,##0"}


def test_totals_are_formulas_over_the_rows_of_their_currency(tmp_path: Path) -> None:
    report = reported(two_currencies(), "team")
    last = len(report.rows) + 1

    sheet = written(report, tmp_path / "report.xlsx", values=False)["Allocation"]

    assert sheet.cell(last + 1, 5).value == f"=SUMPRODUCT(($B$2:$B${last}=$B{last + 1})*$E$2:$E${last})"


def test_months_stand_against_teams_with_a_stacked_chart_for_each_currency(tmp_path: Path) -> None:
    table = bill(charge("10", "web"), charge("4", "api", JUNE), charge("7", "web", currency="EUR"))

    sheet = written(reported(table, "month", "team"), tmp_path / "report.xlsx")["By team"]

    rows = [row[:4] for row in cells(sheet)]
    assert rows == [
        ("Cost by team in EUR", None, None, None),
        ("Team", datetime(2026, 5, 1), "Total", None),
        ("dev", 7, 7, None),
        ("Total", 7, 7, None),
        ("Cost by team in USD", None, None, None),
        ("Team", datetime(2026, 5, 1), datetime(2026, 6, 1), "Total"),
        ("dev", 10, 0, 10),
        ("ops", 0, 4, 4),
        ("Total", 10, 4, 14),
    ]
    with ZipFile(tmp_path / "report.xlsx") as parts:
        charts = {name: parts.read(name).decode() for name in parts.namelist() if re.search(r"charts/chart\d", name)}
    assert len(charts) == 2
    stacked = next(chart for chart in charts.values() if 'grouping val="stacked"' in chart)
    assert "<c:f>'By team'!$B$27:$C$27</c:f>" in stacked
    assert "Cost by team in USD" in stacked


def test_a_chart_of_many_teams_leaves_nothing_out(tmp_path: Path) -> None:
    charges = [
        charge(str(100 - index), period=period, region=f"r{index:02}") for index in range(30) for period in (JUNE,)
    ]
    report = reported(bill(*charges, charge("1", region="r00")), "month", "region")

    sheet = written(report, tmp_path / "report.xlsx")["By region"]

    *_, total, others = cells(sheet)
    named = [row for row in cells(sheet)[2:] if str(row[0]).startswith("r")]
    assert len(named) == 30
    assert others[0] == "20 others"
    with ZipFile(tmp_path / "report.xlsx") as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert chart.count("<c:ser>") == 11
    assert "<c:f>'By region'!$A$34</c:f>" in chart
    assert sum(row[3] for row in named[:10]) + others[2] + others[1] == total[3]  # type: ignore[misc, operator]


def test_without_periods_each_team_has_a_bar(tmp_path: Path) -> None:
    written(reported(two_currencies(), "team"), tmp_path / "report.xlsx")

    with ZipFile(tmp_path / "report.xlsx") as parts:
        chart = parts.read("xl/charts/chart2.xml").decode()
    assert '<c:barDir val="bar"/>' in chart
    assert chart.count("<c:ser>") == 1


@pytest.mark.parametrize("hostile", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "http://example.com", "{=1}"])
def test_texts_stay_texts(tmp_path: Path, hostile: str) -> None:
    table = bill(charge("1", "web", environment=hostile), warnings=(hostile,))

    book = written(reported(table, "environment"), tmp_path / "report.xlsx", values=False)

    for name in ("Allocation", "By environment", "Summary"):
        found = [cell for row in book[name].iter_rows() for cell in row if cell.value == hostile]
        assert found
        assert all(cell.data_type == "s" and cell.hyperlink is None for cell in found)


def test_control_characters_and_endless_texts_do_not_break_the_file(tmp_path: Path) -> None:
    table = bill(charge("1", "web", environment="a\x00\x1b\ufffeb"), charge("2", "web", environment="x" * 40_000))

    sheet = written(reported(table, "environment"), tmp_path / "report.xlsx")["Allocation"]

    assert len(str(sheet["A2"].value)) == 32_767


def test_any_tag_key_can_name_a_sheet(tmp_path: Path) -> None:
    table = bill(charge("1", "web"))
    report = reported(table, "tag:project")
    named = Report(("tag:a/b:[c]?*'" + "d" * 40,), *[getattr(report, name) for name in Report.__slots__[1:]])

    book = written(named, tmp_path / "report.xlsx")

    assert len(book.sheetnames) == 3


def test_a_report_of_nothing_is_a_workbook_too(tmp_path: Path) -> None:
    book = written(reported(bill(), "month", "team"), tmp_path / "report.xlsx")

    assert book.sheetnames == ["Summary", "Allocation", "By cost"]
    assert cells(book["Allocation"]) == [("Month", "Team", "Currency", "Direct cost", "Shared cost", "Cost")]


def test_the_same_report_makes_the_same_file(tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        book = written(reported(two_currencies(), "month", "team"), tmp_path / name)
        assert book.properties.created == xlsx.WRITTEN

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_report_longer_than_a_sheet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)

    with pytest.raises(OutputError, match="write CSV or Parquet"):
        written(reported(two_currencies(), "team"), tmp_path / "report.xlsx")


def test_a_failure_half_way_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.xlsx"
    target.write_text("old")
    monkeypatch.setattr(xlsx, "write_breakdown", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        written(reported(two_currencies(), "team"), target)

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
