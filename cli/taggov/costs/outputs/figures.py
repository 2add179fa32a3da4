"""Amounts as people read them: rounded, and still adding up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import NamedTuple

from cost_allocation.exact import EXACT, round_together
from cost_allocation.model import Total
from cost_allocation.report import Report, ReportRow

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


class Amounts(NamedTuple):
    """A row as it is shown."""

    direct: Decimal
    shared: Decimal

    @property
    def cost(self) -> Decimal:
        """What direct and shared add up to as they are shown."""
        return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Figures:
    """One currency as it is shown: the rows add up to `output`, and `output + excluded` is `input`."""

    currency: str
    decimals: int
    input: Decimal
    excluded: Decimal
    output: Decimal
    unknown: Decimal
    rows: Sequence[Amounts]
    """In the order of the report's rows of this currency."""

    @property
    def direct(self) -> Decimal:
        """The sum of what teams caused themselves."""
        return sum((row.direct for row in self.rows), Decimal(0))

    @property
    def shared(self) -> Decimal:
        """The sum of what pools handed on."""
        return sum((row.shared for row in self.rows), Decimal(0))

    @property
    def proof(self) -> str:
        """`input 20.52 = output 20.52 + excluded 0.00, equal to the last digit`: the exact amounts are equal too."""
        amounts = [shown(amount) for amount in (self.input, self.output, self.excluded)]
        return "input {} = output {} + excluded {}, equal to the last digit".format(*amounts)


def shown(amount: Decimal) -> str:
    """A rounded amount with separators: `1,234.50`."""
    return f"{amount:,f}"


def decimals(currency: str, amounts: Iterable[Decimal]) -> int:
    """How many decimals amounts are shown with: those of the currency, and more when all of them are below one."""
    largest = max(map(abs, amounts), default=Decimal(0))
    minor = MINOR_UNITS.get(currency, USUAL)
    if largest == 0 or largest >= 1:
        return minor
    return max(minor, SIGNIFICANT - 1 - largest.adjusted())


def figures(report: Report) -> list[Figures]:
    """Every currency of a report, rounded."""
    with localcontext(EXACT):
        return [
            _figures(total, [row for row in report.rows if row.currency == currency])
            for currency, total in report.totals.items()
        ]


def _figures(total: Total, rows: Sequence[ReportRow]) -> Figures:
    places = decimals(total.currency, [total.input, total.output, *(row.cost for row in rows)])
    # Each is the exact sum rounded once, so every view shows the same; what is left over goes to excluded and shared.
    given, output, unknown = (round_together([one], places)[0] for one in (total.input, total.output, total.unknown))
    direct = round_together([row.direct for row in rows], places)
    exact = [row.shared for row in rows]
    shared = round_together(exact, places)
    missing = output - sum(direct, Decimal(0)) - sum(shared, Decimal(0))
    _raise_together(shared, exact, missing, Decimal(1).scaleb(-places))
    shown_rows = [Amounts(*pair) for pair in zip(direct, shared, strict=True)]
    return Figures(total.currency, places, given, given - output, output, unknown, shown_rows)


def _raise_together(rounded: list[Decimal], exact: Sequence[Decimal], missing: Decimal, unit: Decimal) -> None:
    """Add what is missing, which may be negative, by one unit to each of the amounts that rounding served worst.

    Two sums that are rounded apart can miss the rounded whole by a unit or two.
    """
    step = unit.copy_sign(missing)
    worst = sorted(range(len(exact)), key=lambda index: (rounded[index] - exact[index]) * step)
    for index in worst[: abs(int(missing / unit))]:
        rounded[index] += step
