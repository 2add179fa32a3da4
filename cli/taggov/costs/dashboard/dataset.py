"""Costs for the dashboard: an allocation run with its days and groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from cost_allocation import query
from cost_allocation.analysis.report import CUSTOMER, ENVIRONMENT, OWNER, POOL, PROJECT, TEAM, kept_dimensions
from cost_allocation.exact import text
from cost_allocation.model import Allocation
from cost_allocation.query import CostQuery, Granularity
from cost_allocation.rules.model import Rules
from taggov.costs.allocation_run import AllocationRun, open_run
from taggov.costs.dashboard.cached_table import CachedTable
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.sources.base import Announce, Progress, silent
from taggov.costs.sources.cost_explorer.client import PRICE
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.months import next_month

GROUPS = (
    TEAM,
    OWNER,
    PROJECT,
    POOL,
    query.SERVICE,
    query.ACCOUNT,
    ENVIRONMENT,
    CUSTOMER,
    query.PROVIDER,
    query.REGION,
    query.CHARGE_CATEGORY,
)
"""Grouping columns besides tag keys."""

PAGE_DIMENSIONS = (query.SERVICE, query.ACCOUNT, query.CHARGE_CATEGORY)
"""Dimensions that pages need besides those of the rules: services in the drill-down, accounts of unknown costs,
charge categories for coverage."""

_GROUPED_BY_TWO = 2

_MOST_CUBE_KEYS, _MOST_CUBE_VALUES = 16, 1000
"""Limits of precomputed sums: number of tag keys, and values of each. For other keys the files are read again."""
_MOST_TOGETHER = 100_000
"""Maximum number of sums to allocate by all groups at once. More would delay the first page."""


class NoCosts(Exception):
    """The source is valid but has no costs."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A source with its rules, inspected once."""

    key: str
    """Cache key. It identifies the costs and the rules."""
    run: AllocationRun
    first: date
    """First day with costs."""
    last: date
    groups: tuple[str, ...]
    """Grouping columns."""
    granularity: Granularity = Granularity.DAY
    """Finest granularity."""
    together: tuple[str, ...] = ()
    """Groups that are allocated at once, so that switching between them needs no new allocation."""

    def allocation(
        self, period: Period, metric: str, columns: Sequence[str], extra: Sequence[str] = PAGE_DIMENSIONS
    ) -> Allocation:
        """Allocate the costs of a period for reports by some columns.

        Raises:
            SourceError, MissingMetric, OptionError: one line each.
        """
        (found,) = replace(self.run, period=period, metric=metric).allocation(columns, extra)
        return found

    @property
    def months(self) -> list[Period]:
        """Months with costs, the newest first."""
        found = []
        month = self.first.replace(day=1)
        while month <= self.last:
            found.append(Period(month, next_month(month)))
            month = next_month(month)
        return found[::-1]

    @property
    def period(self) -> Period:
        """All months with costs."""
        return Period(self.months[-1].start, self.months[0].end)

    @property
    def last_full_month(self) -> Period:
        """The newest month with costs on its last day; if there is none, the newest month."""
        newest, *earlier = self.months
        complete = newest.end is not None and self.last == newest.end - timedelta(days=1)
        return newest if complete or not earlier else earlier[0]

    def covers(self, period: Period) -> bool:
        """Return True if there are costs from the first to the last day of a period."""
        inside = period.start is None or self.first <= period.start
        return inside and (period.end is None or period.end - timedelta(days=1) <= self.last)


def open_files(key: str, options: Options) -> Dataset:
    """Open FOCUS files or the sample.

    Args:
        key: see `Dataset`.
        options: with `focus` or `sample`.

    Raises:
        NoCosts: the files have no rows.
        SourceError, RulesFileError, MetricError: one line each.
    """
    run = open_run(options, _ignore, silent)
    source = run.source
    if not isinstance(source, FocusFiles):
        raise TypeError(f"{source.name} is not a source of files")
    if (days := source.condense(by_day=run.rules.needs_days(None, None))) is None:
        raise NoCosts(f"{source.name} has no rows")
    keys = _without_other_spellings(source.tag_keys()) if run.rules.ignore_key_case else source.tag_keys()
    groups = (*GROUPS, *map(query.tag, keys))
    few = map(query.tag, source.keys_with_few_values(keys[:_MOST_CUBE_KEYS], _MOST_CUBE_VALUES))
    cached = (*GROUPS, *few)
    sums = source.precompute(run.query(cached, PAGE_DIMENSIONS))
    return Dataset(key, run, *days, groups, together=cached if sums <= _MOST_TOGETHER else ())


def _without_other_spellings(keys: Iterable[str]) -> list[str]:
    """Drop keys that differ from an earlier key only in letter case, because they are merged."""
    first: dict[str, str] = {}
    for key in keys:
        first.setdefault(key.casefold(), key)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class CostExplorerRequest:
    """Query to Cost Explorer, sent once for all pages."""

    first: date
    """First day of the first month."""
    end: date
    """First day after the last month."""
    metric: str
    days: bool
    most: Decimal
    """Price limit in USD."""
    profile: str | None


def dimensions(rules: Rules) -> tuple[str, ...]:
    """Return the dimensions that these rules need from Cost Explorer."""
    return tuple(dict.fromkeys([*rules.attribution_dimensions, *PAGE_DIMENSIONS]))


def least_price(rules: Rules) -> Decimal:
    """Compute the minimum price of a query in USD. A request groups by two dimensions, and each page is paid."""
    asked = [dimension for dimension in dimensions(rules) if dimension != query.PROVIDER]
    return PRICE * -(-len(asked) // _GROUPED_BY_TWO)


def ask_cost_explorer(
    key: str, request: CostExplorerRequest, given: Options, announce: Announce, progress: Progress
) -> Dataset:
    """Query Cost Explorer, and keep the answer as a dataset.

    Args:
        key: see `Dataset`.
        request: the query.
        given: options with rules and metrics.
        announce: receives the price of the next requests.
        progress: receives the progress.

    Raises:
        NoCosts: there are no costs in these months.
        SourceError, RulesFileError, MetricError, PeriodError: one line each.
    """
    options = replace(
        given,
        profile=request.profile,
        metric=request.metric,
        start=request.first.isoformat(),
        end=request.end.isoformat(),
        max_cost=text(request.most),
    )
    run = open_run(options, announce, progress)
    by_day = request.days or run.rules.needs_days(request.first, request.end)
    granularity = Granularity.DAY if by_day else Granularity.MONTH
    asked = dimensions(run.rules)
    exact_keys = not run.rules.ignore_key_case
    table = run.source.fetch(
        CostQuery(run.metric, request.first, request.end, granularity, asked, exact_keys=exact_keys)
    )
    if not table.rows:
        raise NoCosts(f"{table.source} has no costs from {request.first} to {request.end - timedelta(days=1)}")
    cached = replace(run, source=CachedTable(table, granularity), strict_tags=False)
    periods = [row.period for row in table.rows]
    last = max(periods) if by_day else next_month(max(periods)) - timedelta(days=1)
    groups = tuple(group for group in GROUPS if {*kept_dimensions(run.rules, (group,))} <= {*asked})
    return Dataset(key, cached, min(periods), last, groups, granularity)


def _ignore(line: str) -> None:
    """Ignore announcements: files have no price."""
