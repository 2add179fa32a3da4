"""Warnings about splits without a basis: one for each kind of gap, with all its months and currencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from cost_allocation.rules.model import DIRECT_COST, Pool, WhenZero

_LISTED = 3
"""Number of months above which only the first and the last are listed."""


class SplitGaps:
    """Collector of missing bases."""

    def __init__(self) -> None:
        self._teams: dict[tuple[str, str], set[date]] = defaultdict(set)
        self._bases: dict[tuple[str, str, str], set[tuple[date, str]]] = defaultdict(set)
        self._elsewhere: dict[str, set[tuple[str, date, str]]] = defaultdict(set)
        self._rates: dict[str, set[date]] = defaultdict(set)

    def no_team(self, pool: Pool, month: date) -> None:
        """Record that a pool goes to every team, but there is none."""
        self._teams[pool.name, f"to {pool.rest.name}"].add(month)

    def no_basis(self, pool: Pool, month: date, currency: str, *, elsewhere: bool) -> None:
        """Record that no target has any basis.

        Args:
            elsewhere: True if a target has direct cost in a currency without a rate.
        """
        went = "evenly" if pool.when_zero is WhenZero.EVEN else f"to {pool.rest.name}"
        if elsewhere:
            self._elsewhere[went].add((pool.name, month, currency))
        else:
            self._bases[pool.name, pool.by, went].add((month, currency))

    def no_rate(self, currency: str, month: date) -> None:
        """Record that the rate of a currency is missing, although there are rates."""
        self._rates[currency].add(month)

    def warnings(self) -> list[str]:
        """Return a warning for each kind of gap."""
        lines = [
            f"shared.{pool}: there is no team in {_list_months(months)}, so it went {went}"
            for (pool, went), months in self._teams.items()
        ]
        for (pool, by, went), places in self._bases.items():
            months, currencies = {month for month, _ in places}, {currency for _, currency in places}
            # Metrics have no currency.
            what = (
                f"direct cost of {_list_months(months)} in {_join_names(currencies)}"
                if by == DIRECT_COST
                else f"{by} of {_list_months(months)}"
            )
            lines.append(f"shared.{pool}: no target has any {what}, so it went {went}")
        for went, found in self._elsewhere.items():
            pools = {f"shared.{pool}" for pool, _, _ in found}
            months, currencies = {month for _, month, _ in found}, {currency for _, _, currency in found}
            lines.append(
                f"{_join_names(pools)}: no target has any direct cost of {_list_months(months)} in "
                f"{_join_names(currencies)}, only in other currencies, so it went {went}; with "
                "currency_rates they count"
            )
        if self._rates:
            missing = "; ".join(
                f"{currency} in {_list_months(months)}" for currency, months in sorted(self._rates.items())
            )
            lines.append(f"currency_rates has no rate for {missing}: splits ignore costs in other currencies")
        return lines


def _list_months(months: Iterable[date]) -> str:
    names = [f"{month:%Y-%m}" for month in sorted(months)]
    return ", ".join(names) if len(names) <= _LISTED else f"{names[0]} to {names[-1]}"


def _join_names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
