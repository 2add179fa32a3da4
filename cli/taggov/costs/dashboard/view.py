"""The displayed costs: a period, a group and a currency. Pages draw only from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import streamlit as st

from cost_allocation.analysis import report as reports
from cost_allocation.analysis.report import Report
from cost_allocation.model import Allocation
from cost_allocation.query import SERVICE, Granularity
from cost_allocation.rules.model import Rules
from taggov.costs.dashboard.chart_allocation import chart_allocation, chart_columns
from taggov.costs.dashboard.dataset import PAGE_DIMENSIONS, Dataset, open_files
from taggov.costs.dashboard.months import by_month, months_of, select_months
from taggov.costs.dashboard.palette import colours
from taggov.costs.dashboard.ranking import Part, RoundedRows, rank_parts, unowned_names
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.render.figures import Totals, round_totals, rounded_rows
from taggov.costs.sources.months import months_before, next_month

_TREND_MONTHS, _MOST_DAYS = 6, 62

# Datasets and allocations are frozen, so sessions can share them. `st.cache_data` would copy them for each page, which
# is slower than computing them.


@st.cache_resource(max_entries=8, show_spinner="Reading the costs")
def cached_dataset(key: str, _options: Options) -> Dataset:
    """Open files or the sample. The key identifies their content."""
    return open_files(key, _options)


@st.cache_resource(max_entries=16, show_spinner="Allocating the costs")
def cached_allocation(
    key: str,
    _dataset: Dataset,
    start: date | None,
    end: date | None,
    metric: str,
    columns: Sequence[str],
    extra: Sequence[str],
) -> Allocation:
    """Allocate a period for some columns. The key is that of the dataset."""
    return _dataset.allocation(Period(start, end), metric, columns, extra)


@st.cache_resource(max_entries=16, show_spinner=False)
def cached_months(key: str, _allocation: Allocation, metric: str, columns: Sequence[str]) -> Mapping[date, Allocation]:
    """Split an allocation of all costs by month. The other arguments are the cache key."""
    return by_month(_allocation)


# Cached results keep a reference to their allocation, so that its id is not reused.


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={Allocation: id})
def cached_chart_allocation(
    allocation: Allocation, _rules: Rules, currency: str, group: str
) -> tuple[Allocation, Allocation]:
    """Build the allocation for charts of a currency by a group."""
    return allocation, chart_allocation(allocation, _rules, group, currency)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={Allocation: id})
def cached_rows(
    allocation: Allocation, _rules: Rules, currency: str, group: str, columns: Sequence[str]
) -> tuple[Allocation, RoundedRows]:
    """Build a rounded report of an allocation."""
    rows_of = (
        cached_chart_allocation(allocation, _rules, currency, group)[1]
        if {*columns} <= chart_columns(group)
        else allocation
    )
    report = reports.report(rows_of, _rules, columns)
    rows = rounded_rows(report, currency) if currency in report.totals else []
    return allocation, RoundedRows(report.columns, rows)


@dataclass(frozen=True)
class View:
    """Choices of the pickers and their results, computed once for all uses."""

    dataset: Dataset
    source: str
    """Display name of the source, without the folder of uploads."""
    period: Period
    metric: str
    group: str
    currency: str

    @property
    def first(self) -> date:
        """First day of the period."""
        return self.period.start or self.dataset.first

    @property
    def end(self) -> date:
        """First day after the period."""
        return self.period.end or next_month(self.dataset.last)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the allocation besides periods."""
        is_usual = self.metric == self.dataset.run.metric and self.group in self.dataset.together
        groups = self.dataset.together if is_usual else (self.group,)
        return tuple(dict.fromkeys([reports.TEAM, reports.OWNER, reports.PROJECT, SERVICE, *groups]))

    @cached_property
    def allocation(self) -> Allocation:
        """Allocation of the period by month."""
        if self.is_month:
            return self.allocate_months((self.first,))
        if self.period.start is None and self.period.end is None:
            return self.allocate_months([its.start for its in self.dataset.months if its.start])
        return self.allocate((reports.MONTH, *self.columns))

    @property
    def recent_months(self) -> tuple[date, date]:
        """Months up to the end of the period, at least six if there are costs."""
        last = self.end if self.end.day == 1 else next_month(self.end)
        start = max(
            self.dataset.first.replace(day=1), min(self.first.replace(day=1), months_before(last, _TREND_MONTHS))
        )
        return start, last

    @cached_property
    def recent_allocation(self) -> Allocation:
        """Allocation of the recent months."""
        start, end = self.recent_months
        months = [one.start for one in reversed(self.dataset.months) if one.start]
        return self.allocate_months([month for month in months if start <= month < end])

    @cached_property
    def daily_allocation(self) -> Allocation:
        """Allocation of the period by day, for reports by the group only."""
        return self.allocate((reports.DAY, self.group), extra=())

    @property
    def has_days(self) -> bool:
        """True if the source has daily costs."""
        return self.dataset.granularity is Granularity.DAY

    @property
    def is_short(self) -> bool:
        """True if a chart can show the days of the period."""
        return self.has_days and (self.end - self.first).days <= _MOST_DAYS

    @property
    def is_month(self) -> bool:
        """True if the period is one calendar month."""
        return self.first.day == 1 and self.end == next_month(self.first)

    @cached_property
    def total(self) -> Totals:
        """Rounded totals of the currency."""
        return round_totals(self.allocation.totals[self.currency])

    @cached_property
    def colours(self) -> Mapping[str, str]:
        """Colours of the names of the group in the recent months."""
        return colours(
            (part.name for part in self.parts(self.recent_allocation, self.group)), unowned_names(self.group)
        )

    def allocate_months(self, months: Sequence[date]) -> Allocation:
        """Allocate whole months. All months are allocated at once, and the requested ones are selected."""
        whole = self.dataset.period
        columns = (reports.MONTH, *self.columns)
        if self.dataset.run.rules.needs_days(whole.start, whole.end):
            # Rules that change within a month need daily costs for some months only.
            return self.allocate(columns, Period(months[0], next_month(months[-1])))
        found = self.allocate(columns, whole)
        if len(months) == 1 and (one := cached_months(self.dataset.key, found, self.metric, columns).get(months[0])):
            return one
        return select_months(found, months)

    def allocate(
        self, columns: Sequence[str], period: Period | None = None, extra: Sequence[str] = PAGE_DIMENSIONS
    ) -> Allocation:
        """Allocate for other columns or another period."""
        its = period or self.period
        return cached_allocation(
            self.dataset.key, self.dataset, its.start, its.end, self.metric, tuple(columns), tuple(extra)
        )

    def report(self, allocation: Allocation, *columns: str) -> Report:
        """Build a report of all currencies."""
        return replace(reports.report(allocation, self.dataset.run.rules, columns), source=self.source)

    def rounded_rows(self, allocation: Allocation, *columns: str) -> RoundedRows:
        """Return the rounded rows of a report in the currency; empty if there are no costs in it."""
        return cached_rows(allocation, self.dataset.run.rules, self.currency, self.group, columns)[1]

    def monthly(self, column: str) -> RoundedRows:
        """Return the recent months by a column. If the period is only one of them, each month is rounded separately."""
        if (self.period.start, self.period.end) == self.recent_months:
            return self.rounded_rows(self.recent_allocation, reports.MONTH, column)
        rows = [
            row
            for month in months_of(self.recent_allocation)
            for row in self.rounded_rows(self.allocate_months((month,)), reports.MONTH, column).rows
        ]
        return RoundedRows((reports.MONTH, column), rows)

    def parts(self, allocation: Allocation, column: str) -> list[Part]:
        """Return the values of a column in the currency, the largest first."""
        return rank_parts(self.rounded_rows(allocation, column), column)
