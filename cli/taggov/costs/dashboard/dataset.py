"""Costs opened for the dashboard: a study, and what there is to choose from in it."""

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
from taggov.costs.dashboard.cached_table import CachedTable
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.sources.base import Announce, Progress, silent
from taggov.costs.sources.cost_explorer.client import PRICE
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.months import next_month
from taggov.costs.study import Study, open_study

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
"""Columns that costs can be grouped by, besides tag keys."""

LOOKED_AT = (query.SERVICE, query.ACCOUNT, query.CHARGE_CATEGORY)
"""Needs of pages besides the rules: services in the drill-down, accounts of unknown costs, coverage by category."""

_GROUPED_BY_TWO = 2

_MOST_HELD_KEYS, _MOST_HELD_VALUES = 16, 1000
"""Tag keys whose sums are held, and values of each. For groups by another key the files are read again."""
_MOST_TOGETHER = 100_000
"""Sums that are allocated by all groups in one go. More would take longer than the group that is looked at first."""


class NoCosts(Exception):
    """There is nothing to show: the source is in order, and has no row."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A source that was looked at once, and its rules."""

    key: str
    """Tells it from other costs, also from the same files with other rules."""
    study: Study
    first: date
    """The first day that has costs."""
    last: date
    groups: tuple[str, ...]
    """The columns that it can be grouped by."""
    granularity: Granularity = Granularity.DAY
    """The finest periods that it can be asked for."""
    together: tuple[str, ...] = ()
    """Groups that are allocated in one go, so that another one of them is only another view of it."""

    def allocation(
        self, period: Period, metric: str, columns: Sequence[str], extra: Sequence[str] = LOOKED_AT
    ) -> Allocation:
        """The costs of a period, allocated, for reports by these columns.

        Raises:
            SourceError, MissingMetric, OptionError: one line each.
        """
        (found,) = replace(self.study, period=period, metric=metric).allocation(columns, extra)
        return found

    @property
    def months(self) -> list[Period]:
        """The months that have costs, the newest first."""
        found = []
        month = self.first.replace(day=1)
        while month <= self.last:
            found.append(Period(month, next_month(month)))
            month = next_month(month)
        return found[::-1]

    @property
    def last_full_month(self) -> Period:
        """The newest month whose last day has costs; the newest one of all where none is complete."""
        newest, *earlier = self.months
        complete = newest.end is not None and self.last == newest.end - timedelta(days=1)
        return newest if complete or not earlier else earlier[0]

    def covers(self, period: Period) -> bool:
        """Tell whether there are costs from the first day of a period to its last."""
        inside = period.start is None or self.first <= period.start
        return inside and (period.end is None or period.end - timedelta(days=1) <= self.last)


def open_files(key: str, options: Options) -> Dataset:
    """Open FOCUS files, or the sample.

    Args:
        key: see `Dataset`.
        options: with `focus` or `sample`.

    Raises:
        NoCosts: the files have no rows.
        SourceError, RulesFileError, MetricError: one line each.
    """
    study = open_study(options, _nobody, silent)
    source = study.source
    if not isinstance(source, FocusFiles):
        raise TypeError(f"{source.name} is no source of files")
    if (days := source.condense(by_day=study.rules.needs_days(None, None))) is None:
        raise NoCosts(f"{source.name} has no rows")
    keys = _spelled_once(source.tag_keys()) if study.rules.ignore_key_case else source.tag_keys()
    groups = (*GROUPS, *map(query.tag, keys))
    few = map(query.tag, source.few_valued(keys[:_MOST_HELD_KEYS], _MOST_HELD_VALUES))
    held = (*GROUPS, *few)
    sums = source.hold(study.query(held, LOOKED_AT))
    return Dataset(key, study, *days, groups, together=held if sums <= _MOST_TOGETHER else ())


def _spelled_once(keys: Iterable[str]) -> list[str]:
    """Leave out keys that differ from one before in letter case alone: they are read as one."""
    first: dict[str, str] = {}
    for key in keys:
        first.setdefault(key.casefold(), key)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class Question:
    """The question that Cost Explorer is asked, once for all pages."""

    first: date
    """First day of the first month."""
    end: date
    """First day after the last month."""
    metric: str
    days: bool
    most: Decimal
    """USD that it may cost."""
    profile: str | None


def dimensions(rules: Rules) -> tuple[str, ...]:
    """Return the dimensions by which Cost Explorer is asked for these rules."""
    return tuple(dict.fromkeys([*rules.attribution_dimensions, *LOOKED_AT]))


def least_price(rules: Rules) -> Decimal:
    """Compute what the question costs at least, in USD: a request groups by two dimensions, and each page is paid."""
    asked = [dimension for dimension in dimensions(rules) if dimension != query.PROVIDER]
    return PRICE * -(-len(asked) // _GROUPED_BY_TWO)


def ask_cost_explorer(key: str, question: Question, given: Options, announce: Announce, progress: Progress) -> Dataset:
    """Ask, pay, and hold the answer.

    Args:
        key: see `Dataset`.
        question: what to ask.
        given: rules and metrics.
        announce: told the price of what is asked next.
        progress: told how far it is.

    Raises:
        NoCosts: there were none in those months.
        SourceError, RulesFileError, MetricError, PeriodError: one line each.
    """
    options = replace(
        given,
        profile=question.profile,
        metric=question.metric,
        start=question.first.isoformat(),
        end=question.end.isoformat(),
        max_cost=text(question.most),
    )
    study = open_study(options, announce, progress)
    by_day = question.days or study.rules.needs_days(question.first, question.end)
    granularity = Granularity.DAY if by_day else Granularity.MONTH
    asked = dimensions(study.rules)
    exact_keys = not study.rules.ignore_key_case
    table = study.source.fetch(
        CostQuery(study.metric, question.first, question.end, granularity, asked, exact_keys=exact_keys)
    )
    if not table.rows:
        raise NoCosts(f"{table.source} has no costs from {question.first} to {question.end - timedelta(days=1)}")
    held = replace(study, source=CachedTable(table, granularity), strict_tags=False)
    periods = [row.period for row in table.rows]
    last = max(periods) if by_day else next_month(max(periods)) - timedelta(days=1)
    groups = tuple(group for group in GROUPS if {*kept_dimensions(study.rules, (group,))} <= {*asked})
    return Dataset(key, held, min(periods), last, groups, granularity)


def _nobody(line: str) -> None:
    """Files cost nothing, so there is no price to announce."""
