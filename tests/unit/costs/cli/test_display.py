"""Looks of answers: amounts and months, one screen, no broken word, the same warnings everywhere."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cost_allocation.model import CostTable
from cost_allocation.query import CostQuery
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.command_line import asked, shown, taggov
from tests.support.focus import charge, write_focus


def test_a_diff_names_the_split_that_changed(bill: Path, rules: Path, folder: Path) -> None:
    (folder / "new.yaml").write_text(rules.read_text().replace("{dev: 0.5, ops: 0.5}", "{dev: 0.25, ops: 0.75}"))

    (reason,) = asked("rules", "diff", str(rules), "new.yaml", "--focus", str(bill))["rules"]

    assert (reason["before"], reason["after"], reason["cost"]) == (
        "shared.shared (fixed): dev 1/2, ops 1/2",
        "shared.shared (fixed): dev 1/4, ops 3/4",
        "40",
    )


def test_the_most_expensive_unknown_costs_are_counted_in_each_currency(folder: Path, rules: Path) -> None:
    costs = [
        charge(f"{cost}", None, SubAccountId=account, BillingCurrency=currency)
        for currency in ("EUR", "USD")
        for account, cost in (("1", 5), ("2", 7), ("3", 6))
    ]
    bill = write_focus(folder / "two.csv", *costs)

    found = asked("coverage", "--top", "2", "--focus", str(bill), "--rules", str(rules))["untagged"]

    assert [(one["currency"], one["account"]) for one in found] == [
        ("EUR", "2"),
        ("EUR", "3"),
        ("USD", "2"),
        ("USD", "3"),
    ]


def test_the_period_of_whole_files_is_their_first_and_last_month(bill: Path) -> None:
    document = asked("total", "--focus", str(bill))

    assert (document["start"], document["end"]) == ("2026-05-01", "2026-07-01")
    assert shown("total", "--focus", bill.name).splitlines()[0] == "BilledCost, 2026-05 to 2026-06, from bill.csv"


def test_the_sample_has_a_name(folder: Path) -> None:
    report = asked("report", "--sample", "--by", "team")

    assert report["source"] == "the sample of a fictional company"
    assert str(folder) not in shown("reconcile", "--sample")
    assert str(folder) not in shown("trace", "marketing", "--sample", "--month", "2026-06", "--rows", "1")


def test_the_verdict_stands_first_and_fits_a_narrow_terminal(bill: Path) -> None:
    lines = taggov("costs", "reconcile", "--sample", width=80).stdout.splitlines()

    assert lines[0].startswith("agree: 12 monthly totals, none differs by more than 0.01")
    assert max(map(len, lines)) <= 80
    assert any(line.split() == ["2026-05", "USD", "684,294.54", "684,294.54", "0"] for line in lines)


def test_readings_that_differ_are_named_first(bill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = FocusFiles.fetch

    def short(self: FocusFiles, query: CostQuery) -> CostTable:
        """June loses its last row as soon as costs are grouped."""
        table = fetch(self, query)
        return replace(table, rows=table.rows[:-1]) if query.dimensions else table

    monkeypatch.setattr(FocusFiles, "fetch", short)
    result = taggov("costs", "reconcile", "--focus", str(bill))

    assert result.exit_code == 3
    assert result.stdout.splitlines()[0] == "DIFFER: 1 of 2 monthly totals by more than 0.01"
    assert [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("2026")] == ["0", "DIFFERS"]


def test_kpis_have_one_proof(bill: Path, rules: Path) -> None:
    printed = shown("kpis", "--focus", str(bill), "--rules", str(rules))

    assert printed.count("equal to the last digit") == 1


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("command", [["coverage"], ["kpis"], ["report"], ["report", "--by", "team,service,month"]])
def test_no_table_breaks_a_word(command: list[str], width: int) -> None:
    whole = _words_of_a_wide_table(*command)
    printed = taggov("costs", *command, "--sample", width=width).stdout

    assert max(map(len, printed.splitlines())) <= width
    assert "\N{HORIZONTAL ELLIPSIS}" not in printed
    short = {word for word in printed.split() if len(word) < 24 and word.isalpha()}
    assert short - whole <= {"too", "narrow", "for", "Drivers", "Direct", "Shared"} | _titles(printed)


@cache
def _words_of_a_wide_table(*command: str) -> frozenset[str]:
    return frozenset(taggov("costs", *command, "--sample", width=400).stdout.split())


def _titles(printed: str) -> set[str]:
    """Titles of values that stand below each other."""
    return {line.partition(":")[0] for line in printed.splitlines() if ":" in line}


def test_a_report_fits_one_screen_and_says_where_more_is(folder: Path) -> None:
    lines = taggov("costs", "report", "--sample", width=80).stdout.splitlines()

    assert len(lines) < 45
    assert lines[0] == "BilledCost, 2026-05 to 2026-10, from the sample of a fictional company"
    assert lines[1].split() == ["Team", "Owner", "Currency", "Cost", "Change", "Share"]
    assert "change: 2026-10 against 2026-09" in lines
    assert any("--by month,team,service" in line for line in lines)


def test_changes_compare_whole_months(folder: Path, rules: Path) -> None:
    """Compare May with April: June has two days only."""
    costs = [
        charge(cost, {"project": "web"}, ChargePeriodStart=f"{day}T00:00:00Z")
        for cost, day in (
            ("10", "2026-04-01"),
            ("10", "2026-04-30"),
            ("12", "2026-05-01"),
            ("12.5", "2026-05-30"),
            ("1", "2026-06-01"),
            ("1", "2026-06-02"),
        )
    ]
    bill = write_focus(folder / "days.csv", *costs)

    printed = shown("report", "--focus", str(bill), "--rules", str(rules))
    june = shown("report", "--focus", str(bill), "--rules", str(rules), "--month", "2026-06")
    may = shown("report", "--focus", str(bill), "--rules", str(rules), "--month", "2026-05")

    assert "change: 2026-05 against 2026-04" in printed
    assert "+4.50" in printed
    assert "change:" not in june
    assert "change: 2026-05 against 2026-04" in may


def test_many_teams_share_a_line(folder: Path) -> None:
    costs = [charge(f"{100 - index}", {"team": f"t{index:02}"}) for index in range(40)]
    bill = write_focus(folder / "teams.csv", *costs, charge("1"))
    (folder / "teams.yaml").write_text(f"teams: {{{', '.join(f't{index:02}: ana' for index in range(40))}}}")

    lines = shown("report", "--focus", str(bill), "--rules", "teams.yaml").splitlines()

    rows = [line.split() for line in lines if " USD " in line]
    assert [row[0] for row in rows] == [*(f"t{index:02}" for index in range(12)), "unknown", "28", "Total"]
    assert rows[-2][:5] == ["28", "others", "-", "USD", f"{sum(100 - index for index in range(12, 40)):,}.00"]


def test_a_trace_says_of_which_day_it_speaks(folder: Path, bill: Path) -> None:
    """A project changes hands within June, so the costs come by day."""
    (folder / "dated.yaml").write_text(
        "projects: {web: [{team: dev, until: 2026-06-02}, {team: ops, from: 2026-06-02}], api: ops}\n"
    )
    arguments = ("trace", "ops", "--focus", str(bill), "--rules", "dated.yaml")

    found = asked(*arguments)["origins"]
    printed = shown(*arguments)

    assert {(one["month"], one["day"]) for one in found} == {("2026-06", "2026-06-02")}
    assert printed.splitlines()[0] == "ops: 123.01 USD in 2026-06-02"
    assert shown(*arguments, "--by", "day").splitlines()[0] == "ops, 2026-06-02: 123.01 USD"


def test_a_trace_explains_a_pool_once(folder: Path) -> None:
    (folder / "chain.yaml").write_text(
        "projects: {web: dev, api: ops}\n"
        "shared:\n  net: {split: even, to: [dev, base]}\n  base: {split: even, to: [dev, ops]}\n"
    )
    bill = write_focus(folder / "chain.csv", charge("8", {"project": "net"}), charge("1", {"project": "web"}))

    printed = shown("trace", "dev", "--focus", str(bill), "--rules", "chain.yaml")

    assert printed.count('8.00 in 1 source row by shared.net (tag project "net")') == 1
    assert "4.00 = 1/2 of 8.00 in shared.net (even), which is explained above" in printed


def test_warnings_are_the_same_in_text_and_in_json(folder: Path, bill: Path, rules: Path) -> None:
    rules.write_text(rules.read_text() + "tag_keys: {team: [squad]}\n")
    arguments = ("--focus", str(bill), "--rules", str(rules))
    (folder / "metrics.csv").write_text("month,metric,team,value\n2026-06,orders,devv,5\n")

    for command in (
        ["report"],
        ["report", "--by", "team"],
        ["coverage"],
        ["kpis", "--metrics", "metrics.csv"],
        ["trace", "ops"],
        ["total"],
        ["reconcile"],
        ["export", "rows.csv"],
        ["rules", "diff", str(rules), str(rules)],
    ):
        given = arguments[:2] if command[0] in ("total", "reconcile", "rules") else arguments
        told = taggov("costs", *command, *given).stderr.splitlines()
        warnings = [line.removeprefix("taggov: warning: ") for line in told if "warning: " in line]
        assert asked(*command, *given)["warnings"] == warnings, command


def test_an_empty_month_says_which_months_there_are(bill: Path) -> None:
    document = asked("report", "--focus", str(bill), "--month", "2026-01", "--by", "team")

    assert document["warnings"] == ["no costs in 2026-01; there are costs in 2026-05 to 2026-06"]


def test_an_empty_month_is_what_is_wrong_whatever_filters_say(bill: Path) -> None:
    for where in ("tag:project=Web", "service=Nope", "service!=Nope"):
        document = asked("total", "--focus", str(bill), "--month", "2026-01", "--where", where)
        assert document["warnings"] == ["no costs in 2026-01; there are costs in 2026-05 to 2026-06"]


def test_a_trace_of_an_empty_month_says_so(bill: Path) -> None:
    result = taggov("costs", "trace", "dev", "--focus", str(bill), "--month", "2026-01")

    assert (result.exit_code, result.stderr) == (
        2,
        "taggov: no costs in 2026-01; there are costs in 2026-05 to 2026-06\n",
    )


def test_filters_that_each_let_something_through_are_not_corrected(folder: Path) -> None:
    compute = charge("5", ServiceName="Amazon Elastic Compute Cloud")
    store = charge("7", ServiceName="Amazon Simple Storage Service", SubAccountId="444455556666")
    focus = write_focus(folder / "two.csv", compute, store)

    arguments = ("total", "--focus", str(focus), "--where", "service=EC2", "--where", "account=444455556666")
    assert asked(*arguments)["warnings"] == ["no costs that match --where"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("service=Amazon EC", 'no service is "Amazon EC"; did you mean "Amazon EC2"?'),
        ("service=Nope", 'no service is "Nope"; there is "Amazon EC2", "Amazon VPC"'),
        ("tag:project=wep", 'no tag "project" is "wep"; did you mean "web"?'),
        ("region=", "every cost has a region"),
    ],
)
def test_a_filter_that_lets_nothing_through_names_the_nearest(where: str, said: str, bill: Path) -> None:
    arguments = ("total", "--focus", str(bill), "--where", where)

    assert asked(*arguments)["warnings"] == [f"no costs: {said}"]
    assert asked(*arguments, "--month", "2026-05")["warnings"] == [f"no costs in 2026-05: {said}"]
