"""Things that hold from one day until another."""

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
class Dated(Generic[T]):
    """A value and the days on which it holds: from the first, until the second, which is not one of them."""

    start: date | None
    until: date | None
    value: T
    path: Path

    def holds_on(self, day: date) -> bool:
        """Tell whether the day is one of them."""
        return (self.start is None or self.start <= day) and (self.until is None or day < self.until)


def read_dated(given: Any, path: Path, read: Callable[[Any, Path], T], problems: list[Problem]) -> tuple[Dated[T], ...]:
    """Read one value, or a list of values with dates, as the file has it; in the order of time."""
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
        found.append(Dated(start, until, value, place))
    found.sort(key=lambda one: one.start or date.min)
    # A day that could not be read would seem to overlap with every other.
    for earlier, later in pairwise(found if len(problems) == sound else ()):
        if earlier.until is None or (later.start or date.min) < earlier.until:
            message = "overlaps with another entry in time; until is the day on which the next one begins"
            problems.append(Problem(later.path, message))
    return tuple(found)


def days_of_change(entries: Iterable[Dated[Any]]) -> set[date]:
    """The days on which an entry begins or ends."""
    return {day for entry in entries for day in (entry.start, entry.until) if day is not None}


def _day(given: object, path: Path, problems: list[Problem]) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        problems.append(Problem(path, f'"{given}" is not a day of the calendar; write YYYY-MM-DD'))
        return None
