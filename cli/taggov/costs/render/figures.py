"""Amounts as people read them: rounded once, by one rule, for every table, chart and file.

Input, output, direct and unknown costs of a currency are rounded half up, to its minor unit; excluded costs are what is
between input and output, shared costs what is between output and direct. The output is then shared out by largest
remainder, each step within the one before, so that every column adds up:

1. over the months, without a look at anything else, so that they are those of the source before any rule;
2. over the chief column: teams, or the first column that is no period;
3. over the grid of both. It is the same for every report with this chief column, whatever else the report tells apart,
   so a team has one amount, and one direct cost, in every table, and its months add up to it and to the costs by month.
   An owner has the sum of their teams. A report without months has no such grid where it were a big one, teams aside:
   its amounts are those of step 2;
4. each cell of the grid over the rows of the report.

No amount is a whole unit off, unless step 3 can not be had otherwise: four months of half a cent show two cents, in
two of the months. Where one team has these two and another team the others, each has one cent, and shows two, or none.
Unknown costs are a part of the proof and never give way; months that have nothing else may miss their cost then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from cost_allocation.analysis.coverage import GIVEN_BACK, GROSS, NET, Coverage
from cost_allocation.analysis.report import DAY, MONTH, TEAM, Report, ReportRow, chief_column
from cost_allocation.model import UNKNOWN, Total
from taggov.costs.render.grid_rounding import Cell, round_grid
from taggov.costs.render.rounding import Pair, Part, raised, round_half_up, round_pairs, round_within
from taggov.costs.render.scale import Scale, decimals, shown

K = TypeVar("K", bound=Hashable)
_ALONE = "alone"
"""The cell of costs that are decided before their column."""


class Amounts(NamedTuple):
    """A row as it is shown."""

    direct: Decimal
    shared: Decimal

    @property
    def cost(self) -> Decimal:
        """The sum of direct and shared as they are shown."""
        return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Totals:
    """The proof of a currency as it is shown: `output + excluded` is `input`."""

    currency: str
    decimals: int
    input: Decimal
    excluded: Decimal
    output: Decimal
    unknown: Decimal
    """A part of the output."""

    @property
    def proof(self) -> str:
        """`input 20.52 = output 20.52 + excluded 0.00, equal to the last digit`: the exact amounts are equal too."""
        amounts = [shown(amount) for amount in (self.input, self.output, self.excluded)]
        return "input {} = output {} + excluded {}, equal to the last digit".format(*amounts)


@dataclass(frozen=True, slots=True)
class Figures:
    """A currency as it is shown: the rows add up to the output."""

    totals: Totals
    rows: Sequence[Amounts]
    """In the order of the report's rows of this currency."""

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.totals.currency

    @property
    def direct(self) -> Decimal:
        """The sum of what teams caused themselves."""
        return sum((row.direct for row in self.rows), Decimal(0))

    @property
    def shared(self) -> Decimal:
        """The sum of what pools handed on."""
        return sum((row.shared for row in self.rows), Decimal(0))


def rounded(amount: Decimal, places: int) -> Decimal:
    """Round an amount that stands by itself."""
    scale = Scale([amount], places)
    return scale.shown(round_half_up(scale.exact(amount), scale.unit))


def rounded_column(amounts: Mapping[str, Decimal], places: int) -> dict[str, Decimal]:
    """Round amounts, each by its name, so that they add up to their rounded sum."""
    scale = Scale(amounts.values(), places)
    exact = [scale.exact(amount) for amount in amounts.values()]
    whole = round_half_up(sum(exact), scale.unit)
    found = raised(exact, [(name,) for name in amounts], whole, scale.unit)
    return {name: scale.shown(cost) for name, cost in zip(amounts, found, strict=True)}


def rounded_totals(total: Total) -> Totals:
    """Round the proof of a currency."""
    places = decimals(total.currency, [total.input, total.output])
    scale = Scale([total.input, total.output, total.unknown], places)
    given, output, unknown = (
        round_half_up(scale.exact(amount), scale.unit) for amount in (total.input, total.output, total.unknown)
    )
    return Totals(
        total.currency,
        places,
        scale.shown(given),
        scale.shown(given - output),
        scale.shown(output),
        scale.shown(unknown),
    )


