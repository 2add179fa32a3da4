"""Entries that apply from one day until another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Generic, TypeVar

from cost_allocation.rules.model import Problem

T = TypeVar("T")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class DatedEntry(Generic[T]):
    """A value that applies from `start` (inclusive) until `until` (exclusive)."""

    start: date | None
    until: date | None
    value: T
    path: Path

    def applies_on(self, day: date) -> bool:
        """Return True if the entry applies on a day."""
        return (self.start is None or self.start <= day) and (self.until is None or day < self.until)


def read_dated_entries(
    given: Any, path: Path, read: Callable[[Any, Path], T], problems: list[Problem]
) -> tuple[DatedEntry[T], ...]:
    """Read one value, or a list of values with dates, sorted by time."""
    places = [(*path, index) for index in range(len(given))] if isinstance(given, list) else [path]
    entries = given if isinstance(given, list) else [given]
    values = [read(entry, place) for entry, place in zip(entries, places, strict=True)]
    sound = len(problems)
    found = []
    for entry, place, value in zip(entries, places, values, strict=True):
        dates = entry if isinstance(entry, Mapping) else {}
        start = _day(dates.get("from"), (*place, "from"), problems)
        until = _day(dates.get("until"), (*place, "until"), problems)
        if start and until and start >= until:
            problems.append(Problem((*place, "until"), f"{until} is not after from, {start}"))
        found.append(DatedEntry(start, until, value, place))
    found.sort(key=lambda one: one.start or date.min)
    # An invalid date would seem to overlap with all others.
    for earlier, later in pairwise(found if len(problems) == sound else ()):
        if earlier.until is None or (later.start or date.min) < earlier.until:
            message = "overlaps with another entry; until is exclusive, so it may be the start of the next entry"
            problems.append(Problem(later.path, message))
    return tuple(found)


def boundary_days(entries: Iterable[DatedEntry[Any]]) -> set[date]:
    """Return the days on which an entry starts or ends."""
    return {day for entry in entries for day in (entry.start, entry.until) if day is not None}


def _day(given: object, path: Path, problems: list[Problem]) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        problems.append(Problem(path, f'"{given}" is not a valid date; write YYYY-MM-DD'))
        return None
