"""Colours that everybody can see, and that stay."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from taggov.costs import dashboard
from taggov.costs.dashboard.palette import COLOURS, NEUTRAL, UNOWNED, colours

_CONFIG = tomllib.loads((Path(dashboard.__path__[0]) / ".streamlit" / "config.toml").read_text("utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", [*COLOURS, NEUTRAL, UNOWNED])
def test_a_colour_stands_out_from_the_background(colour: str, theme: str) -> None:
    assert contrast(colour, _CONFIG["theme"][theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("behind", ["backgroundColor", "secondaryBackgroundColor"])
def test_text_and_links_can_be_read(theme: str, behind: str) -> None:
    chosen = _CONFIG["theme"][theme]

    assert contrast(chosen["textColor"], chosen[behind]) >= 7
    assert contrast(chosen["linkColor"], chosen[behind]) >= 4.5


def test_a_name_keeps_its_colour_when_amounts_change() -> None:
    assert colours(["shop", "search", "unknown"]) == colours(["unknown", "search", "shop"])


def test_what_is_nobodys_has_a_colour_of_its_own() -> None:
    chosen = colours(["shop", "unknown", "no team"], ["unknown", "no team"])

    assert chosen["unknown"] == chosen["no team"] == UNOWNED
    assert UNOWNED not in {*COLOURS, NEUTRAL, chosen["shop"], chosen["others"]}
