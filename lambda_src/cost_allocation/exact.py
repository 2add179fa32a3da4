"""Exact arithmetic: sums without rounding, and splits that add up to the original amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from math import lcm

EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Decimal context for money. Operations that would need rounding raise `decimal.Inexact`.

Use it as `with localcontext(EXACT):`. 120 digits are enough for any sum of 38-digit amounts.
"""

FINEST = 12
"""Minimum decimals of a share: as fine as bills of cloud providers. Finer amounts keep their decimals."""


def scale_of(amounts: Iterable[Decimal]) -> int:
    """Return the decimals for shares of these amounts: enough for every amount, and at least `FINEST`.

    Trailing zeros do not count, so that equal amounts from different sources are split in the same way.
    """
    return max((_decimals(amount) for amount in amounts), default=FINEST)


def integer_weights(weights: Sequence[Fraction]) -> list[int]:
    """Convert weights to integers in the same proportion."""
    common = lcm(*(weight.denominator for weight in weights)) if weights else 1
    return [int(weight * common) for weight in weights]


def split(amount: Decimal, weights: Sequence[int], scale: int) -> list[Decimal]:
    """Split an amount by weights, rounded by largest remainder. The parts add up to the amount exactly.

    A negative amount is split like its absolute value, so that a credit is split like the charge that it corrects.

    Args:
        amount: amount with at most `scale` decimals.
        weights: not negative, at least one positive.
        scale: decimals of the parts.

    Raises:
        ValueError: the weights are empty, negative or all zero, or the amount is finer than `scale`.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(f"weights must not be negative, nor all be zero: {list(weights)}")
    units = _units(amount, scale)
    parts, remainders = zip(*(divmod(abs(units) * weight, whole) for weight in weights), strict=True)
    shares = list(parts)
    # Of equal remainders the first wins, so that the order of the file decides.
    for index in sorted(range(len(shares)), key=lambda i: -remainders[i])[: abs(units) - sum(parts)]:
        shares[index] += 1
    sign = -1 if units < 0 else 1
    return [_amount(sign * share, scale) for share in shares]


def text(amount: Decimal) -> str:
    """Format an amount in full, without exponent and trailing zeros: `20.52022672899`."""
    plain = format(amount, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize(EXACT).as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"not an amount: {amount}")
    return max(FINEST, -exponent)


def _units(amount: Decimal, scale: int) -> int:
    scaled = amount.scaleb(scale, EXACT)
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{amount} has more than {scale} decimals")
    return units


def _amount(units: int, scale: int) -> Decimal:
    return Decimal(units).scaleb(-scale, EXACT)
