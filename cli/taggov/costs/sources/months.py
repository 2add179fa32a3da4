"""Calendar months as dates: the first day of each."""

from __future__ import annotations

from datetime import date, timedelta


def next_month(day: date) -> date:
    """Return the first day of the next month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def months_before(day: date, months: int) -> date:
    """Return the first day of the month, the given number of months earlier."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)
