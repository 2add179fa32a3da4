"""Decimals of currencies, formatting, and conversion of amounts to integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from cost_allocation.exact import EXACT, text

USUAL = 2
MINOR_UNITS: Mapping[str, int] = {
    "BIF": 0,
    "CLP": 0,
    "DJF": 0,
    "GNF": 0,
    "ISK": 0,
    "JPY": 0,
    "KMF": 0,
    "KRW": 0,
    "PYG": 0,
    "RWF": 0,
    "UGX": 0,
    "UYI": 0,
    "VND": 0,
    "VUV": 0,
    "XAF": 0,
    "XOF": 0,
    "XPF": 0,
    "BHD": 3,
    "IQD": 3,
    "JOD": 3,
    "KWD": 3,
    "LYD": 3,
    "OMR": 3,
    "TND": 3,
    "CLF": 4,
    "UYW": 4,
}
"""Decimals of currencies with more or fewer than two, by ISO 4217 (list one, 2024)."""

SIGNIFICANT = 3
"""Significant digits of the largest of several small amounts."""


def format_amount(amount: Decimal) -> str:
    """Format an amount with separators and all its digits: `1,234.50`."""
    return f"{amount:,f}"


def format_exact(amount: Decimal) -> str:
    """Format an exact amount with separators and without trailing zeros: `1,234.5600078`."""
    return f"{Decimal(text(amount)):,f}"


def format_percent(ratio: Fraction | None) -> str:
    """Format a ratio: `87.5 %`; an empty text for None."""
    return "" if ratio is None else f"{float(ratio * 100):,.1f} %"


def decimals(currency: str, amounts: Iterable[Decimal]) -> int:
    """Return the decimals to show: those of the currency, or more if all amounts are below one."""
    largest = max(map(abs, amounts), default=Decimal(0))
    minor = MINOR_UNITS.get(currency, USUAL)
    if largest == 0 or largest >= 1:
        return minor
    return max(minor, SIGNIFICANT - 1 - largest.adjusted())


class Scale:
    """Conversion of amounts to integers: exact amounts in `1 / unit` of the displayed unit."""

    def __init__(self, amounts: Iterable[Decimal], places: int) -> None:
        """Compute the unit.

        Args:
            amounts: all amounts that must be exact.
            places: displayed decimals.
        """
        exponents = [amount.normalize(EXACT).as_tuple().exponent for amount in amounts]
        self._digits = max([places, *(-exponent for exponent in exponents if isinstance(exponent, int))])
        self._places = places
        self.unit: int = 10 ** (self._digits - places)

    def exact(self, amount: Decimal) -> int:
        """Convert an exact amount."""
        return int(amount.scaleb(self._digits, EXACT))

    def units(self, amount: Decimal) -> int:
        """Convert a rounded amount to displayed units."""
        return int(amount.scaleb(self._places, EXACT))

    def to_amount(self, units: int) -> Decimal:
        """Convert displayed units back to an amount."""
        return Decimal(units).scaleb(-self._places, EXACT)
