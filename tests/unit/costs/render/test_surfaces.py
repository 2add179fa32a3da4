"""Amounts of a report on every surface: whatever shows an amount shows the same number."""

from __future__ import annotations

import csv
import json
import random
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from taggov.costs import dashboard
from taggov.costs.dashboard.launch import command
from tests.support.command_line import taggov
from tests.support.focus import charge, write_focus
from tests.support.terminal_tables import Amounts, column, number, summed, tables, totals

TEAMS = ("shop", "search", "payments", "mobile", "identity", "logistics", "partners")
PROJECTS = ("web", "cart", "stock")
RULES = f"""
projects: {{web: shop, cart: shop, stock: shop}}
teams: {{{", ".join(f"{team}: {team}@example.com" for team in TEAMS)}}}
default_owner: finops@example.com
filters: {{services: {{exclude: [Support]}}}}
shared:
  network: {{split: even}}
  platform: {{split: proportional}}
"""
OTHER_RULES = RULES.replace("network: {split: even}", "network: {split: even, to: [shop, search, mobile]}")
MONTHS = ("2026-05", "2026-06", "2026-07")

Teams = tuple[Amounts, Amounts]


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """Costs of fractions of a cent, in three months and two currencies, with rules."""
    monkeypatch.chdir(tmp_path)
    rows, chance = [], random.Random(7)
    for month in MONTHS:
        for _ in range(160):
            tags = {"team": chance.choice([*TEAMS, *TEAMS, "network", "platform", "nobody"])}
            tags |= {"project": chance.choice(PROJECTS)} if tags["team"] == "shop" else {}
            service = chance.choice(["EC2", "S3", "Lambda", "RDS", "Support"])
            currency = chance.choice(["USD", "USD", "EUR"])
            day = f"{month}-{chance.randint(1, 28):02}T00:00:00Z"
            cost = f"{chance.uniform(-4, 90):.5f}"
            rows.append(charge(cost, tags, ServiceName=service, BillingCurrency=currency, ChargePeriodStart=day))
        for currency in ("USD", "EUR"):
            for day in ("01", "28"):
                its = {"BillingCurrency": currency, "ChargePeriodStart": f"{month}-{day}T00:00:00Z"}
                rows.append(charge("1.00001", {"team": "shop"}, **its))
    focus = write_focus(tmp_path / "bill.csv", *rows)
    Path("rules.yaml").write_text(RULES)
    Path("other.yaml").write_text(OTHER_RULES)
    return ("--focus", str(focus), "--rules", "rules.yaml")


