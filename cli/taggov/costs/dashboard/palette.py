"""Colours of names, the same in every chart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from cost_allocation.model import UNKNOWN
from taggov.costs.dashboard.ranking import OTHERS

COLOURS = (
    "#3b78c2",
    "#c4622d",
    "#3d8a5f",
    "#9a5fb5",
    "#a67c1a",
    "#cc4f6d",
    "#2b8c99",
    "#7a6fd0",
    "#6f8a2c",
    "#b0628f",
    "#8d6e5a",
    "#5a82a6",
)
"""Colours with a contrast of at least 3:1 to the light and the dark background (WCAG 2.2, 1.4.11)."""

NEUTRAL = "#7d8693"
"""Colour of `others`."""

UNOWNED = "#e0393e"
"""Colour of unowned costs, not used for names."""


def colours(names: Iterable[str], unowned: Collection[str] = (UNKNOWN,)) -> Mapping[str, str]:
    """Assign colours in alphabetical order, so that they do not change with amounts.

    Args:
        names: all displayed names.
        unowned: names of unowned costs.
    """
    named = sorted({*names} - {*unowned, OTHERS})
    chosen = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(named)}
    return {**chosen, **dict.fromkeys(unowned, UNOWNED), OTHERS: NEUTRAL}