def figures(report: Report) -> list[Figures]:
    """Round every currency of a report."""
    by_currency: dict[str, list[ReportRow]] = {currency: [] for currency in report.totals}
    for row in report.rows:
        by_currency[row.currency].append(row)
    found = []
    teams = _added_up(report.by_team) if report.by_team else None
    decided = _by_month(report.months) if report.months else {}
    for currency, total in report.totals.items():
        its, rows = rounded_totals(total), by_currency[currency]
        if teams is None:
            found.append(Figures(its, _rows(report.columns, rows, its, decided.get(currency, {}))))
        else:
            found.append(Figures(its, [teams[currency, row.values] for row in rows]))
    return found


def _paired(report: Report) -> Iterator[tuple[ReportRow, Amounts]]:
    """Round the rows of a report, in its order."""
    amounts = {its.currency: iter(its.rows) for its in figures(report)}
    return ((row, next(amounts[row.currency])) for row in report.rows)


def _added_up(by_team: Report) -> dict[tuple[str, tuple[str | None, ...]], Amounts]:
    """Add up the rounded amounts of teams that a report does not tell apart; the team is the last column."""
    found: dict[tuple[str, tuple[str | None, ...]], Amounts] = {}
    for row, its in _paired(by_team):
        key = (row.currency, row.values[:-1])
        so_far = found.get(key, Amounts(Decimal(0), Decimal(0)))
        found[key] = Amounts(so_far.direct + its.direct, so_far.shared + its.shared)
    return found


def _by_month(report: Report) -> dict[str, dict[Cell, Amounts]]:
    """Round a report by month and chief column, each currency by itself."""
    found: dict[str, dict[Cell, Amounts]] = defaultdict(dict)
    for row, its in _paired(report):
        month, chief = row.values
        found[row.currency][Cell(_key(chief), _key(month))] = its
    return found


def _key(value: str | None) -> str:
    """Tell a value from none, whatever the value is."""
    return "" if value is None else f"={value}"


class ShownRow(NamedTuple):
    """A row of a report with its amounts as they are shown."""

    values: tuple[str | None, ...]
    amounts: Amounts


def shown_rows(report: Report, currency: str) -> list[ShownRow]:
    """Round the rows of a currency."""
    return [ShownRow(row.values, amounts) for row, amounts in _paired(report) if row.currency == currency]


def rounded_parts(costs: Sequence[Decimal], whole: Decimal, places: int) -> list[Decimal]:
    """Round parts so that they add up to the rounded amount that they are parts of."""
    scale = Scale(costs, places)
    keys = [(f"{index:09}",) for index in range(len(costs))]
    found = raised([scale.exact(cost) for cost in costs], keys, scale.units(whole), scale.unit)
    return [scale.shown(units) for units in found]


def shown_costs(report: Report) -> dict[tuple[str, tuple[str | None, ...]], Decimal]:
    """Round the costs of a report, by currency and values of its columns."""
    return {(row.currency, row.values): amounts.cost for row, amounts in _paired(report)}


def rounded_coverage(found: Sequence[Coverage], totals: Mapping[str, Total]) -> list[tuple[Decimal, Decimal]]:
    """Round what is allocated and the total of each coverage, as the report of the same costs has them."""
    shown_amounts: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for currency, total in totals.items():
        its = rounded_totals(total)
        own = [one for one in found if one.currency == currency and one.of not in (GROSS, NET)]
        scale = Scale([amount for one in own for amount in (one.allocated, one.total)], its.decimals)
        parts = [
            Part((one.of,), allocated, scale.exact(one.total) - allocated)
            for one in own
            for allocated in (scale.exact(one.allocated),)
        ]
        first = scale.units(its.output - its.unknown)
        pairs = round_pairs(parts, {"": scale.units(its.output)}, first, scale.unit)
        for kind, left_out in ((GROSS, GIVEN_BACK), (NET, frozenset[str]())):
            chosen = [pair for one, pair in zip(own, pairs, strict=True) if one.of not in left_out]
            shown_amounts[currency, kind] = _both(chosen, scale)
        for one, pair in zip(own, pairs, strict=True):
            shown_amounts[currency, one.of] = _both([pair], scale)
    return [shown_amounts[one.currency, one.of] for one in found]


def _both(pairs: Iterable[Pair], scale: Scale) -> tuple[Decimal, Decimal]:
    listed = list(pairs)
    return scale.shown(sum(pair.first for pair in listed)), scale.shown(sum(pair.cost for pair in listed))


