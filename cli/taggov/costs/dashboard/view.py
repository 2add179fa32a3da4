"""What is looked at: costs of a period, by a group, in a currency. Everything a page draws comes from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from cost_allocation import report as reports
from cost_allocation.model import Allocation, Total
from cost_allocation.query import SERVICE, Granularity
from cost_allocation.report import Report
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.sources.months import months_before, next_month

from .opened import Opened, open_files
from .palette import colours
from .ranking import Part, ranked

_TREND_MONTHS = 6

# Opened costs and allocations are frozen values: sessions can share them, and `st.cache_data` would copy each of
# them every time a page is drawn, which takes longer than to make them.


@st.cache_resource(max_entries=8, show_spinner="Reading the costs")
def opened(key: str, _options: Options) -> Opened:
    """Files or the sample; the key names their content."""
    return open_files(key, _options)


@st.cache_resource(max_entries=16, show_spinner="Allocating the costs")
def allocated(
    key: str, _opened: Opened, start: date | None, end: date | None, metric: str, columns: Sequence[str]
) -> Allocation:
    """The allocation of a period for these columns; the key is that of what is opened."""
    return _opened.allocation(Period(start, end), metric, columns)


@dataclass(frozen=True, slots=True)
class View:
    """What the pickers say."""

    opened: Opened
    source: str
    """Where the costs come from, as the user knows it: not the place where an upload is kept."""
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
        """What the allocation can be reported by, besides periods."""
        return tuple(dict.fromkeys([reports.TEAM, reports.OWNER, reports.PROJECT, SERVICE, self.group]))

    @property
    def allocation(self) -> Allocation:
        """Of the period, by month."""
        return self.allocated((reports.MONTH, *self.columns))

    @property
    def lately(self) -> Allocation:
        """Of the months up to the end of the period, six or more of them."""
        last = self.end if self.end.day == 1 else next_month(self.end)
        start = max(
            self.opened.first.replace(day=1), min(self.first.replace(day=1), months_before(last, _TREND_MONTHS))
        )
        return self.allocated((reports.MONTH, *self.columns), Period(start, last))

    @property
    def by_day(self) -> Allocation:
        """Of the period, by day."""
        return self.allocated((reports.DAY, *self.columns))

    @property
    def has_days(self) -> bool:
        """Whether the source can tell days apart."""
        return self.opened.granularity is Granularity.DAY

    @property
    def is_month(self) -> bool:
        """Whether the period is one calendar month."""
        return self.first.day == 1 and self.end == next_month(self.first)

    @property
    def total(self) -> Total:
        """The proof of the currency."""
        return self.allocation.totals[self.currency]

    @property
    def colours(self) -> Mapping[str, str]:
        """A colour for each name of the group; every name of these months has its own place."""
        return colours(part.name for part in self.parts(self.lately, self.group))

    def allocated(self, columns: Sequence[str], period: Period | None = None) -> Allocation:
        """An allocation for other columns or another period."""
        its = period or self.period
        return allocated(self.opened.key, self.opened, its.start, its.end, self.metric, tuple(columns))

    def report(self, allocation: Allocation, *columns: str) -> Report:
        """A report of all currencies."""
        return replace(reports.report(allocation, self.opened.study.rules, columns), source=self.source)

    def parts(self, allocation: Allocation, column: str) -> list[Part]:
        """The values of a column, in the currency, the largest first."""
        return ranked(self.report(allocation, column), column, self.currency)
