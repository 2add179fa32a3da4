"""Periods of costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from cost_allocation.model import CostTable
from taggov.costs.sources.months import next_month

_MONTH = re.compile(r"\d{4}-\d{2}")
_FIRST_YEAR = 2000


class PeriodError(Exception):
    """The dates are invalid. The message is one line that names the option, the value and what is expected."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from start (inclusive) to end (exclusive); None leaves a side open."""

    start: date | None
    end: date | None

    def __str__(self) -> str:
        """Format as months, `2026-05 to 2026-10`, or as days if the months are not whole."""
        if self.start is None and self.end is None:
            return "all periods"
        whole = all(day is None or day.day == 1 for day in (self.start, self.end))
        pattern = "%Y-%m" if whole else "%Y-%m-%d"
        first = "" if self.start is None else f"{self.start:{pattern}}"
        last = "" if self.end is None else f"{self.end - timedelta(days=1):{pattern}}"
        if not first or not last:
            return f"from {first}" if first else f"until {last}"
        return first if first == last else f"{first} to {last}"


ALWAYS = Period(None, None)


def period(month: str | None, start: str | None, end: str | None, today: date, *, open_ended: bool) -> Period:
    """Return the period that the options describe.

    The default is the last full month, or all periods for open-ended sources, because files are a selection already.

    Args:
        month: `2026-05`.
        start: a day, or a month, which means its first day.
        end: the first day after the period, or a month, which means its first day.
        today: in UTC.
        open_ended: True if a side may be left open.

    Raises:
        PeriodError: a date is invalid, the dates are reversed, or the period is in the future.
    """
    if month is not None:
        if start is not None or end is not None:
            raise PeriodError("--month cannot be combined with --start and --end")
        if not _MONTH.fullmatch(month):
            raise PeriodError(f'--month "{month}" must be written YYYY-MM')
        begin = _day("--month", month)
        _validated(begin, None, today)
        return Period(begin, next_month(begin))
    if start is None and end is None:
        return ALWAYS if open_ended else last_full_month(today)
    first, last = (
        None if given is None else _day(option, given) for option, given in (("--start", start), ("--end", end))
    )
    if open_ended:
        return _validated(first, last, today)
    if first is None:
        raise PeriodError(f"--end {last} needs a --start, or use --month YYYY-MM")
    return _validated(first, last or next_month(today), today)


def closed_period(period: Period, table: CostTable) -> Period:
    """Replace the open sides of a period by the first and the last month with costs."""
    days = [row.period for row in table.rows]
    if not days:
        return period
    return Period(period.start or min(days).replace(day=1), period.end or next_month(max(days)))


def last_full_month(today: date) -> Period:
    """Return the month before the current one."""
    end = today.replace(day=1)
    return Period((end - timedelta(days=1)).replace(day=1), end)


def _day(option: str, given: str) -> date:
    try:
        day = date.fromisoformat(f"{given}-01" if _MONTH.fullmatch(given) else given)
    except ValueError:
        raise PeriodError(f'{option} "{given}" is no date; write YYYY-MM-DD or YYYY-MM') from None
    if day.year < _FIRST_YEAR:
        raise PeriodError(f'{option} "{given}" is too early; the times of costs begin with {_FIRST_YEAR}')
    return day


def _validated(start: date | None, end: date | None, today: date) -> Period:
    limit = next_month(today)
    if start and start >= limit:
        raise PeriodError(f"{start} has not come yet; costs go up to this month, before {limit}")
    if start and end and start >= end:
        after = next_month(start)
        raise PeriodError(
            f"--start {start} is not before --end {end}; the end is the first day that no longer counts: --end {after}"
        )
    if end and end > limit:
        raise PeriodError(f"--end {end} is too far in the future; the latest is {limit}, the end of this month")
    return Period(start, end)
