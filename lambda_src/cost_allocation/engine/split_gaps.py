"""Splits that had nothing to go by: one warning for each kind, however many months and currencies it met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from cost_allocation.rules.model import DIRECT_COST, Pool, WhenZero

_LISTED = 3
"""More months than this are said as from and to."""


class SplitGaps:
    """Collects what splits lacked."""

    def __init__(self) -> None:
        self._teams: dict[tuple[str, str], set[date]] = defaultdict(set)
        self._bases: dict[tuple[str, str, str], set[tuple[date, str]]] = defaultdict(set)
        self._elsewhere: dict[str, set[tuple[str, date, str]]] = defaultdict(set)
        self._rates: dict[str, set[date]] = defaultdict(set)

    def no_team(self, pool: Pool, month: date) -> None:
        """Note that a pool goes to every team, and there was none."""
        self._teams[pool.name, f"to {pool.rest.name}"].add(month)

    def no_basis(self, pool: Pool, month: date, currency: str, *, elsewhere: bool) -> None:
        """Note that no target had any basis.

        Args:
            elsewhere: some have direct cost in a currency that has no rate.
        """
        went = "evenly" if pool.when_zero is WhenZero.EVEN else f"to {pool.rest.name}"
        if elsewhere:
            self._elsewhere[went].add((pool.name, month, currency))
        else:
            self._bases[pool.name, pool.by, went].add((month, currency))

    def no_rate(self, currency: str, month: date) -> None:
        """Note that there are rates, but not this one."""
        self._rates[currency].add(month)

    def warnings(self) -> list[str]:
        """A line for each kind of gap."""
        lines = [
            f"shared.{pool}: there is no team in {_listed(months)}, so it went {went}"
            for (pool, went), months in self._teams.items()
        ]
        for (pool, by, went), places in self._bases.items():
            months, currencies = {month for month, _ in places}, {currency for _, currency in places}
            # A metric has no currency.
            what = (
                f"direct cost of {_listed(months)} in {_and(currencies)}"
                if by == DIRECT_COST
                else f"{by} of {_listed(months)}"
            )
            lines.append(f"shared.{pool}: no target has any {what}, so it went {went}")
        for went, found in self._elsewhere.items():
            pools = {f"shared.{pool}" for pool, _, _ in found}
            months, currencies = {month for _, month, _ in found}, {currency for _, _, currency in found}
            lines.append(
                f"{_and(pools)}: no target has any direct cost of {_listed(months)} in {_and(currencies)}, only in "
                f"other currencies, so it went {went}; currency_rates would make it go by those"
            )
        if self._rates:
            missing = "; ".join(f"{currency} in {_listed(months)}" for currency, months in sorted(self._rates.items()))
            lines.append(f"currency_rates has no rate for {missing}: splits do not go by costs across these currencies")
        return lines


def _listed(months: Iterable[date]) -> str:
    said = [f"{month:%Y-%m}" for month in sorted(months)]
    return ", ".join(said) if len(said) <= _LISTED else f"{said[0]} to {said[-1]}"


def _and(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
