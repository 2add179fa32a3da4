"""Repeated blocks of lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

LINES = 8
"""Lines of a block, without blank ones. Shorter blocks repeat by chance."""


def repeated_lines(files: Mapping[str, Sequence[str]]) -> int:
    """Count the lines in blocks that occur more than once.

    Args:
        files: the lines of each file, by name.
    """
    places: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    for name, lines in files.items():
        kept = [line.strip() for line in lines if line.strip()]
        for start in range(len(kept) - LINES + 1):
            places[tuple(kept[start : start + LINES])].append((name, start))
    return len(
        {
            (name, start + offset)
            for found in places.values()
            if len(found) > 1
            for name, start in found
            for offset in range(LINES)
        }
    )
