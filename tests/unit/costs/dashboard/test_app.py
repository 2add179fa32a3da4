"""The app without a browser: what Cost Explorer says, and that files of the command line come first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from taggov.costs import dashboard, study
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


def test_rules_that_change_count_at_the_next_look(app: Callable[..., AppTest], costs: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("teams: {store: ana@example.com}", "utf-8")
    shown = app(costs, rules=rules).run()
    assert metrics_of(shown)["Of no team"] == "12.50 USD"

    rules.write_text("teams: {shop: ana@example.com}", "utf-8")

    assert metrics_of(shown.run())["Of no team"] == "0.00 USD"


def test_cost_explorer_is_not_asked_before_the_button_is_pressed(
    app: Callable[..., AppTest], costs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = Bill(Line(date(2026, 10, 3), "30", tags={"team": "shop"}))
    monkeypatch.setattr(study, "open_cost_explorer", lambda **given: bill.source(max_cost=given["max_cost"]))

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

    monkeypatch.setattr(study, "open_cost_explorer", denied)
    shown = app(costs).run()
    shown.radio(key="origin").set_value("AWS Cost Explorer").run()

    shown.button[0].click().run()

    (error,) = shown.error
    assert "AWS gave no costs" in error.value
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


def test_a_whole_of_credits_is_shown_without_shares(app: Callable[..., AppTest], tmp_path: Path) -> None:
    credits = write_focus(tmp_path / "credits.csv", charge("-5", ChargeCategory="Credit"))

    shown = app(credits).run()

    assert metrics_of(shown)["Total"] == "-5.00 USD"
    assert not shown.exception
