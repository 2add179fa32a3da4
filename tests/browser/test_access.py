"""With a keyboard only, on a telephone, without the internet."""

from __future__ import annotations

import re
from itertools import pairwise

from playwright.sync_api import Page, ViewportSize, expect

from tests.support.dashboard import Dashboard

_PAGES = ("Overview", "Drill-down", "Coverage", "Trace", "Unit costs", "Report")
_MOST_TABS = 60
_TELEPHONE = ViewportSize(width=390, height=844)

_FOCUSED = """() => {
  const focused = document.activeElement;
  const shown = focused.closest("label") ?? focused;
  const outlined = [focused, shown, focused.parentElement].some((it) => getComputedStyle(it).outlineStyle !== "none");
  return {name: focused.getAttribute("aria-label") ?? focused.innerText ?? "", outlined};
}"""

_NAMELESS = """elements => elements
  .filter(it => it.offsetParent && !it.getAttribute("aria-label") && !it.getAttribute("aria-labelledby")
    && !it.labels?.length && !it.innerText.trim() && !it.title)
  .map(it => it.outerHTML)"""

_LEVELS = "all => all.map(it => Number(it.tagName[1]))"

_OVERFLOW = """() => [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
  .map(it => it.scrollWidth - it.clientWidth)"""


def test_the_dashboard_talks_to_this_machine_only_and_logs_no_errors(dashboard: Dashboard, heard: list[str]) -> None:
    for name in _PAGES[1:]:
        dashboard.go_to(name)

    assert heard == []


def test_the_keyboard_alone_reaches_everything_and_its_place_is_seen(dashboard: Dashboard, page: Page) -> None:
    reached: dict[str, bool] = {}
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if not focused["name"] or focused["name"] in reached:
            continue
        reached[focused["name"].strip()] = focused["outlined"]

    wanted = {*_PAGES, "Period", "Group by", "Metric", "Currency", "By month"}
    assert wanted <= reached.keys()
    assert [name for name in wanted if not reached[name]] == []


def test_the_keyboard_alone_comes_from_the_overview_to_the_costs_of_a_team(dashboard: Dashboard, page: Page) -> None:
    page.get_by_role("link", name="Drill-down").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All teams")).to_be_visible()

    team = page.get_by_role("combobox", name="Team", exact=True)
    team.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("mobile")
    expect(page.get_by_role("option").first).to_have_text("mobile")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="mobile:")).to_be_visible()


def test_headings_are_in_order_and_all_that_can_be_used_has_a_name(dashboard: Dashboard, page: Page) -> None:
    for name in _PAGES:
        dashboard.go_to(name)

        levels = page.get_by_test_id("stMain").locator("h1, h2, h3, h4").evaluate_all(_LEVELS)
        assert levels[0] == 1, name
        assert all(after - before <= 1 for before, after in pairwise(levels)), name
        assert page.locator("input:not([type=file]), button, [role=combobox]").evaluate_all(_NAMELESS) == [], name


def test_every_chart_says_what_it_shows_and_where_its_numbers_are(dashboard: Dashboard, page: Page) -> None:
    charts = page.get_by_test_id("stPlotlyChart")
    expect(charts).to_have_count(3)

    for chart in charts.all():
        expect(chart.locator("xpath=descendant-or-self::*[@aria-label]").first).to_have_attribute(
            "aria-label", re.compile("The numbers are in the table that follows")
        )


def test_a_telephone_reaches_every_page_and_none_is_wider(dashboard: Dashboard, page: Page) -> None:
    page.set_viewport_size(_TELEPHONE)
    dashboard.open()

    assert page.evaluate(_OVERFLOW) == [0, 0]
    for name in _PAGES[1:]:
        dashboard.go_to_from_menu(name)
        assert page.evaluate(_OVERFLOW) == [0, 0], name
