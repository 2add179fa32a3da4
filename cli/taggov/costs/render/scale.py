"""Decimals that a currency is shown with, and amounts as whole numbers of their last digit."""

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
"""Decimals of the currencies that do not have the usual two, by ISO 4217 (list one, 2024)."""

SIGNIFICANT = 3
"""Digits that the largest of a set of small amounts shows."""


def shown(amount: Decimal) -> str:
    """Write an amount with separators and all its digits: `1,234.50`."""
    return f"{amount:,f}"


def every_digit(amount: Decimal) -> str:
    """Write an exact amount with separators, without zeros at its end: `1,234.5600078`."""
    return f"{Decimal(text(amount)):,f}"


def percent(ratio: Fraction | None) -> str:
    """Write a ratio, `87.5 %`; nothing where there is none."""
    return "" if ratio is None else f"{float(ratio * 100):,.1f} %"


def decimals(currency: str, amounts: Iterable[Decimal]) -> int:
    """Count the decimals amounts are shown with: those of the currency, and more when all of them are below one."""
    largest = max(map(abs, amounts), default=Decimal(0))
    minor = MINOR_UNITS.get(currency, USUAL)
    if largest == 0 or largest >= 1:
        return minor
    return max(minor, SIGNIFICANT - 1 - largest.adjusted())


class Scale:
    """Whole numbers in place of decimals: exact amounts count in `1 / unit` of the unit that is shown."""

    def __init__(self, amounts: Iterable[Decimal], places: int) -> None:
        """Find the unit.

        Args:
            amounts: all that shall be exact.
            places: decimals of what is shown.
        """
        exponents = [amount.normalize(EXACT).as_tuple().exponent for amount in amounts]
        self._digits = max([places, *(-exponent for exponent in exponents if isinstance(exponent, int))])
        self._places = places
        self.unit: int = 10 ** (self._digits - places)

    def exact(self, amount: Decimal) -> int:
        """Convert an exact amount."""
        return int(amount.scaleb(self._digits, EXACT))

    def units(self, amount: Decimal) -> int:
        """Convert an amount that is rounded already, to shown units."""
        return int(amount.scaleb(self._places, EXACT))

    def shown(self, units: int) -> Decimal:
        """Convert shown units back."""
        return Decimal(units).scaleb(-self._places, EXACT)
