"""Reports: allocated costs by columns."""

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
"""Report columns besides `tag:KEY`."""
DEFAULT_COLUMNS = (MONTH, TEAM, OWNER, query.SERVICE)
_BIG = 10_000
"""Number of cells (values of the chief column times months) from which a table is big."""


class UnknownColumn(Exception):
    """The requested column does not exist."""

    def __init__(self, column: str) -> None:
        super().__init__(f'unknown column "{column}"; allowed are {", ".join(COLUMNS)} and tag:KEY')
        self.column = column


@dataclass(frozen=True, slots=True)
class ReportRow:
    """Sum of the costs with equal columns and currency."""

    values: tuple[str | None, ...]
    """A value for each column of the report. Months are `2026-05`, days `2026-05-01`."""
    currency: str
    direct: Decimal
    shared: Decimal
    """Costs distributed by pools."""

    @property
    def cost(self) -> Decimal:
        """Sum of direct and shared costs."""
        with localcontext(EXACT):
            return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Report:
    """Table of allocated costs with totals."""

    columns: tuple[str, ...]
    rows: Sequence[ReportRow]
    """Rows sorted by period and currency, then the largest first."""
    totals: Mapping[str, Total]
    """Totals by currency."""
    metric: str
    source: str
    estimated: tuple[str, ...]
    """Periods whose amounts may still change, as text."""
    warnings: tuple[str, ...]
    by_team: Report | None = None
    """The same report with teams, if it has owners but no teams: amounts of owners are rounded as sums of teams."""
    months: Report | None = None
    """Report by month and chief column, if this report has other columns. Rounding uses it to match monthly amounts.

    None if it would be a big table by another column than team, such as resources.
    """


def allocation_query(
    rules: Rules,
    columns: Sequence[str],
    metric: str,
    start: date | None,
    end: date | None,
    extra: Sequence[str] = (),
) -> CostQuery:
    """Build the query for a report, with only the dimensions that rules and columns need.

    Args:
        extra: further dimensions, such as `charge_category` for coverage.

    Raises:
        UnknownColumn: a column does not exist.
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
    """Return the dimensions that columns need.

    Raises:
        UnknownColumn: a column does not exist.
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
    """Allocate the answer to `allocation_query`, and build the report."""
    allocation = allocate(table, rules, kept_dimensions(rules, columns), metrics)
    return allocation, report(allocation, rules, columns)


def report(allocation: Allocation, rules: Rules, columns: Sequence[str]) -> Report:
    """Build a report by columns. The allocation must have kept their dimensions."""
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
    """Return True if the table by month and chief column is too big for rounding. Teams are never too big."""
    if columns[chief] == TEAM:
        return False
    values = {row.values[chief] for row in rows}
    return len(values) * len({_month(row.cell.period) for row in allocation.rows}) >= _BIG


def chief_column(columns: Sequence[str]) -> int | None:
    """Return the position of the chief column, for charts and rounding: team, or the first column without periods."""
    if TEAM in columns:
        return columns.index(TEAM)
    return next((index for index, column in enumerate(columns) if column not in (MONTH, DAY)), None)


def _reader(allocation: Allocation, rules: Rules, column: str) -> Callable[[AllocatedRow], str | None]:
    """Return a function that reads the value of a column."""
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
