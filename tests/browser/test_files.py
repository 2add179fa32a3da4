"""Files of one's own: good ones, bad ones, and rules for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.dashboard import Dashboard
from tests.support.focus import charge, write_focus

_RULES = """
projects: {shop: storefront}
teams: {storefront: ana@example.com}
"""


@pytest.fixture
def own(dashboard: Dashboard, page: Page) -> Dashboard:
    """The dashboard, asked to show files."""
    dashboard.show("My FOCUS files")
    expect(page.get_by_role("heading", name="No file yet")).to_be_visible()
    return dashboard


def upload(page: Page, label: str, *files: Path) -> None:
    page.get_by_label(label, exact=True).locator("input[type=file]").set_input_files(files)


def test_several_files_are_one_source(own: Dashboard, page: Page, tmp_path: Path) -> None:
    first = write_focus(tmp_path / "first.csv", charge("10.25", {"project": "shop"}))
    second = write_focus(tmp_path / "second.csv", charge("2.50", {"project": "lab"}))

    upload(page, "FOCUS files", first, second)

    expect(own.title).to_have_text("Costs by team, 2026-05")
    expect(own.tile("Total")).to_have_text("12.75 USD")
    expect(page.get_by_text("and 1 more file")).to_be_visible()


def test_rules_give_uploaded_costs_to_teams(own: Dashboard, page: Page, tmp_path: Path) -> None:
    upload(page, "FOCUS files", write_focus(tmp_path / "costs.csv", charge("10.25", {"project": "shop"})))
    rules = tmp_path / "allocation_rules.yaml"
    rules.write_text(_RULES, "utf-8")

    upload(page, "Allocation rules", rules)

    expect(page.get_by_role("heading", name="storefront has the largest share: 100.0")).to_be_visible()


def test_a_file_without_a_column_is_one_clear_line_and_the_sample_still_works(
    own: Dashboard, page: Page, tmp_path: Path
) -> None:
    row = charge("1")
    del row["BilledCost"]

    upload(page, "FOCUS files", write_focus(tmp_path / "costs.csv", row))

    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("costs.csv")
    expect(alert).to_contain_text("BilledCost")
    expect(alert).not_to_contain_text("Traceback")
    expect(alert).not_to_contain_text("/")
    own.show("Sample data")
    expect(own.title).to_have_text("Costs by team, 2026-10")


def test_empty_files_are_one_clear_line(own: Dashboard, page: Page, tmp_path: Path) -> None:
    for name in ("empty.csv", "empty.parquet"):
        file = tmp_path / name
        file.touch()
        upload(page, "FOCUS files", file)

        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(f"{name}: the file is empty")
        expect(alert).to_have_count(1)
        page.get_by_role("button", name=f"Remove {name}").click()
        expect(page.get_by_role("heading", name="No file yet")).to_be_visible()


def test_a_file_without_rows_is_no_error(own: Dashboard, page: Page, tmp_path: Path) -> None:
    upload(page, "FOCUS files", write_focus(tmp_path / "header.csv"))

    expect(page.get_by_role("heading", name="There are no costs to show")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_rules_with_a_mistake_are_told_with_their_line(dashboard: Dashboard, page: Page, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("teams: {shop: ana}\nshared: {net: {to: {shop: 0.4}}}\n", "utf-8")

    upload(page, "Allocation rules", rules)

    expect(page.get_by_role("alert")).to_contain_text("rules.yaml, line 2: shared.net.to: the weights add up to 0.4")


def test_texts_in_files_are_shown_as_they_are(own: Dashboard, page: Page, tmp_path: Path) -> None:
    name = "**$x$** <b>[a](b)</b>"

    upload(page, "FOCUS files", write_focus(tmp_path / "costs.csv", charge("1", {"team": "t"}, ServiceName=name)))
    own.choose("Group by", "Service")

    expect(page.get_by_role("heading", name=f"{name} has the largest share")).to_be_visible()
    bars = page.get_by_role("figure", name="Bars of costs by service")
    expect(bars.locator(".ytick text")).to_have_text(name)


def test_cost_explorer_says_its_price_before_it_is_asked_and_what_is_missing_after(
    dashboard: Dashboard, page: Page
) -> None:
    dashboard.show("AWS Cost Explorer")
    expect(page.get_by_role("heading", name="Cost Explorer has not been queried yet")).to_be_visible()
    expect(page.get_by_text("At least 0.03 USD")).to_be_visible()

    page.get_by_role("button", name="Query and pay").click()

    alert = page.get_by_role("alert").filter(has_text="AWS returned no costs")
    expect(alert).to_contain_text("no AWS credentials found")
    expect(page.get_by_text("What Cost Explorer needs")).to_be_visible()
