"""Summary of `taggov costs report` on one screen: cost, change and share of each team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rich.console import Console
from rich.text import Text

from cost_allocation.analysis.report import MONTH, TEAM, ReportRow
from cost_allocation.analysis.report import report as reported
from cost_allocation.model import UNKNOWN, Allocation
from cost_allocation.query import Granularity
from taggov.costs.allocation_run import AllocationRun
from taggov.costs.periods import Period, closed_period
from taggov.costs.render.figures import Figures, figures, rounded_costs
from taggov.costs.render.report_table import NOTHING, print_estimated, print_proof
from taggov.costs.render.scale import format_amount, format_percent
from taggov.costs.render.tables import columns
from taggov.costs.reports.grid import Grid, Line
from taggov.costs.sources.base import RowSource
from taggov.costs.sources.months import months_before, next_month

COLUMNS = (MONTH, TEAM)
"""Columns that the allocation needs."""
MOST_TEAMS = 12
"""Maximum number of teams per currency; the others are summed in one line."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Rounded changes of each team from one month to the next."""

    month: date
    deltas: Mapping[tuple[str, str], Decimal]
    """By currency and team."""

    def __str__(self) -> str:
        """Format the compared months."""
        return f"change: {self.month:%Y-%m} against {months_before(self.month, 1):%Y-%m}"


