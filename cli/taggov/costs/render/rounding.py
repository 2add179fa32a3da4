"""Rounding of amounts in two parts, such as direct and shared cost, so that every column and every row adds up.

Each amount becomes the whole number just below or just above it, by largest remainder; another one only where what the
parts have to add up to is further away itself. Equal remainders are decided by the key of the amount, so the order of a
table changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Pair(NamedTuple):
    """An amount in two parts, in whole units as they are shown."""

    first: int
    second: int

    @property
    def cost(self) -> int:
        """Both parts."""
        return self.first + self.second


@dataclass(slots=True)
class Part:
    """An exact amount to be rounded, in a unit so small that it is whole."""

    key: tuple[str, ...]
    """Decides between equal remainders."""
    first: int
    second: int
    cell: str = ""
    """Parts with the same cell add up to the target of that cell."""
    cost: int = field(default=0, init=False)
    """The rounded cost, once it is decided."""


def round_half_up(amount: int, unit: int) -> int:
    """Round an exact amount to whole units.

    Half up, because then a whole number more is a whole number more: of `a = b + 1` both are rounded alike.
    """
    return (2 * amount + unit) // (2 * unit)


def raised(amounts: Sequence[int], keys: Sequence[tuple[str, ...]], whole: int, unit: int) -> list[int]:
    """Round amounts by largest remainder so that they add up to `whole`.

    Args:
        amounts: exact.
        keys: one for each amount.
        whole: the exact sum, rounded down or up; where it is further away, all amounts share the difference.
        unit: what one shown unit is in the exact amounts.
    """
    floors = [amount // unit for amount in amounts]
    if not floors:
        return []
    each, missing = divmod(whole - sum(floors), len(floors))
    floors = [floor + each for floor in floors]
    order = sorted(range(len(amounts)), key=lambda index: (-(amounts[index] % unit), keys[index]))
    for index in order[:missing]:
        floors[index] += 1
    return floors


def round_pairs(
    parts: Sequence[Part], cells: Mapping[str, int], first: int, unit: int, *, exchange: bool = True
) -> list[Pair]:
    """Round parts so that those of each cell add up to its target, and all first halves to theirs.

    The costs of a cell are decided first, by largest remainder. The halves follow; where costs that have only one half
    would miss the target of the first halves, costs of the same cell change places with the nearest of another kind.

    Args:
        parts: exact.
        cells: the rounded sum of each cell.
        first: the rounded sum of the first halves.
        unit: what one shown unit is in the exact amounts.
        exchange: whether costs may change places; otherwise each is what largest remainder gives it.

    Returns:
        a pair for each part; the sum of the first halves misses its target only where no exchange helps.
    """
    by_cell: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_cell[part.cell].append(part)
    for cell, mine in by_cell.items():
        costs = raised([part.first + part.second for part in mine], [part.key for part in mine], cells[cell], unit)
        for part, cost in zip(mine, costs, strict=True):
            part.cost = cost
    least, most = _bounds(parts, unit)
    if exchange and (over := sum(least) - first) > 0:
        _exchange(by_cell, over, unit, lambda part: (part.first, part.second))
        least, most = _bounds(parts, unit)
    elif exchange and (under := first - sum(most)) > 0:
        _exchange(by_cell, under, unit, lambda part: (part.second, part.first))
        least, most = _bounds(parts, unit)
    return _halves(parts, least, most, first, unit)


def round_within(parts: Sequence[Part], whole: Pair, unit: int) -> list[Pair]:
    """Round parts so that both halves add up to those of what they are parts of.

    Where that is more than a unit away from its exact amount, parts that have both halves share the difference.
    """
    if len(parts) == 1:
        return [whole]
    pairs = round_pairs(parts, {"": whole.cost}, whole.first, unit)
    if off := whole.first - sum(pair.first for pair in pairs):
        every = range(len(parts))
        both = [index for index in every if parts[index].first and parts[index].second] or every
        each, more = divmod(off, len(both))
        for place, index in enumerate(both):
            moved = each + (place < more)
            pairs[index] = Pair(pairs[index].first + moved, pairs[index].second - moved)
    return pairs


def _bounds(parts: Sequence[Part], unit: int) -> tuple[list[int], list[int]]:
    """Find the least and the most that the first half of each part may be, as its cost is decided."""
    least = [max(part.first // unit, part.cost + -part.second // unit) for part in parts]
    most = [min(-(-part.first // unit), part.cost - part.second // unit) for part in parts]
    return least, most


def _halves(parts: Sequence[Part], least: Sequence[int], most: Sequence[int], first: int, unit: int) -> list[Pair]:
    """Split costs that are decided into their halves, within the bounds of first halves."""
    halves = [*least]
    open_parts = [index for index in range(len(parts)) if halves[index] < most[index]]
    open_parts.sort(key=lambda index: (halves[index] * unit - parts[index].first, parts[index].key))
    for index in open_parts[: max(first - sum(halves), 0)]:
        halves[index] += 1
    return [Pair(half, part.cost - half) for half, part in zip(halves, parts, strict=True)]


def _exchange(
    by_cell: Mapping[str, Sequence[Part]], count: int, unit: int, halves: Callable[[Part], tuple[int, int]]
) -> None:
    """Lower costs that force a half up, and raise as many of the same cell that do not, the nearest ones first.

    Args:
        halves: gives the half that is too large, and the other one.
    """

    def forced(part: Part) -> bool:
        """Tell whether the half is rounded up because of the cost alone."""
        half, other = halves(part)
        return part.cost + -other // unit > half // unit

    def remainder(part: Part) -> int:
        return (part.first + part.second) % unit

    pairs: list[tuple[int, tuple[str, ...], Part, Part]] = []
    for mine in by_cell.values():
        lowered = [part for part in mine if remainder(part) and part.cost * unit > sum(halves(part)) and forced(part)]
        free = []
        for part in mine:
            if remainder(part) and part.cost * unit < part.first + part.second:
                part.cost += 1
                if not forced(part):
                    free.append(part)
                part.cost -= 1
        lowered.sort(key=lambda part: (remainder(part), part.key))
        free.sort(key=lambda part: (-remainder(part), part.key))
        pairs += [
            (remainder(low) - remainder(high), low.key, low, high) for low, high in zip(lowered, free, strict=False)
        ]
    for _, _, low, high in sorted(pairs, key=lambda pair: pair[:2])[:count]:
        low.cost -= 1
        high.cost += 1
