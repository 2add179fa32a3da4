"""The app without a browser: what Cost Explorer says, and that files of the command line come first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Metric
from streamlit.util import calc_hash

from taggov.costs import allocation_run, dashboard
from taggov.costs.dashboard.launch import command
from taggov.costs.sources.base import SourceError
from tests.support.cost_explorer import Bill, Line
from tests.support.focus import charge, write_focus

_SECONDS = 60


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., AppTest]:
    """Starts the app with what the command line names."""
    monkeypatch.chdir(tmp_path)

    def start(*paths: Path, rules: Path | None = None) -> AppTest:
        told = command([str(path) for path in paths], rules)
        monkeypatch.setattr(sys, "argv", ["app.py", *told[told.index("--") + 1 :]])
        return AppTest.from_file(str(Path(dashboard.__path__[0]) / "app.py"), default_timeout=_SECONDS)

    return start


@pytest.fixture
def costs(tmp_path: Path) -> Path:
    return write_focus(tmp_path / "costs.csv", charge("12.5", {"team": "shop"}))


def metrics_of(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_files_of_the_command_line_come_first(app: Callable[..., AppTest], costs: Path) -> None:
    shown = app(costs).run()

    assert shown.radio(key="origin").value == "Files of the command line"
    assert metrics_of(shown)["Total"] == "12.50 USD"
    assert not shown.exception


def test_notes_in_the_code_are_not_drawn(app: Callable[..., AppTest], costs: Path) -> None:
    """Streamlit renders docstrings of constants in the script of an app."""
    shown = app(costs).run()

    assert [its.value[:2] for its in shown.markdown] == ["- "], "there are other texts than the warning"


def test_rules_that_change_count_at_the_next_look(app: Callable[..., AppTest], costs: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("teams: {store: ana@example.com}", "utf-8")
    shown = app(costs, rules=rules).run()
    assert metrics_of(shown)["Without a team"] == "12.50 USD"

    rules.write_text("teams: {shop: ana@example.com}", "utf-8")

    assert metrics_of(shown.run())["Without a team"] == "0.00 USD"


def test_cost_explorer_is_not_asked_before_the_button_is_pressed(
    app: Callable[..., AppTest], costs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = Bill(Line(date(2026, 10, 3), "30", tags={"team": "shop"}))
    monkeypatch.setattr(allocation_run, "open_cost_explorer", lambda **given: bill.source(max_cost=given["max_cost"]))

    shown = app(costs).run()
    shown.radio(key="origin").set_value("AWS Cost Explorer").run()

    assert bill.requests == []
    assert any("At least **0.03 USD**" in text.value for text in shown.markdown)
    shown.button[0].click().run()
    assert metrics_of(shown)["Total"] == "30.00 USD"
    paid = len(bill.requests)
    shown.selectbox(key="group").set_value("account").run()
    assert len(bill.requests) == paid > 0


def test_a_limit_below_the_price_leaves_no_button_to_press(app: Callable[..., AppTest], costs: Path) -> None:
    shown = app(costs).run()
    shown.radio(key="origin").set_value("AWS Cost Explorer").run()

    shown.number_input(key="most").set_value(0.02).run()

    assert shown.button[0].disabled


def test_access_denied_says_what_is_missing_and_what_works_without(
    app: Callable[..., AppTest], costs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: object) -> object:
        raise SourceError("Cost Explorer: access denied: the caller needs the IAM action ce:GetCostAndUsage")

    monkeypatch.setattr(allocation_run, "open_cost_explorer", denied)
    shown = app(costs).run()
    shown.radio(key="origin").set_value("AWS Cost Explorer").run()

    shown.button[0].click().run()

    (error,) = shown.error
    assert "AWS returned no costs" in error.value
    assert "access denied" in error.value
    assert "sample data" in error.value
    assert not shown.exception


def test_costs_of_two_currencies_are_never_added_up(app: Callable[..., AppTest], tmp_path: Path) -> None:
    both = write_focus(tmp_path / "both.csv", charge("10"), charge("1"), charge("7", BillingCurrency="EUR"))

    shown = app(both).run()

    assert shown.selectbox(key="currency").options == ["USD", "EUR"]
    assert metrics_of(shown)["Total"] == "11.00 USD"
    shown.selectbox(key="currency").set_value("EUR").run()
    assert metrics_of(shown)["Total"] == "7.00 EUR"


def test_every_currency_is_above_the_pickers(app: Callable[..., AppTest], tmp_path: Path) -> None:
    both = write_focus(tmp_path / "both.csv", charge("10"), charge("7", BillingCurrency="EUR"))

    shown = app(both).run()

    assert "**7.00 EUR** · **10.00 USD** in 2 currencies" in [plain(text.value) for text in shown.markdown]


def test_many_warnings_are_one_folded_box(app: Callable[..., AppTest], costs: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        f"teams: {{shop: ana@example.com, {', '.join(f't{place}: b@example.com' for place in range(40))}}}"
    )

    shown = app(costs, rules=rules).run()

    (box,) = [one for one in shown.expander if "warning" in one.label]
    told = box.markdown[0].value.splitlines()
    assert box.label == f"{len(told)} warnings"
    assert len(told) >= 40
    assert not box.proto.expanded
    assert not shown.warning


def go_to(shown: AppTest, path: str) -> AppTest:
    """Another page: `AppTest.switch_page` knows only those that are files of their own."""
    shown._page_hash = calc_hash(path)
    return shown.run()


def plain(text: str) -> str:
    """Markdown as it is read."""
    return text.replace("\\", "")


def pickers(shown: AppTest) -> set[str]:
    return {"Period", "Metric", "Group by", "Currency"} & {box.label for box in shown.selectbox}


@pytest.mark.parametrize(
    ("path", "title", "there"),
    [
        ("drill-down", "Drill-down, 2026-05", {"Currency"}),
        ("coverage", "Coverage, 2026-05", {"Currency"}),
        ("trace", "Trace, 2026-05", {"Currency"}),
        ("unit-costs", "Unit costs, 2026-05", {"Currency"}),
        ("report", "Report, 2026-05", set()),
    ],
)
def test_a_page_has_its_own_heading_and_no_picker_that_it_does_not_obey(
    app: Callable[..., AppTest], costs: Path, path: str, title: str, there: set[str]
) -> None:
    shown = app(costs).run()
    assert plain(shown.title[0].value) == "Costs by team, 2026-05"
    assert pickers(shown) == {"Period", "Metric", "Group by", "Currency"}
    shown.selectbox(key="group").set_value("service").run()

    assert plain(go_to(shown, path).title[0].value) == title
    assert pickers(shown) == {"Period", "Metric"} | there
    assert not shown.exception

    # What was chosen is still chosen when somebody comes back.
    assert go_to(shown, "overview").selectbox(key="group").value == "service"


def days(*costs: tuple[str, str]) -> Iterator[dict[str, str]]:
    return (charge(cost, {"team": "shop"}, ChargePeriodStart=f"{day}T00:00:00Z") for day, cost in costs)


def total_of(shown: AppTest) -> Metric:
    return next(metric for metric in shown.metric if metric.label == "Total")


def test_a_month_that_is_not_over_is_compared_with_the_same_days(app: Callable[..., AppTest], tmp_path: Path) -> None:
    costs = days(
        ("2026-04-01", "8"), ("2026-04-10", "2"), ("2026-04-30", "90"), ("2026-05-01", "5"), ("2026-05-10", "7")
    )
    shown = app(write_focus(tmp_path / "costs.csv", *costs)).run()

    shown.selectbox(key="period").set_value("2026-05").run()

    assert total_of(shown).delta == "+2.00 USD (20.0\N{NO-BREAK SPACE}%)"
    assert total_of(shown).proto.delta_description == "from 2026-04, days 1 to 10 of both"
    # No sentence about April and the ten days of May, but a word about them.
    assert "Costs by month" in [header.value for header in shown.header]
    assert any("so not compared: 2026-05" in caption.value for caption in shown.caption)
    assert not any("changed most" in header.value for header in shown.header)


def test_whole_months_are_compared(app: Callable[..., AppTest], tmp_path: Path) -> None:
    costs = days(("2026-03-01", "4"), ("2026-04-01", "5"), ("2026-05-31", "6"), ("2026-06-02", "1"))
    shown = app(write_focus(tmp_path / "costs.csv", *costs)).run()

    assert plain(shown.title[0].value) == "Costs by team, 2026-05"
    assert (total_of(shown).delta, total_of(shown).proto.delta_description) == (
        "+1.00 USD (20.0\N{NO-BREAK SPACE}%)",
        "from 2026-04",
    )
    headers = [header.value for header in shown.header]
    assert "Costs rose by 50.0\N{NO-BREAK SPACE}% from 2026-03 to 2026-05" in headers


def test_a_day_is_never_compared_with_another(app: Callable[..., AppTest], tmp_path: Path) -> None:
    costs = days(("2026-05-01", "4"), ("2026-05-31", "6"))
    shown = app(write_focus(tmp_path / "costs.csv", *costs)).run()

    shown.button_group(key="trend-2").select("By day").run()

    headers = [header.value for header in shown.header]
    assert "Costs by day, 2026-05-01 to 2026-05-31" in headers
    assert not any("rose" in header or "fell" in header for header in headers)


def test_one_month_has_the_same_amounts_alone_and_beside_others(app: Callable[..., AppTest], tmp_path: Path) -> None:
    # Of three thirds, largest remainder raises one when they are rounded together.
    costs = days(("2026-03-01", "0.333"), ("2026-04-01", "1.333"), ("2026-05-31", "1.334"))
    shown = app(write_focus(tmp_path / "costs.csv", *costs)).run()

    months = next(table.value for table in shown.table if table.value.columns[0] == "Month")
    for month, cost in months.itertuples(index=False):
        shown.selectbox(key="period").set_value(plain(month)).run()
        assert total_of(shown).value == f"{plain(cost)} USD"


def test_a_whole_of_credits_is_shown_without_shares(app: Callable[..., AppTest], tmp_path: Path) -> None:
    credits = write_focus(tmp_path / "credits.csv", charge("-5", ChargeCategory="Credit"))

    shown = app(credits).run()

    assert metrics_of(shown)["Total"] == "-5.00 USD"
    assert not shown.exception
