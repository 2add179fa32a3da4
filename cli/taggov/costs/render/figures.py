"""Displayed amounts: rounded once, by the same rules, for all tables, charts and files.

Input, output, direct and unknown costs of a currency are rounded half up to its minor unit. Excluded costs are the
difference of input and output, shared costs the difference of output and direct costs. Then the output is distributed
by largest remainder in four steps, each within the results of the one before, so that all columns add up:

1. To months, independently of rules. So months are equal to those of the source.
2. To the chief column: teams, or the first column that is not a period.
3. To the cells of the grid of both. The grid depends only on the chief column, not on other columns of the report. So a
   team has the same amount and direct cost in every table, and its months add up to its amount and to the costs by
   month. An owner has the sum of their teams. Reports without months skip a big grid, except for teams, and use step 2.
4. From each cell of the grid to the rows of the report.

No amount is off by a whole unit, unless step 3 requires it. Example: four months of half a cent show two cents, in two
of the months. If one team has these two months and another team the other two, each has one cent, but one shows two
cents and the other none. Unknown costs are part of the proof and are never changed in step 3; so months with nothing
else may miss their cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from cost_allocation.analysis.coverage import CREDIT_CATEGORIES, GROSS, NET, Coverage
from cost_allocation.analysis.report import DAY, MONTH, TEAM, Report, ReportRow, chief_column
from cost_allocation.model import UNKNOWN, Total
from taggov.costs.render.grid_rounding import Cell, round_grid
from taggov.costs.render.rounding import Pair, Part, round_half_up, round_pairs, round_to_sum, round_within
from taggov.costs.render.scale import Scale, decimals, format_amount

K = TypeVar("K", bound=Hashable)
_ALONE = "alone"
"""Cell of the value that the proof determines."""


class Amounts(NamedTuple):
    """Rounded amounts of a row."""

    direct: Decimal
    shared: Decimal

    @property
    def cost(self) -> Decimal:
        """Sum of the rounded direct and shared costs."""
        return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Totals:
    """Rounded totals of a currency: `input` equals `output + excluded`."""

    currency: str
    decimals: int
    input: Decimal
    excluded: Decimal
    output: Decimal
    unknown: Decimal
    """Part of the output."""

    @property
    def proof(self) -> str:
        """Proof as text: `input 20.52 = output 20.52 + excluded 0.00, equal to the last digit`."""
        amounts = [format_amount(amount) for amount in (self.input, self.output, self.excluded)]
        return "input {} = output {} + excluded {}, equal to the last digit".format(*amounts)


@dataclass(frozen=True, slots=True)
class Figures:
    """Rounded report of one currency. The rows add up to the output."""

    totals: Totals
    rows: Sequence[Amounts]
    """In the order of the rows of this currency in the report."""

    @property
    def currency(self) -> str:
        """Currency of all amounts."""
        return self.totals.currency

    @property
    def direct(self) -> Decimal:
        """Sum of the direct costs."""
        return sum((row.direct for row in self.rows), Decimal(0))

    @property
    def shared(self) -> Decimal:
        """Sum of the shared costs."""
        return sum((row.shared for row in self.rows), Decimal(0))


def round_amount(amount: Decimal, places: int) -> Decimal:
    """Round a single amount."""
    scale = Scale([amount], places)
    return scale.to_amount(round_half_up(scale.exact(amount), scale.unit))


def round_column(amounts: Mapping[str, Decimal], places: int) -> dict[str, Decimal]:
    """Round named amounts so that they add up to their rounded sum."""
    scale = Scale(amounts.values(), places)
    exact = [scale.exact(amount) for amount in amounts.values()]
    whole = round_half_up(sum(exact), scale.unit)
    found = round_to_sum(exact, [(name,) for name in amounts], whole, scale.unit)
    return {name: scale.to_amount(cost) for name, cost in zip(amounts, found, strict=True)}


def round_totals(total: Total) -> Totals:
    """Round the totals of a currency."""
    places = decimals(total.currency, [total.input, total.output])
    scale = Scale([total.input, total.output, total.unknown], places)
    given, output, unknown = (
        round_half_up(scale.exact(amount), scale.unit) for amount in (total.input, total.output, total.unknown)
    )
    return Totals(
        total.currency,
        places,
        scale.to_amount(given),
        scale.to_amount(given - output),
        scale.to_amount(output),
        scale.to_amount(unknown),
    )


def figures(report: Report) -> list[Figures]:
    """Round a report, by currency."""
    by_currency: dict[str, list[ReportRow]] = {currency: [] for currency in report.totals}
    for row in report.rows:
        by_currency[row.currency].append(row)
    found = []
    teams = _sum_teams(report.by_team) if report.by_team else None
    decided = _by_month(report.months) if report.months else {}
    for currency, total in report.totals.items():
        its, rows = round_totals(total), by_currency[currency]
        if teams is None:
            found.append(Figures(its, _rows(report.columns, rows, its, decided.get(currency, {}))))
        else:
            found.append(Figures(its, [teams[currency, row.values] for row in rows]))
    return found


def _row_amounts(report: Report) -> Iterator[tuple[ReportRow, Amounts]]:
    """Yield the rows of a report with their rounded amounts."""
    amounts = {its.currency: iter(its.rows) for its in figures(report)}
    return ((row, next(amounts[row.currency])) for row in report.rows)


def _sum_teams(by_team: Report) -> dict[tuple[str, tuple[str | None, ...]], Amounts]:
    """Sum the rounded amounts of teams, for a report without teams. The team is the last column of `by_team`."""
    found: dict[tuple[str, tuple[str | None, ...]], Amounts] = {}
    for row, its in _row_amounts(by_team):
        key = (row.currency, row.values[:-1])
        so_far = found.get(key, Amounts(Decimal(0), Decimal(0)))
        found[key] = Amounts(so_far.direct + its.direct, so_far.shared + its.shared)
    return found


def _by_month(report: Report) -> dict[str, dict[Cell, Amounts]]:
    """Round a report by month and chief column, for each currency."""
    found: dict[str, dict[Cell, Amounts]] = defaultdict(dict)
    for row, its in _row_amounts(report):
        month, chief = row.values
        found[row.currency][Cell(_key(chief), _key(month))] = its
    return found


def _key(value: str | None) -> str:
    """Convert a value to a key that differs from that of a missing value."""
    return "" if value is None else f"={value}"


class RoundedRow(NamedTuple):
    """A row of a report with rounded amounts."""

    values: tuple[str | None, ...]
    amounts: Amounts


def rounded_rows(report: Report, currency: str) -> list[RoundedRow]:
    """Return the rows of a currency with rounded amounts."""
    return [RoundedRow(row.values, amounts) for row, amounts in _row_amounts(report) if row.currency == currency]


def round_parts(costs: Sequence[Decimal], whole: Decimal, places: int) -> list[Decimal]:
    """Round parts so that they add up to a rounded whole."""
    scale = Scale(costs, places)
    keys = [(f"{index:09}",) for index in range(len(costs))]
    found = round_to_sum([scale.exact(cost) for cost in costs], keys, scale.units(whole), scale.unit)
    return [scale.to_amount(units) for units in found]


def rounded_costs(report: Report) -> dict[tuple[str, tuple[str | None, ...]], Decimal]:
    """Return the rounded costs of a report, by currency and values of the columns."""
    return {(row.currency, row.values): amounts.cost for row, amounts in _row_amounts(report)}


def round_coverage(found: Sequence[Coverage], totals: Mapping[str, Total]) -> list[tuple[Decimal, Decimal]]:
    """Round the allocated costs and the total of each coverage, consistently with reports."""
    shown_amounts: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for currency, total in totals.items():
        its = round_totals(total)
        own = [one for one in found if one.currency == currency and one.of not in (GROSS, NET)]
        scale = Scale([amount for one in own for amount in (one.allocated, one.total)], its.decimals)
        parts = [
            Part((one.of,), allocated, scale.exact(one.total) - allocated)
            for one in own
            for allocated in (scale.exact(one.allocated),)
        ]
        first = scale.units(its.output - its.unknown)
        pairs = round_pairs(parts, {"": scale.units(its.output)}, first, scale.unit)
        for kind, left_out in ((GROSS, CREDIT_CATEGORIES), (NET, frozenset[str]())):
            chosen = [pair for one, pair in zip(own, pairs, strict=True) if one.of not in left_out]
            shown_amounts[currency, kind] = _pair_amounts(chosen, scale)
        for one, pair in zip(own, pairs, strict=True):
            shown_amounts[currency, one.of] = _pair_amounts([pair], scale)
    return [shown_amounts[one.currency, one.of] for one in found]


def _pair_amounts(pairs: Iterable[Pair], scale: Scale) -> tuple[Decimal, Decimal]:
    listed = list(pairs)
    return scale.to_amount(sum(pair.first for pair in listed)), scale.to_amount(sum(pair.cost for pair in listed))


def period_column(columns: Sequence[str]) -> int | None:
    """Return the position of the period column: month, or day if there is no month."""
    return next((columns.index(column) for column in (MONTH, DAY) if column in columns), None)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of a currency as integers."""

    scale: Scale
    exact: Sequence[tuple[int, int]]
    """Direct and shared costs."""
    chiefs: Sequence[str]
    periods: Sequence[str]
    keys: Sequence[tuple[str, ...]]
    of_periods: bool
    """True if the chief column is a period."""
    alone: str | None
    """Value of the chief column whose amount is determined by the proof."""
    pinned: Collection[str] | None
    """See `round_grid`."""

    def round_rows(self, totals: Totals, decided: Mapping[Cell, Amounts]) -> list[Amounts]:
        """Round the rows: steps 2 to 4 of this module.

        Args:
            totals: rounded totals.
            decided: rounded grid by chief column and month, if the report has other columns.
        """
        cells = [Cell(*place) for place in zip(self.chiefs, self.periods, strict=True)]
        grid = self._grid(cells, decided)
        if not grid:
            by_chief = self._of_chiefs(decided) or self._by_chief(totals)
            grid = round_grid(dict(_sums(cells, self.exact)), by_chief, self.scale.unit, self.pinned)
        by_cell: dict[Cell, list[int]] = defaultdict(list)
        for index, cell in enumerate(cells):
            by_cell[cell].append(index)
        found: dict[int, Pair] = {}
        for cell, indexes in by_cell.items():
            parts = [Part(self.keys[index], *self.exact[index]) for index in indexes]
            found |= dict(zip(indexes, round_within(parts, grid[cell], self.scale.unit), strict=True))
        return [Amounts(*map(self.scale.to_amount, found[index])) for index in range(len(self.exact))]

    def _grid(self, cells: Sequence[Cell], decided: Mapping[Cell, Amounts]) -> dict[Cell, Pair]:
        """Use the given grid if it has all cells."""
        if not {*cells} <= decided.keys():
            return {}
        return {cell: self._pair(decided[cell]) for cell in {*cells}}

    def _of_chiefs(self, decided: Mapping[Cell, Amounts]) -> dict[str, Pair]:
        sums = _sums((cell.row for cell in decided), map(self._pair, decided.values()))
        return {chief: Pair(*halves) for chief, halves in sums}

    def _pair(self, amounts: Amounts) -> Pair:
        return Pair(self.scale.units(amounts.direct), self.scale.units(amounts.shared))

    def _by_chief(self, totals: Totals) -> dict[str, Pair]:
        """Distribute the output to the chief column. Unknown costs are fixed by the proof."""
        sums = dict(_sums(self.chiefs, self.exact))
        unit, output = self.scale.unit, self.scale.units(totals.output)
        first = round_half_up(sum(direct for direct, _ in self.exact), unit)
        unknown = self.scale.units(totals.unknown) if self.alone in sums else 0
        parts = [Part((name,), *halves, _ALONE if name == self.alone else "") for name, halves in sums.items()]
        cells = {_ALONE: unknown, "": output - unknown}
        pairs = round_pairs(parts, cells, first, unit, exchange=not self.of_periods)
        return dict(zip(sums, pairs, strict=True))


