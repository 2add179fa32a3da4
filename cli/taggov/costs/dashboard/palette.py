"""A colour for each name, the same in every chart."""

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
"""Each has a contrast of 3 to 1 or more with the light and the dark background (WCAG 2.2, 1.4.11)."""

NEUTRAL = "#7d8693"
"""For the rest."""

NOBODYS = "#e0393e"
"""For what is nobody's: no name has this colour."""


def colours(names: Iterable[str], nobodys: Collection[str] = (UNKNOWN,)) -> Mapping[str, str]:
    """The colour of each name: by its place in the alphabet, so that it stays when amounts change.

    Args:
        names: all that are shown.
        nobodys: those that stand for nobody.
    """
    named = sorted({*names} - {*nobodys, OTHERS})
    chosen = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(named)}
    return {**chosen, **dict.fromkeys(nobodys, NOBODYS), OTHERS: NEUTRAL}
