"""Allocated costs by the columns that people ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cache

from cost_allocation import query
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.split import Metrics
from cost_allocation.exact import EXACT
from cost_allocation.model import AllocatedRow, Allocation, CostTable, Total
from cost_allocation.query import CostQuery, Granularity
from cost_allocation.rules.model import Rules

MONTH, DAY, TEAM, OWNER, PROJECT, POOL = "month", "day", "team", "owner", "project", "pool"
ENVIRONMENT, CUSTOMER = "environment", "customer"

COLUMNS = (MONTH, DAY, TEAM, OWNER, PROJECT, POOL, ENVIRONMENT, CUSTOMER, *query.FIELDS)
"""Columns that a report can be grouped by, besides `tag:KEY`."""
DEFAULT_COLUMNS = (MONTH, TEAM, OWNER, query.SERVICE)
_BIG = 10_000
"""Values of the chief column times months, from which on a table is big."""


class UnknownColumn(Exception):
    """A report was asked for a column that there is not."""

    def __init__(self, column: str) -> None:
        super().__init__(f'unknown column "{column}"; allowed are {", ".join(COLUMNS)} and tag:KEY')
        self.column = column


@dataclass(frozen=True, slots=True)
class ReportRow:
    """The costs that agree in every column and in currency."""

    values: tuple[str | None, ...]
    """A value for each column of the report; months as `2026-05`, days as `2026-05-01`."""
    currency: str
    direct: Decimal
    shared: Decimal
    """Costs that pools handed on."""

    @property
    def cost(self) -> Decimal:
        """Direct and shared."""
        with localcontext(EXACT):
            return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Report:
    """A table of allocated costs with its proof."""

    columns: tuple[str, ...]
    rows: Sequence[ReportRow]
    """By period and currency, the largest first."""
    totals: Mapping[str, Total]
    """By currency."""
    metric: str
    source: str
    estimated: tuple[str, ...]
    """Periods whose amounts may still change, as text."""
    warnings: tuple[str, ...]
    by_team: Report | None = None
    """The same by team as well, where owners are told apart and teams are not: amounts of owners are those of teams."""
    months: Report | None = None
    """Month and the chief column alone, where there is more or less: so amounts add up to those of months.

    None where that is a big table of another column than team, such as resources.
    """


def allocation_query(
    rules: Rules,
    columns: Sequence[str],
    metric: str,
    start: date | None,
    end: date | None,
    extra: Sequence[str] = (),
) -> CostQuery:
    """The query that a source has to answer for a report: what the rules and the columns look at, and no more.

    Args:
        extra: dimensions besides, such as `charge_category` for coverage.

    Raises:
        UnknownColumn: a column that there is not.
    """
    by_day = DAY in columns or rules.needs_days(start, end)
    wanted = [*rules.attribution_dimensions, *kept_dimensions(rules, columns), *extra]
    return CostQuery(
        metric,
        start,
        end,
        Granularity.DAY if by_day else Granularity.MONTH,
        tuple(dict.fromkeys(wanted)),
        exact_keys=not rules.ignore_key_case,
        owner_keys=(rules.owner_tags,),
    )


def kept_dimensions(rules: Rules, columns: Sequence[str]) -> tuple[str, ...]:
    """The dimensions that the columns are made of.

    Raises:
        UnknownColumn: a column that there is not.
    """
    kept: list[str] = []
    for column in columns:
        if column == ENVIRONMENT:
            kept += [query.tag(key) for key in rules.environment_tags]
        elif column == CUSTOMER:
            kept += [query.tag(key) for key in rules.customer_tags]
        elif column in query.FIELDS or query.tag_key(column):
            kept.append(column)
        elif column not in COLUMNS:
            raise UnknownColumn(column)
    return tuple(dict.fromkeys(kept))


def allocated_report(
    table: CostTable, rules: Rules, columns: Sequence[str], metrics: Metrics | None = None
) -> tuple[Allocation, Report]:
    """Allocate a table that answers `allocation_query`, and sum the result by the columns."""
    allocation = allocate(table, rules, kept_dimensions(rules, columns), metrics)
    return allocation, report(allocation, rules, columns)


def report(allocation: Allocation, rules: Rules, columns: Sequence[str]) -> Report:
    """Sum an allocation by columns; it must have kept what they are made of."""
    readers = [_reader(allocation, rules, column) for column in columns]
    sums: dict[tuple[tuple[str | None, ...], str], list[Decimal]] = {}
    with localcontext(EXACT):
        for row in allocation.rows:
            key = (tuple([read(row) for read in readers]), row.cell.currency)
            amounts = sums.setdefault(key, [Decimal(0), Decimal(0)])
            amounts[row.pool is not None] += row.cost
        rows = [ReportRow(values, currency, *amounts) for (values, currency), amounts in sums.items()]
        rows.sort(key=lambda row: _order(row, columns))
    chief = chief_column(columns)
    by_month: tuple[str, ...] = ()
    if chief is not None and columns[chief] != OWNER and not _is_big(allocation, rows, columns, chief):
        by_month = (MONTH, columns[chief])
    estimated = sorted(day.isoformat() if DAY in columns else _month(day) for day in allocation.table.estimated)
    return Report(
        tuple(columns),
        rows,
        allocation.totals,
        allocation.table.metric,
        allocation.table.source,
        tuple(dict.fromkeys(estimated)),
        (*allocation.table.warnings, *allocation.warnings),
        report(allocation, rules, (*columns, TEAM)) if OWNER in columns and TEAM not in columns else None,
        report(allocation, rules, by_month) if by_month and {*by_month} != {*columns} else None,
    )


def _is_big(allocation: Allocation, rows: Sequence[ReportRow], columns: Sequence[str], chief: int) -> bool:
    """Tell that months and the chief column make so big a table that amounts go without it; teams never do."""
    if columns[chief] == TEAM:
        return False
    values = {row.values[chief] for row in rows}
    return len(values) * len({_month(row.cell.period) for row in allocation.rows}) >= _BIG


def chief_column(columns: Sequence[str]) -> int | None:
    """Find the column that charts and rounding go by: team, or the first one that is no period."""
    if TEAM in columns:
        return columns.index(TEAM)
    return next((index for index, column in enumerate(columns) if column not in (MONTH, DAY)), None)


def _reader(allocation: Allocation, rules: Rules, column: str) -> Callable[[AllocatedRow], str | None]:
    """Return the function that gives a row's value in a column."""
    plain: dict[str, Callable[[AllocatedRow], str | None]] = {
        MONTH: lambda row: _month(row.cell.period),
        DAY: lambda row: row.cell.period.isoformat(),
        TEAM: lambda row: row.team,
        OWNER: lambda row: row.owner,
        PROJECT: lambda row: row.project,
        POOL: lambda row: row.pool,
    }
    if column in plain:
        return plain[column]
    at = [allocation.keep.index(dimension) for dimension in kept_dimensions(rules, (column,))]
    return lambda row: next((row.cell.values[i] for i in at if row.cell.values[i] is not None), None)


@cache
def _month(day: date) -> str:
    return day.isoformat()[: len("2026-05")]


def _order(row: ReportRow, columns: Sequence[str]) -> tuple[object, ...]:
    periods = [value or "" for value, column in zip(row.values, columns, strict=True) if column in (MONTH, DAY)]
    return (periods, row.currency, -row.cost, [value or "" for value in row.values])