def _rows(
    columns: Sequence[str], rows: Sequence[ReportRow], totals: Totals, decided: Mapping[Cell, Amounts]
) -> list[Amounts]:
    if not rows:
        return []
    scale = Scale([amount for row in rows for amount in (row.direct, row.shared)], totals.decimals)
    keys = [tuple(map(_key, row.values)) for row in rows]
    chief, period = chief_column(columns), period_column(columns)
    of_periods = chief is None
    if chief is None:
        chief, period = period, None
    chiefs = [key[chief] if chief is not None else "" for key in keys]
    periods = [key[period] if period is not None else "" for key in keys]
    exact = [(scale.exact(row.direct), scale.exact(row.shared)) for row in rows]
    alone = _key(UNKNOWN) if chief is not None and columns[chief] == TEAM else None
    # Teams may change for the sake of months, if other reports use this grid.
    gives = not decided and not of_periods and period is not None and columns[period] == MONTH
    pinned = None if not gives else () if alone is None else (alone,)
    return _Rows(scale, exact, chiefs, periods, keys, of_periods, alone, pinned).round_rows(totals, decided)


def _sums(keys: Iterable[K], exact: Iterable[tuple[int, int]]) -> Iterable[tuple[K, tuple[int, int]]]:
    """Sum amounts with the same key."""
    sums: dict[K, tuple[int, int]] = {}
    for key, (first, second) in zip(keys, exact, strict=True):
        so_far = sums.get(key, (0, 0))
        sums[key] = (so_far[0] + first, so_far[1] + second)
    return sums.items()
