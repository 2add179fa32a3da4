"""The costs that are looked at: of a period, by a group, in a currency. Everything a page draws comes from here."""

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
from taggov.costs.dashboard.coarse import coarse, told_apart
from taggov.costs.dashboard.dataset import LOOKED_AT, Dataset, open_files
from taggov.costs.dashboard.months import by_month, months_of, only
from taggov.costs.dashboard.palette import colours
from taggov.costs.dashboard.ranking import Part, Shown, nobody, ranked
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.render.figures import Totals, rounded_totals, shown_rows
from taggov.costs.sources.months import months_before, next_month

_TREND_MONTHS, _MOST_DAYS = 6, 62

# Datasets and allocations are frozen values: sessions can share them, and `st.cache_data` would copy each of
# them every time a page is drawn, which takes longer than to make them.


@st.cache_resource(max_entries=8, show_spinner="Reading the costs")
def opened(key: str, _options: Options) -> Dataset:
    """Files or the sample; the key names their content."""
    return open_files(key, _options)


@st.cache_resource(max_entries=16, show_spinner="Allocating the costs")
def allocated(
    key: str,
    _opened: Dataset,
    start: date | None,
    end: date | None,
    metric: str,
    columns: Sequence[str],
    extra: Sequence[str],
) -> Allocation:
    """The allocation of a period for these columns; the key is that of what is opened."""
    return _opened.allocation(Period(start, end), metric, columns, extra)


@st.cache_resource(max_entries=16, show_spinner=False)
def each_month(key: str, _allocation: Allocation, metric: str, columns: Sequence[str]) -> Mapping[date, Allocation]:
    """The allocation of all costs by month; what is not hidden tells it from others."""
    return by_month(_allocation)


# What follows from an allocation is kept beside it, so that no other one gets its id.


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={Allocation: id})
def added_up(allocation: Allocation, _rules: Rules, currency: str, group: str) -> tuple[Allocation, Allocation]:
    """The allocation for charts of a currency by a group."""
    return allocation, coarse(allocation, _rules, group, currency)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={Allocation: id})
def shown_report(
    allocation: Allocation, _rules: Rules, currency: str, group: str, columns: Sequence[str]
) -> tuple[Allocation, Shown]:
    """A report of an allocation, rounded."""
    rows_of = added_up(allocation, _rules, currency, group)[1] if {*columns} <= told_apart(group) else allocation
    report = reports.report(rows_of, _rules, columns)
    rows = shown_rows(report, currency) if currency in report.totals else []
    return allocation, Shown(report.columns, rows)


@dataclass(frozen=True)
class View:
    """Choices of the pickers, and what follows from them, found once: pages ask for it many times."""

    opened: Dataset
    source: str
    """The source of the costs as the user knows it: not the place where an upload is kept."""
    period: Period
    metric: str
    group: str
    currency: str

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.period.start or self.opened.first

    @property
    def end(self) -> date:
        """The first day after the period."""
        return self.period.end or next_month(self.opened.last)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the allocation can be reported by, besides periods."""
        is_usual = self.metric == self.opened.study.metric and self.group in self.opened.together
        groups = self.opened.together if is_usual else (self.group,)
        return tuple(dict.fromkeys([reports.TEAM, reports.OWNER, reports.PROJECT, SERVICE, *groups]))

    @cached_property
    def allocation(self) -> Allocation:
        """The allocation of the period, by month."""
        if self.is_month:
            return self.of_months((self.first,))
        if self.period.start is None and self.period.end is None:
            return self.of_months([its.start for its in self.opened.months if its.start])
        return self.allocated((reports.MONTH, *self.columns))

    @property
    def recent(self) -> tuple[date, date]:
        """The months up to the end of the period, six or more of them."""
        last = self.end if self.end.day == 1 else next_month(self.end)
        start = max(
            self.opened.first.replace(day=1), min(self.first.replace(day=1), months_before(last, _TREND_MONTHS))
        )
        return start, last

    @cached_property
    def lately(self) -> Allocation:
        """The report of those months."""
        start, end = self.recent
        months = [one.start for one in reversed(self.opened.months) if one.start]
        return self.of_months([month for month in months if start <= month < end])

    @cached_property
    def by_day(self) -> Allocation:
        """The report of the period, by day, for reports by the group alone."""
        return self.allocated((reports.DAY, self.group), extra=())

    @property
    def has_days(self) -> bool:
        """Tell whether the source can tell days apart."""
        return self.opened.granularity is Granularity.DAY

    @property
    def is_short(self) -> bool:
        """True where a chart has room for the days of the period."""
        return self.has_days and (self.end - self.first).days <= _MOST_DAYS

    @property
    def is_month(self) -> bool:
        """Tell whether the period is one calendar month."""
        return self.first.day == 1 and self.end == next_month(self.first)

    @cached_property
    def total(self) -> Totals:
        """The proof of the currency, rounded."""
        return rounded_totals(self.allocation.totals[self.currency])

    @cached_property
    def colours(self) -> Mapping[str, str]:
        """A colour for each name of the group; every name of these months has its own place."""
        return colours((part.name for part in self.parts(self.lately, self.group)), nobody(self.group))

    def of_months(self, months: Sequence[date]) -> Allocation:
        """An allocation of whole months, by month. All months are allocated at once, and those are taken out of it."""
        whole = Period(self.opened.months[-1].start, self.opened.months[0].end)
        columns = (reports.MONTH, *self.columns)
        if self.opened.study.rules.needs_days(whole.start, whole.end):
            # Some months are allocated by day then, and others by month.
            return self.allocated(columns, Period(months[0], next_month(months[-1])))
        found = self.allocated(columns, whole)
        if len(months) == 1 and (one := each_month(self.opened.key, found, self.metric, columns).get(months[0])):
            return one
        return only(found, months)

    def allocated(
        self, columns: Sequence[str], period: Period | None = None, extra: Sequence[str] = LOOKED_AT
    ) -> Allocation:
        """An allocation for other columns or another period."""
        its = period or self.period
        return allocated(self.opened.key, self.opened, its.start, its.end, self.metric, tuple(columns), tuple(extra))

    def report(self, allocation: Allocation, *columns: str) -> Report:
        """A report of all currencies."""
        return replace(reports.report(allocation, self.opened.study.rules, columns), source=self.source)

    def shown(self, allocation: Allocation, *columns: str) -> Shown:
        """The rows of a report in the currency, rounded; none where the allocation has nothing in it."""
        return shown_report(allocation, self.opened.study.rules, self.currency, self.group, columns)[1]

    def monthly(self, column: str) -> Shown:
        """The recent months by a column. Where the period is only one of them, each is rounded as if it was alone."""
        if (self.period.start, self.period.end) == self.recent:
            return self.shown(self.lately, reports.MONTH, column)
        rows = [
            row
            for month in months_of(self.lately)
            for row in self.shown(self.of_months((month,)), reports.MONTH, column).rows
        ]
        return Shown((reports.MONTH, column), rows)

    def parts(self, allocation: Allocation, column: str) -> list[Part]:
        """The values of a column, in the currency, the largest first."""
        return ranked(self.shown(allocation, column), column)