def print_summary(run: AllocationRun, allocation: Allocation, console: Console) -> None:
    """Print a table of teams, the proof, and options for more detail.

    Args:
        allocation: allocation of the run, with at least `COLUMNS`.
    """
    report = reported(allocation, run.rules, (TEAM,))
    if not report.totals:
        console.print(Text("no costs in this period"))
        return
    changes = _changes(run, allocation)
    # Rows are sorted by period: if a team had several owners, the last one is shown.
    owners = {row.team: row.owner for row in allocation.rows}
    titles = ("Cost", "Change", "Share") if changes else ("Cost", "Share")
    period = closed_period(run.period, allocation.table)
    grid = Grid(
        columns("Team", "Owner", "Currency", amounts=titles), f"{report.metric}, {period}, from {report.source}"
    )
    by_currency = figures(report)
    for its in by_currency:
        section = _Section(report.totals[its.currency].output, its, changes, owners)
        grid.add(section.lines([row for row in report.rows if row.currency == its.currency]), [section.total()])
    console.print(grid)
    print_proof([its.totals for its in by_currency], console)
    if changes:
        console.print(Text(str(changes)))
    print_estimated(report.estimated, console)
    console.print(Text("more detail: --by month,team,service; as a file: --output report.html"))


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines of one currency."""

    whole: Decimal
    """Exact output."""
    its: Figures
    changes: Changes | None
    owners: Mapping[str, str | None]

    def lines(self, rows: Sequence[ReportRow]) -> list[Line]:
        """Build a line for each of the largest teams and for unknown, and one for all others."""
        teams = [(row.values[0] or "", row.cost, its.cost) for row, its in zip(rows, self.its.rows, strict=True)]
        names = {name for name, *_ in teams}
        teams += [(name, Decimal(0), Decimal(0)) for name in self._compared_teams() if name not in names]
        # Show a single remaining team by name instead of as "others".
        most = MOST_TEAMS if len(teams) > MOST_TEAMS + 1 else len(teams)
        largest = [team for place, team in enumerate(teams) if place < most or team[0] == UNKNOWN]
        found = [self._line(team[0], self.owners.get(team[0]) or NOTHING, [team]) for team in largest]
        others = [team for team in teams if team not in largest]
        return [*found, self._line(f"{len(others)} others", NOTHING, others)] if others else found

    def total(self) -> Line:
        """Build the line with the totals."""
        cost = format_amount(self.its.totals.output)
        return ["Total", "", self.its.currency, cost, *self._delta(self._compared_teams()), ""]

    def _compared_teams(self) -> list[str]:
        """List the teams with costs in one of the compared months."""
        deltas = self.changes.deltas if self.changes else {}
        return sorted(team for currency, team in deltas if currency == self.its.currency)

    def _line(self, name: str, owner: str, teams: Sequence[tuple[str, Decimal, Decimal]]) -> Line:
        """Make a line of some teams: name, exact cost and rounded cost of each."""
        cost = format_amount(sum((cost for *_, cost in teams), Decimal(0)))
        exact = sum((Fraction(cost) for _, cost, _ in teams), Fraction(0))
        share = format_percent(exact / Fraction(self.whole)) if self.whole > 0 else ""
        return [name, owner, self.its.currency, cost, *self._delta([team for team, *_ in teams]), share]

    def _delta(self, teams: Sequence[str]) -> list[str]:
        """Write the change of some teams as a cell; none where nothing is compared."""
        if self.changes is None:
            return []
        deltas = (self.changes.deltas.get((self.its.currency, team), Decimal(0)) for team in teams)
        delta = sum(deltas, Decimal(0))
        return [f"{'+' if delta > 0 else ''}{format_amount(delta)}"]


def _changes(run: AllocationRun, allocation: Allocation) -> Changes | None:
    """Compare the newest month that is whole with the one before, where that costs nothing."""
    costs = _by_month(run, allocation)
    months = {when for _, when, _ in costs}
    if len(months) == 1 and isinstance(run.source, RowSource) and _is_month(run.period):
        (only,) = months
        before = months_before(only, 1)
        # Query all currencies: the month before may have no costs in the requested one.
        (earlier,) = replace(run, period=Period(before, only), currency=None).allocation(COLUMNS)
        costs |= _by_month(run, earlier)
        months |= {when for _, when, _ in costs}
    estimated = {day.replace(day=1) for day in allocation.table.estimated}
    days = _days(run, max(months)) if months else {}
    for month in sorted(months - estimated, reverse=True):
        before = months_before(month, 1)
        if before in months and _have_equal_days(days, before, month):
            pairs = {(currency, team) for currency, when, team in costs if when in (before, month)}
            none = Decimal(0)
            deltas = {
                (currency, team): costs.get((currency, month, team), none) - costs.get((currency, before, team), none)
                for currency, team in pairs
            }
            return Changes(month, deltas)
    return None


def _by_month(run: AllocationRun, allocation: Allocation) -> dict[tuple[str, date, str], Decimal]:
    report = reported(allocation, run.rules, (MONTH, TEAM))
    return {
        (currency, date.fromisoformat(f"{when}-01"), team or ""): cost
        for (currency, (when, team)), cost in rounded_costs(report).items()
    }


def _is_month(period: Period) -> bool:
    if period.start is None or period.end is None:
        return period.start is None and period.end is None
    return period.start.day == 1 and period.end == next_month(period.start)


def _days(run: AllocationRun, newest: date) -> dict[date, tuple[date, date]]:
    """Find the first and last day with costs in the newest months; nothing for sources whose queries cost money."""
    if not isinstance(run.source, RowSource):
        return {}
    start = months_before(newest, 2)
    asked = replace(run.query(()), start=start, end=next_month(newest), granularity=Granularity.DAY, dimensions=())
    table = run.source.fetch(asked)
    days: dict[date, tuple[date, date]] = {}
    for row in table.rows:
        month = row.period.replace(day=1)
        first, last = days.get(month, (row.period, row.period))
        days[month] = (min(first, row.period), max(last, row.period))
    return days


def _have_equal_days(days: Mapping[date, tuple[date, date]], before: date, month: date) -> bool:
    """Return True if both months have costs of the same days. A partial month is not compared with a whole one."""
    if before not in days or month not in days:
        return not days
    (first_before, last_before), (first, last) = days[before], days[month]
    length = (next_month(month) - month).days
    return first.day <= first_before.day and last.day >= min(last_before.day, length)
