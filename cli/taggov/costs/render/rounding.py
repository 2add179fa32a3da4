"""Rounding of amounts in two parts, such as direct and shared cost, so that rows and columns add up.

Each amount is rounded down or up by largest remainder. It moves further only if the required sum is further away. Keys
decide between equal remainders, so that the order of rows does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Pair(NamedTuple):
    """A rounded amount in two parts, in displayed units."""

    first: int
    second: int

    @property
    def cost(self) -> int:
        """Sum of both parts."""
        return self.first + self.second


@dataclass(slots=True)
class Part:
    """An exact amount to round, as integers in a small enough unit."""

    key: tuple[str, ...]
    """Tie-breaker for equal remainders."""
    first: int
    second: int
    cell: str = ""
    """Cell of the part. The parts of a cell add up to its target."""
    cost: int = field(default=0, init=False)
    """Rounded cost, set during rounding."""


def round_half_up(amount: int, unit: int) -> int:
    """Round an exact amount half up to whole units.

    Half up, so that amounts that differ by whole units are rounded in the same direction.
    """
    return (2 * amount + unit) // (2 * unit)


def round_to_sum(amounts: Sequence[int], keys: Sequence[tuple[str, ...]], whole: int, unit: int) -> list[int]:
    """Round amounts by largest remainder so that they add up to `whole`.

    Args:
        amounts: exact.
        keys: tie-breakers, one for each amount.
        whole: required sum. It may be more than one unit away from the exact sum: then all amounts share the
            difference.
        unit: exact amount of one displayed unit.
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
    """Round parts so that each cell adds up to its target, and the first halves add up to `first`.

    First round the costs of each cell by largest remainder, then split them into halves. If costs with only one half
    prevent the sum `first`, exchange units between costs of the same cell that are nearly equal in remainder.

    Args:
        parts: exact amounts.
        cells: target of each cell.
        first: target of the first halves.
        unit: exact amount of one displayed unit.
        exchange: allow exchanges; otherwise costs are those of largest remainder.

    Returns:
        a pair for each part. The first halves miss their target only if no exchange helps.
    """
    by_cell: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_cell[part.cell].append(part)
    for cell, mine in by_cell.items():
        costs = round_to_sum(
            [part.first + part.second for part in mine], [part.key for part in mine], cells[cell], unit
        )
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
    """Round parts so that both halves add up to those of the whole.

    If the whole is more than a unit away from its exact amount, parts with both halves share the difference.
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
    """Return the minimum and maximum of the first half of each part, given its rounded cost."""
    least = [max(part.first // unit, part.cost + -part.second // unit) for part in parts]
    most = [min(-(-part.first // unit), part.cost - part.second // unit) for part in parts]
    return least, most


def _halves(parts: Sequence[Part], least: Sequence[int], most: Sequence[int], first: int, unit: int) -> list[Pair]:
    """Split rounded costs into halves, within the bounds of the first halves."""
    halves = [*least]
    open_parts = [index for index in range(len(parts)) if halves[index] < most[index]]
    open_parts.sort(key=lambda index: (halves[index] * unit - parts[index].first, parts[index].key))
    for index in open_parts[: max(first - sum(halves), 0)]:
        halves[index] += 1
    return [Pair(half, part.cost - half) for half, part in zip(halves, parts, strict=True)]


def _exchange(
    by_cell: Mapping[str, Sequence[Part]], count: int, unit: int, halves: Callable[[Part], tuple[int, int]]
) -> None:
    """Lower costs that force a half up, and raise as many others of the same cell, the nearest remainders first.

    Args:
        halves: returns the half that is too large, and the other one.
    """

    def forced(part: Part) -> bool:
        """Return True if the half is rounded up only because of the cost."""
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