def period_column(columns: Sequence[str]) -> int | None:
    """Find the column of periods: months, or days where there are only those."""
    return next((columns.index(column) for column in (MONTH, DAY) if column in columns), None)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a currency as whole numbers."""

    scale: Scale
    exact: Sequence[tuple[int, int]]
    """Direct and shared."""
    chiefs: Sequence[str]
    periods: Sequence[str]
    keys: Sequence[tuple[str, ...]]
    of_periods: bool
    """The chief column is one of periods."""
    alone: str | None
    """The chief that is decided by the proof."""
    pinned: Collection[str] | None
    """See `round_grid`."""

    def rounded(self, its: Totals, decided: Mapping[Cell, Amounts]) -> list[Amounts]:
        """Round them: the three steps of this module.

        Args:
            its: the proof.
            decided: by chief and month, where a report has more or less than these.
        """
        cells = [Cell(*place) for place in zip(self.chiefs, self.periods, strict=True)]
        grid = self._grid(cells, decided)
        if not grid:
            by_chief = self._of_chiefs(decided) or self._by_chief(its)
            grid = round_grid(dict(_sums(cells, self.exact)), by_chief, self.scale.unit, self.pinned)
        by_cell: dict[Cell, list[int]] = defaultdict(list)
        for index, cell in enumerate(cells):
            by_cell[cell].append(index)
        found: dict[int, Pair] = {}
        for cell, indexes in by_cell.items():
            parts = [Part(self.keys[index], *self.exact[index]) for index in indexes]
            found |= dict(zip(indexes, round_within(parts, grid[cell], self.scale.unit), strict=True))
        return [Amounts(*map(self.scale.shown, found[index])) for index in range(len(self.exact))]

    def _grid(self, cells: Sequence[Cell], decided: Mapping[Cell, Amounts]) -> dict[Cell, Pair]:
        """Take the cells over, where they are teams by months."""
        if not {*cells} <= decided.keys():
            return {}
        return {cell: self._pair(decided[cell]) for cell in {*cells}}

    def _of_chiefs(self, decided: Mapping[Cell, Amounts]) -> dict[str, Pair]:
        sums = _sums((cell.row for cell in decided), map(self._pair, decided.values()))
        return {chief: Pair(*halves) for chief, halves in sums}

    def _pair(self, amounts: Amounts) -> Pair:
        return Pair(self.scale.units(amounts.direct), self.scale.units(amounts.shared))

    def _by_chief(self, its: Totals) -> dict[str, Pair]:
        """Round the output over the chief column. The unknown costs are a part of the proof, so decided already."""
        sums = dict(_sums(self.chiefs, self.exact))
        unit, output = self.scale.unit, self.scale.units(its.output)
        first = round_half_up(sum(direct for direct, _ in self.exact), unit)
        unknown = self.scale.units(its.unknown) if self.alone in sums else 0
        parts = [Part((name,), *halves, _ALONE if name == self.alone else "") for name, halves in sums.items()]
        cells = {_ALONE: unknown, "": output - unknown}
        pairs = round_pairs(parts, cells, first, unit, exchange=not self.of_periods)
        return dict(zip(sums, pairs, strict=True))


def _rows(
    columns: Sequence[str], rows: Sequence[ReportRow], its: Totals, decided: Mapping[Cell, Amounts]
) -> list[Amounts]:
    if not rows:
        return []
    scale = Scale([amount for row in rows for amount in (row.direct, row.shared)], its.decimals)
    keys = [tuple(map(_key, row.values)) for row in rows]
    chief, period = chief_column(columns), period_column(columns)
    of_periods = chief is None
    if chief is None:
        chief, period = period, None
    chiefs = [key[chief] if chief is not None else "" for key in keys]
    periods = [key[period] if period is not None else "" for key in keys]
    exact = [(scale.exact(row.direct), scale.exact(row.shared)) for row in rows]
    alone = _key(UNKNOWN) if chief is not None and columns[chief] == TEAM else None
    # Where other reports take the grid over, teams give way to months if they have to.
    gives = not decided and not of_periods and period is not None and columns[period] == MONTH
    pinned = None if not gives else () if alone is None else (alone,)
    return _Rows(scale, exact, chiefs, periods, keys, of_periods, alone, pinned).rounded(its, decided)


def _sums(keys: Iterable[K], exact: Iterable[tuple[int, int]]) -> Iterable[tuple[K, tuple[int, int]]]:
    """Add up what has the same key."""
    sums: dict[K, tuple[int, int]] = {}
    for key, (first, second) in zip(keys, exact, strict=True):
        so_far = sums.get(key, (0, 0))
        sums[key] = (so_far[0] + first, so_far[1] + second)
    return sums.items()