def printed(*arguments: str) -> str:
    result = taggov("costs", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


class Page(HTMLParser):
    """The tables of a web page, and the bars of its charts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.bars: list[tuple[str, ...]] = []
        self._open: list[str] = []
        self._bar: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "li":
            self._bar = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "li" and "ol" in self._open:
            self.bars.append(tuple(self._bar))
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & {*self._open[-2:]}:
            self.tables[-1][-1][-1] += data
        elif self._open and self._open[-1] == "span":
            self._bar.append(data)


@pytest.fixture
def by_team(arguments: Sequence[str]) -> Teams:
    """Cost by team and currency, and the total of each currency, as `report --by team` prints them."""
    (table,) = tables(printed("report", "--by", "team", *arguments))
    return column(table, ("Team", "Currency"), "Cost"), totals(table, "Cost")


def test_rows_add_up_to_columns_and_columns_to_totals(arguments: Sequence[str], by_team: Teams) -> None:
    costs, whole = by_team
    (table,) = tables(printed("report", "--by", "team", *arguments))
    direct, shared = (column(table, ("Team", "Currency"), title) for title in ("Direct", "Shared"))

    assert {key: direct[key] + shared[key] for key in costs} == costs
    assert summed(costs, [1]) == whole


def test_exact_amounts_are_less_than_a_cent_away(arguments: Sequence[str], by_team: Teams) -> None:
    document = json.loads(printed("report", "--by", "team", "--json", *arguments))

    exact: Amounts = {(row["team"], row["currency"]): Decimal(row["cost"]) for row in document["allocations"]}
    assert exact.keys() == by_team[0].keys()
    assert all(abs(exact[key] - cost) < Decimal("0.01") for key, cost in by_team[0].items())
    assert any(cost != by_team[0][key] for key, cost in exact.items())
    printed("report", "--by", "team", "-o", "report.csv", *arguments)
    with Path("report.csv").open() as file:
        assert {(row["team"], row["currency"]): Decimal(row["cost"]) for row in csv.DictReader(file)} == exact
    for total in document["totals"]:
        assert round(Decimal(total["output"]), 2) == by_team[1][total["currency"],]


def test_the_summary_and_the_kpis(arguments: Sequence[str], by_team: Teams) -> None:
    (summary,) = tables(printed("report", *arguments))
    coverage, teams, owners, *_ = tables(printed("kpis", *arguments))
    of_owners = column(owners, ("Owner", "Currency"), "Cost")
    assert of_owners == {(_owner(team), currency): cost for (team, currency), cost in by_team[0].items()}

    assert column(summary, ("Team", "Currency"), "Cost") == by_team[0]
    assert totals(summary, "Cost") == by_team[1]
    assert column(teams, ("Team", "Currency"), "Cost") == by_team[0]
    net = column([row for row in coverage if row[0] in ("Of", "net")], ("Currency",), "Total")
    assert net == by_team[1]
    allocated = column([row for row in coverage if row[0] in ("Of", "net")], ("Currency",), "Allocated")
    assert {key: net[key] - cost for key, cost in allocated.items()} == {
        (currency,): by_team[0]["unknown", currency] for (currency,) in net
    }


def _owner(team: str) -> str:
    return f"{'finops' if team == 'unknown' else team}@example.com"


def test_months(arguments: Sequence[str], by_team: Teams) -> None:
    (table,) = tables(printed("report", "--by", "month,team", *arguments))
    (months,) = tables(printed("report", "--by", "month", *arguments))
    costs = column(table, ("Month", "Team", "Currency"), "Cost")

    assert summed(costs, [1, 2]) == by_team[0]
    assert summed(costs, [0, 2]) == column(months, ("Month", "Currency"), "Cost")
    changes = tables(printed("kpis", *arguments))[-1]
    for (month, team, currency), after in column(changes, ("Month", "Team", "Currency"), "After").items():
        before = MONTHS[MONTHS.index(month) - 1]
        assert after == costs.get((month, team, currency), 0)
        assert column(changes, ("Month", "Team", "Currency"), "Before")[month, team, currency] == costs.get(
            (before, team, currency), 0
        )


def test_the_source_before_any_rule(arguments: Sequence[str]) -> None:
    """Input, and what the rules leave out, are those of the proof."""
    focus = arguments[:2]
    (table,) = tables(printed("total", *focus))
    proofs = dict(re.findall(r"(\w+): input ([\d,.]+) =", printed("report", "--by", "team", *arguments)))
    (readings,) = tables(printed("reconcile", *focus))

    assert totals(table, "Cost") == {(currency,): number(amount) for currency, amount in proofs.items()}
    months = column(table, ("Month", "Currency"), "Cost")
    assert column(readings, ("Month", "Currency"), "A") == months
    (whole,) = tables(printed("report", "--by", "month", *focus))
    assert column(whole, ("Month", "Currency"), "Cost") == months


def test_a_web_page(arguments: Sequence[str], by_team: Teams) -> None:
    printed("report", "-o", "report.html", *arguments)
    page = Page(Path("report.html"))

    _, table = page.tables
    assert summed(column(table, ("Month", "Team", "Service", "Currency"), "Cost"), [1, 3]) == by_team[0]
    bars = [(name, number(amount)) for name, amount in page.bars]
    assert sorted(bars) == sorted((team, cost) for (team, _), cost in by_team[0].items())
    for row in page.tables[0][1:]:
        assert number(row[2]) == by_team[1][row[0],]


def test_a_workbook(arguments: Sequence[str], by_team: Teams) -> None:
    printed("report", "-o", "report.xlsx", *arguments)
    book = load_workbook("report.xlsx", data_only=True)
    (months,) = tables(printed("report", "--by", "month", *arguments))

    rows = list(book["Allocation"].iter_rows(values_only=True))
    header = [str(name) for name in rows[0]]
    listed = {
        tuple(map(str, row[:5])): Decimal(str(row[header.index("Cost")])) for row in rows[1:] if row[0] != "Total"
    }
    assert summed(listed, [1, 4]) == by_team[0]
    currency, by_month = "", {}
    found: Amounts = {}
    for name, *amounts, _, total in (row[:5] for row in book["By team"].iter_rows(values_only=True) if row[0]):
        text = str(name)
        if text.startswith("Cost by team in "):
            currency = text.split()[-1]
        elif text == "Total":
            by_month[currency] = [Decimal(str(amount)) for amount in amounts]
        elif text != "Team":
            found[text, currency] = Decimal(str(total))
    assert found == by_team[0]
    costs = column(months, ("Month", "Currency"), "Cost")
    assert {currency: amounts[0] for currency, amounts in by_month.items()} == {
        currency: costs[MONTHS[0], currency] for currency in by_month
    }
    summary = {row[0]: row[2] for row in book["Summary"].iter_rows(values_only=True) if row[0] in ("USD", "EUR")}
    assert {(currency,): Decimal(str(output)) for currency, output in summary.items()} == by_team[1]


def test_a_change_of_rules(arguments: Sequence[str], by_team: Teams) -> None:
    teams, moves, reasons = tables(printed("rules", "diff", "rules.yaml", "other.yaml", *arguments[:2]))
    (later,) = tables(printed("report", "--by", "team", *arguments[:2], "--rules", "other.yaml"))

    before, after, change = (column(teams, ("Team", "Currency"), title) for title in ("Before", "After", "Change"))
    assert before.items() <= by_team[0].items()
    assert after.items() <= column(later, ("Team", "Currency"), "Cost").items()
    assert {key: after[key] - before[key] for key in before} == change
    moved = column(moves, ("From", "To", "Currency"), "Cost")
    gained: Amounts = {}
    for (source, target, currency), cost in moved.items():
        gained[target, currency] = gained.get((target, currency), Decimal(0)) + cost
        gained[source, currency] = gained.get((source, currency), Decimal(0)) - cost
    assert gained == change
    assert len(reasons) > 1


def test_a_trace(arguments: Sequence[str], by_team: Teams) -> None:
    lines = printed("trace", "shop", *arguments).splitlines()

    heads = [line for line in lines if line.startswith("shop: ")]
    assert {("shop", line.split()[2]): number(line.split()[1]) for line in heads} == {
        key: cost for key, cost in by_team[0].items() if key[0] == "shop"
    }
    for currency in ("EUR", "USD"):
        start = next(place for place, line in enumerate(lines) if re.match(rf"shop: \S+ {currency}", line))
        end = next((place for place in range(start + 1, len(lines)) if lines[place].startswith("shop")), len(lines))
        parts = [number(line[4:]) for line in lines[start:end] if re.match(r"[├└]── ", line)]
        assert sum(parts) == by_team[0]["shop", currency]


def test_a_trace_by_service_has_the_amounts_of_the_report(arguments: Sequence[str]) -> None:
    for columns, by in (("team,service", "service"), ("month,team,service", "month,service")):
        (table,) = tables(printed("report", "--by", columns, *arguments))
        named = [one.capitalize() for one in columns.split(",")]
        costs = column(table, (*named, "Currency"), "Cost")
        for team in (*TEAMS, "unknown"):
            heads = re.findall(rf"^{team}, (.+): (\S+) ([A-Z]+)", printed("trace", team, "--by", by, *arguments), re.M)
            assert {(*values.split(", "), currency): number(cost) for values, cost, currency in heads} == {
                tuple(value for value in key if value != team): cost for key, cost in costs.items() if team in key
            }


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]) -> AppTest:
    """The dashboard over all months, in US dollars."""
    told = command([arguments[1]], Path("rules.yaml").absolute())
    monkeypatch.setattr(sys, "argv", ["app.py", *told[told.index("--") + 1 :]])
    shown = AppTest.from_file(str(Path(dashboard.__path__[0]) / "app.py"), default_timeout=60).run()
    shown.selectbox(key="period").set_value("Everything").run()
    assert not shown.exception
    return shown


def page(name: str, focus: str) -> AppTest:
    """Another page of the dashboard over the same costs."""

    def script(name: str, focus: str) -> None:
        from importlib import import_module
        from pathlib import Path

        from taggov.costs.dashboard.dataset import open_files
        from taggov.costs.dashboard.view import View
        from taggov.costs.options import Options
        from taggov.costs.periods import Period

        opened = open_files("costs", Options(focus=[focus], rules=Path("rules.yaml").absolute()))
        whole = Period(opened.months[-1].start, opened.months[0].end)
        section = import_module(f"taggov.costs.dashboard.sections.{name}")
        section.draw(View(opened, "bill.csv", whole, "BilledCost", "team", "USD"))

    shown = AppTest.from_function(script, default_timeout=60, kwargs={"name": name, "focus": focus}).run()
    assert not shown.exception
    return shown


def frame(app: AppTest, title: str) -> dict[str, Decimal]:
    """A column of a table of the dashboard by its first one."""
    for table in app.table:
        titles = [plain(name) for name in table.value.columns]
        if title in titles:
            names, costs = table.value.iloc[:, 0], table.value.iloc[:, titles.index(title)]
            return {plain(name): number(plain(cost)) for name, cost in zip(names, costs, strict=True)}
    raise AssertionError(f"no table has {title}")


def plain(text: Any) -> str:
    return str(text).replace("\\", "")


def test_the_dashboard(app: AppTest, by_team: Teams) -> None:
    metrics = {metric.label: number(metric.value) for metric in app.metric if "USD" in metric.value}
    assert metrics == {"Total": by_team[1]["USD",], "Without a team": by_team[0]["unknown", "USD"]}
    assert frame(app, "Cost, USD") == {
        team: cost for (team, currency), cost in by_team[0].items() if currency == "USD"
    } | {"all": by_team[1]["USD",]}


def test_the_months_of_the_dashboard(app: AppTest, arguments: Sequence[str]) -> None:
    (months,) = tables(printed("report", "--by", "month", *arguments))
    costs = column(months, ("Month", "Currency"), "Cost")

    by_month = next(table.value for table in app.table if plain(table.value.columns[0]) == "Month")
    assert {plain(month): number(plain(cost)) for month, cost in by_month.itertuples(index=False)} == {
        month: costs[month, "USD"] for month in MONTHS
    }


def test_coverage(arguments: Sequence[str], by_team: Teams) -> None:
    (covered, *_) = tables(printed("coverage", *arguments))
    shown = page("coverage", arguments[1])

    rows = {row[0]: [number(text) for text in row[2:4]] for row in covered if row[1] == "USD"}
    assert rows["net"] == [by_team[1]["USD",] - by_team[0]["unknown", "USD"], by_team[1]["USD",]]
    assert number(shown.metric[2].value) == by_team[0]["unknown", "USD"]
    names = {"net": "Net: with credits and adjustments", "Usage": "Usage"}
    for of, name in names.items():
        assert [frame(shown, title)[name] for title in ("Allocated", "Total")] == rows[of]


def test_the_other_pages_of_the_dashboard(arguments: Sequence[str], by_team: Teams) -> None:
    (table,) = tables(printed("report", "--by", "month,team", *arguments))
    costs = column(table, ("Month", "Team", "Currency"), "Cost")

    drilled, traced, listed = (page(name, arguments[1]) for name in ("drill_down", "split_trace", "report_table"))
    assert plain(drilled.header[0].value) == f"All teams: {by_team[1]['USD',]:,} USD"
    team, month = traced.selectbox(key="trace-team").value, traced.selectbox(key="trace-month").value
    assert plain(traced.header[0].value) == f"{team} has {costs[str(month), str(team), 'USD']:,} USD in {month}"
    grid = listed.dataframe[0].value
    found: Amounts = {}
    for name, currency, cost in grid[["Team", "Currency", "Cost"]].itertuples(index=False):
        found[name, currency] = found.get((name, currency), Decimal(0)) + Decimal(str(cost))
    assert found == by_team[0]
