"""`--currency` chooses among amounts; it changes none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import asked, shown
from tests.support.focus import charge, write_focus

RULES = """
teams: {dev: ana, ops: bo}
shared: {net: {split: proportional}}
currency_rates: {2026-05: {USD: 1, EUR: 1.1}}
"""


@pytest.fixture
def arguments(folder: Path) -> list[str]:
    """A pool that is paid in euros, by the direct costs in euros and dollars."""
    euro = {"BillingCurrency": "EUR"}
    focus = write_focus(
        folder / "two.csv",
        charge("10", {"team": "dev"}),
        charge("20", {"team": "ops"}),
        charge("7", {"team": "net"}),
        charge("3", {"team": "ops"}, **euro),
        charge("5", {"team": "net"}, **euro),
        charge("1", None, **euro),
    )
    (folder / "rates.yaml").write_text(RULES)
    return ["--focus", str(focus), "--rules", "rates.yaml"]


def test_a_split_goes_by_the_costs_in_all_currencies(arguments: list[str]) -> None:
    every, chosen = (asked("report", "--by", "team", *arguments, *more) for more in ([], ["--currency", "EUR"]))

    mine = [row for row in every["allocations"] if row["currency"] == "EUR"]
    assert chosen["allocations"] == mine
    assert {row["team"] for row in mine} == {"dev", "ops", "unknown"}
    assert chosen["totals"] == [row for row in every["totals"] if row["currency"] == "EUR"]


@pytest.mark.parametrize("command", [["trace", "ops"], ["trace", "unknown"], ["kpis"], ["coverage"]])
def test_every_command_has_the_amounts_of_all_currencies(command: list[str], arguments: list[str]) -> None:
    every, chosen = (asked(*command, *arguments, *more) for more in ([], ["--currency", "EUR"]))

    for name, found in every.items():
        if isinstance(found, list) and found and isinstance(found[0], dict):
            assert chosen[name] == [one for one in found if one["currency"] == "EUR"], name


def test_an_export_that_needs_one_currency_has_the_same(arguments: list[str], folder: Path) -> None:
    shown("export", "out.csv", "--format", "cloudzero-cbf", "--currency", "EUR", *arguments)

    costs = [line.rsplit(",", 1)[1] for line in Path("out.csv").read_text().splitlines()[1:]]
    assert sum(map(float, costs)) == 9
    assert len(costs) == 4


def test_a_month_is_compared_with_one_that_has_nothing_in_the_currency(folder: Path) -> None:
    june = {"ChargePeriodStart": "2026-06-10T00:00:00Z", "BillingCurrency": "EUR"}
    focus = write_focus(folder / "june.csv", charge("10", {"team": "dev"}), charge("4", {"team": "dev"}, **june))

    assert "4.00" in shown("report", "--focus", str(focus), "--month", "2026-06", "--currency", "EUR")
