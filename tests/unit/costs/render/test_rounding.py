"""Parts add up to what they are parts of, however far that is from the exact sum."""

from __future__ import annotations

import pytest

from taggov.costs.render.rounding import Pair, Part, round_within

UNIT = 10
ONE, BOTH = (10, 0), (10, 10)
"""Exact halves: no choice is left where the cost is decided."""


@pytest.mark.parametrize(
    ("exact", "whole", "expected"),
    [
        ((ONE, BOTH), Pair(3, 0), [(1, 0), (2, 0)]),
        ((ONE, BOTH, BOTH), Pair(4, 1), [(1, 0), (2, 0), (1, 1)]),
        ((BOTH, ONE, BOTH), Pair(6, -1), [(3, -1), (1, 0), (2, 0)]),
        ((ONE, BOTH, BOTH), Pair(2, 3), [(1, 0), (1, 1), (0, 2)]),
        ((ONE, ONE), Pair(1, 1), [(1, 0), (0, 1)]),
    ],
    ids=["one more", "one of two", "three more of two", "one less of two", "none has both"],
)
def test_parts_with_both_halves_share_what_their_whole_is_off(
    exact: tuple[tuple[int, int], ...], whole: Pair, expected: list[tuple[int, int]]
) -> None:
    parts = [Part((str(place),), *halves) for place, halves in enumerate(exact)]

    found = round_within(parts, whole, UNIT)

    assert found == expected
    assert (sum(pair.first for pair in found), sum(pair.second for pair in found)) == whole
