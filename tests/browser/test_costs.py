"""Pages show the results of the engine."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import openpyxl
from playwright.sync_api import Locator, Page, expect

from cost_allocation.analysis.report import PROJECT, TEAM, Report, report
from cost_allocation.query import SERVICE
from taggov.costs.allocation_run import open_run
from taggov.costs.dashboard.labels import money
from taggov.costs.dashboard.ranking import Part, RoundedRows, rank_parts, total
from taggov.costs.options import Options
from taggov.costs.render.figures import round_totals, rounded_rows
from taggov.costs.sources.base import silent
from tests.support.dashboard import Dashboard


def sample(*columns: str, month: str = "2026-10", metric: str | None = None) -> Report:
    """The sample as the engine allocates it, without any dashboard."""
    run = open_run(Options(sample=True, month=month, metric=metric), lambda _: None, silent)
    (allocation,) = run.allocation(columns)
    return report(allocation, run.rules, columns)


def cost(found: Report, **values: str) -> Decimal:
    """The dollars of the rows that have the values, as every surface shows them."""
    return total(
        row.amounts.cost
        for row in rounded_rows(found, "USD")
        if all(row.values[found.columns.index(column)] == value for column, value in values.items())
    )


def shown_output(found: Report, currency: str = "USD") -> str:
    """The output of a currency, as every surface shows it."""
    return money(round_totals(found.totals[currency]).output, currency)


def largest(found: Report, column: str, currency: str) -> Part:
    """The first part of a column."""
    return rank_parts(RoundedRows(found.columns, rounded_rows(found, currency)), column)[0]


def test_the_sample_is_there_at_once_with_its_last_full_month(dashboard: Dashboard) -> None:
    expected = round_totals(sample(TEAM).totals["USD"])

    expect(dashboard.title).to_have_text("Costs by team, 2026-10")
    expect(dashboard.tile("Total")).to_have_text(money(expected.output, "USD"))
    expect(dashboard.tile("Without a team")).to_have_text(money(expected.unknown, "USD"))
    expect(dashboard.proof).to_contain_text(expected.proof)


def test_another_month_has_other_numbers(dashboard: Dashboard) -> None:
    dashboard.choose("Period", "2026-07")

    expect(dashboard.title).to_have_text("Costs by team, 2026-07")
    expect(dashboard.tile("Total")).to_have_text(shown_output(sample(TEAM, month="2026-07")))


def test_days_can_be_chosen_one_by_one(dashboard: Dashboard, page: Page) -> None:
    dashboard.choose("Period", "Other days")
    for label, day in (("First day", "05"), ("Last day", "11")):
        page.get_by_role("spinbutton", name=f"day, {label}").focus()
        page.keyboard.type(day)
        # Over the button of the calendar, out of the field.
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        dashboard.settled()

    run = open_run(Options(sample=True, start="2026-10-05", end="2026-10-12"), lambda _: None, silent)
    (allocation,) = run.allocation([TEAM])
    expect(dashboard.title).to_have_text("Costs by team, 2026-10-05 to 2026-10-11")
    expect(dashboard.tile("Total")).to_have_text(money(round_totals(allocation.totals["USD"]).output, "USD"))


def test_groups_metrics_and_currencies_can_be_changed(dashboard: Dashboard, page: Page) -> None:
    dashboard.choose("Group by", "Service")
    dashboard.choose("Metric", "EffectiveCost")
    dashboard.choose("Currency", "EUR")

    found = sample(SERVICE, metric="EffectiveCost")
    first = largest(found, SERVICE, "EUR")
    expect(dashboard.title).to_have_text("Costs by service, 2026-10")
    expect(dashboard.tile("Total")).to_have_text(shown_output(found, "EUR"))
    expect(page.get_by_role("heading", name=f"{first.name} has the largest share")).to_be_visible()
    expect(dashboard.tile("Total")).not_to_contain_text("USD")


def test_a_team_is_followed_down_to_a_service_and_back(dashboard: Dashboard, page: Page) -> None:
    found = sample(TEAM, PROJECT, SERVICE)
    service = next(row.values[2] for row in found.rows if row.values[:2] == ("payments", "payment-gateway")) or ""

    dashboard.go_to("Drill-down")
    dashboard.choose("Team", "payments")
    expect(_headline(page)).to_have_text(f"payments: {money(cost(found, team='payments'), 'USD')}")
    dashboard.choose("Project", "payment-gateway")
    amount = money(cost(found, team="payments", project="payment-gateway"), "USD")
    expect(_headline(page)).to_have_text(f"payments / payment-gateway: {amount}")
    dashboard.choose("Service", service)
    amount = money(cost(found, team="payments", project="payment-gateway", service=service), "USD")
    expect(_headline(page)).to_have_text(f"payments / payment-gateway / {service}: {amount}")

    page.get_by_role("button", name="All teams").click()

    expect(_headline(page)).to_have_text(f"All teams: {shown_output(found)}")


def test_a_click_on_a_bar_follows_it(dashboard: Dashboard, page: Page) -> None:
    first = largest(sample(TEAM), TEAM, "USD")
    dashboard.go_to("Drill-down")
    expect(_headline(page)).to_contain_text("All teams: ")

    bar = page.locator(".barlayer .point path").first
    expect(bar).to_be_visible()
    bar.click(force=True)  # Plotly listens on a layer above its bars.

    expect(_headline(page)).to_have_text(f"{first.name}: {money(first.cost, 'USD')}")


def test_a_trace_adds_up_to_the_amount_of_the_team(dashboard: Dashboard, page: Page) -> None:
    amount = cost(sample(TEAM, SERVICE), team="payments")

    dashboard.go_to("Trace")
    dashboard.choose("Team", "payments")

    expect(_headline(page)).to_have_text(f"payments has {money(amount, 'USD')} in 2026-10")
    expect(page.get_by_text(f"from shared pools = {amount:,}; it adds up to the last digit")).to_be_visible()


def test_the_trend_can_be_seen_by_day(dashboard: Dashboard, page: Page) -> None:
    page.get_by_role("radio", name="By day").click()

    expect(page.get_by_role("heading", name="Costs by day, 2026-10-01 to 2026-10-31")).to_be_visible()


def test_coverage_names_what_has_no_team_and_rules_that_would_help(dashboard: Dashboard, page: Page) -> None:
    unknown = money(round_totals(sample(TEAM).totals["USD"]).unknown, "USD")

    dashboard.go_to("Coverage")

    expect(page.get_by_role("heading", name=f"{unknown} have no team")).to_be_visible()
    expect(page.get_by_role("heading", name="rules would find a team")).to_be_visible()
    expect(page.get_by_text("accounts: {").first).to_be_visible()


def test_units_have_a_price_where_the_business_is_measured(dashboard: Dashboard, page: Page) -> None:
    dashboard.go_to("Unit costs")

    expect(page.get_by_role("heading", name="for each of")).to_be_visible()


def test_a_csv_holds_every_digit_of_the_amounts(dashboard: Dashboard, page: Page, tmp_path: Path) -> None:
    dashboard.go_to("Report")

    with _downloaded(page, "CSV, every digit", tmp_path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    for currency, expected in sample(TEAM).totals.items():
        assert total(Decimal(row["cost"]) for row in rows if row["currency"] == currency) == expected.output


def test_a_workbook_holds_the_amounts_as_numbers_and_names_no_place_of_this_machine(
    dashboard: Dashboard, page: Page, tmp_path: Path
) -> None:
    dashboard.go_to("Report")

    workbook = openpyxl.load_workbook(_downloaded(page, "Excel, with a chart", tmp_path), read_only=True)

    titles, *rows = workbook["Allocation"].iter_rows(values_only=True)
    lines = [dict(zip(titles, row, strict=True)) for row in rows]
    for currency, expected in sample(TEAM).totals.items():
        amounts = [Decimal(str(line["Cost"])) for line in lines if line["Currency"] == currency and line["Team"]]
        assert total(amounts) == round_totals(expected).output
    assert ("Source", "the sample of a fictional company") in [
        row[:2] for row in workbook["Summary"].iter_rows(values_only=True)
    ]


def _downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def _headline(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading", level=2).first
