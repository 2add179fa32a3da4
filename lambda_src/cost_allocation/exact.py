"""Arithmetic that loses nothing: sums without rounding, splits that add up to what was split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from math import lcm

EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Sums and products of money belong in here: what would have to be rounded raises `decimal.Inexact` instead.

Use it as `with localcontext(EXACT):`; 120 digits hold any sum of 38-digit amounts.
"""

FINEST = 12
"""Decimals of a share, at least: as fine as what cloud providers bill in. Finer amounts keep their own decimals."""


def scale_of(amounts: Iterable[Decimal]) -> int:
    """Tell how many decimals shares of these amounts get: enough for every amount, and at least `FINEST`.

    Zeros at the end do not count: the same amount is shared in the same way whichever source wrote it.
    """
    return max((_decimals(amount) for amount in amounts), default=FINEST)


def integer_weights(weights: Sequence[Fraction]) -> list[int]:
    """The weights in the same proportion, as integers."""
    common = lcm(*(weight.denominator for weight in weights)) if weights else 1
    return [int(weight * common) for weight in weights]


def split(amount: Decimal, weights: Sequence[int], scale: int) -> list[Decimal]:
    """Share an amount by weights, rounded by largest remainder: the parts add up to the amount exactly.

    A negative amount is shared as its positive twin, so a credit is split as the charge that it corrects.

    Args:
        amount: with at most `scale` decimals.
        weights: none negative, at least one positive.
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
    # Of equal remainders the first is served: the order of the file decides, never the hash of a name.
    for index in sorted(range(len(shares)), key=lambda i: -remainders[i])[: abs(units) - sum(parts)]:
        shares[index] += 1
    sign = -1 if units < 0 else 1
    return [_amount(sign * share, scale) for share in shares]


def text(amount: Decimal) -> str:
    """The amount in full, without an exponent or zeros at its end: `20.52022672899`."""
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
