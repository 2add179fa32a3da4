"""Splits: distribute shared pools to their targets, in dependency order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cost_allocation.engine.split_gaps import SplitGaps
from cost_allocation.exact import integer_weights, scale_of, split
from cost_allocation.model import Cell, Kind, Target, Transfer
from cost_allocation.rules.model import DIRECT_COST, Pool, Rules, Split, WhenZero

Metrics = Mapping[tuple[str, date], Mapping[str, Fraction]]
"""Value of each team, by name of the metric and first day of the month."""


class MissingMetric(Exception):
    """A split needs a metric that is missing. The message names it and the existing ones."""


@dataclass(frozen=True, slots=True)
class _Shares:
    """Shares of a pool in one month and currency, without targets that get nothing."""

    targets: Sequence[Target]
    weights: Sequence[int]
    fractions: Sequence[str]
    basis: str


class Splitter:
    """Distributes the pools of one table.

    Args:
        direct: direct cost of each team, by month (first day) and currency.
        metrics: business metrics for proportional splits.
    """

    def __init__(
        self, rules: Rules, direct: Mapping[tuple[date, str], Mapping[str, Decimal]], metrics: Metrics
    ) -> None:
        self._rules, self._direct, self._metrics = rules, direct, metrics
        self._shares: dict[tuple[str, int, date, str], _Shares] = {}
        self._gaps = SplitGaps()

    @property
    def warnings(self) -> list[str]:
        """A warning for each kind of split without a basis."""
        return self._gaps.warnings()

    def distribute(self, pooled: Mapping[str, Mapping[Cell, Decimal]]) -> list[Transfer]:
        """Distribute all pools, until all costs are with teams or unknown.

        Args:
            pooled: costs attributed to each pool, by cell.
        """
        by_snapshot: dict[int, dict[str, dict[Cell, Decimal]]] = defaultdict(lambda: defaultdict(dict))
        for name, cells in pooled.items():
            for cell, cost in cells.items():
                by_snapshot[id(self._rules.on(cell.period))][name][cell] = cost
        transfers: list[Transfer] = []
        for pool_costs in by_snapshot.values():
            transfers += self._distribute(pool_costs)
        return transfers

    def _distribute(self, pool_costs: dict[str, dict[Cell, Decimal]]) -> list[Transfer]:
        """The same among cells that share one snapshot of the rules."""
        first = next(cell for cells in pool_costs.values() for cell in cells)
        snapshot = self._rules.on(first.period)
        transfers = []
        for name in snapshot.order:
            pool = snapshot.pools[name]
            for cell, cost in pool_costs.get(name, {}).items():
                shares = self._shares_of(pool, cell)
                parts = split(cost, shares.weights, scale_of((cost,)))
                for target, fraction, part in zip(shares.targets, shares.fractions, parts, strict=True):
                    transfers.append(Transfer(name, cell, target, part, fraction, shares.basis))
                    if target.kind is Kind.POOL:
                        onward = pool_costs.setdefault(target.name, {})
                        onward[cell] = onward.get(cell, Decimal(0)) + part
        return transfers

    def _shares_of(self, pool: Pool, cell: Cell) -> _Shares:
        month = cell.period.replace(day=1)
        key = (pool.name, id(pool), month, cell.currency)
        if key not in self._shares:
            self._shares[key] = self._measure(pool, month, cell.currency)
        return self._shares[key]

    def _measure(self, pool: Pool, month: date, currency: str) -> _Shares:
        alike = [1] * len(pool.targets)
        if not pool.targets:
            self._gaps.no_team(pool, month)
            return _shares([pool.rest], [1], f"{pool.rest.name}: no team in {month:%Y-%m}")
        if pool.split is Split.EVEN:
            return _shares(pool.targets, alike, str(Split.EVEN))
        if pool.split is Split.FIXED:
            return _shares(pool.targets, integer_weights(pool.weights), str(Split.FIXED))
        basis, values = self._basis(pool, month, currency)
        # A team with more credits than charges has weight 0: the others must not pay it.
        weights = integer_weights([max(values.get(target.name, Fraction(0)), Fraction(0)) for target in pool.targets])
        if any(weights):
            return _shares(pool.targets, weights, basis)
        self._gaps.no_basis(pool, month, currency, elsewhere=self._pays_elsewhere(pool, month, currency))
        if pool.when_zero is WhenZero.EVEN:
            return _shares(pool.targets, alike, f"even: no {basis}")
        return _shares([pool.rest], [1], f"{pool.rest.name}: no {basis}")

    def _basis(self, pool: Pool, month: date, currency: str) -> tuple[str, Mapping[str, Fraction]]:
        """Return the name of the basis, and its value for each team."""
        if pool.by == DIRECT_COST:
            return self._direct_cost(pool, month, currency)
        basis = f"{pool.by} of {month:%Y-%m}"
        # Values of the month take precedence over the constant values in the rules.
        if values := self._metrics.get((pool.by, month)) or self._rules.metrics.get(pool.by):
            return basis, values
        known = sorted({name for name, _ in self._metrics} | self._rules.metrics.keys())
        if pool.by not in known:
            raise MissingMetric(
                f'shared.{pool.name}.by: there is no metric "{pool.by}"; '
                + (f"there are {DIRECT_COST}, {', '.join(known)}" if known else f"there is only {DIRECT_COST}")
            )
        return basis, {}

    def _direct_cost(self, pool: Pool, month: date, currency: str) -> tuple[str, Mapping[str, Fraction]]:
        """Return direct cost in the currency of the pool; in all currencies with rates if this one has a rate."""
        rates = self._rules.currency_rates.get(month, {})
        used = [one for one in self._currencies(pool, month) if one != currency]
        if self._rules.currency_rates and used:
            for one in (currency, *used):
                if one not in rates:
                    self._gaps.no_rate(one, month)
        rated = [one for one in used if one in rates] if currency in rates else []
        basis = f"direct cost of {month:%Y-%m}" + (f" in {', '.join(sorted((currency, *rated)))}" if rated else "")
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for one in (currency, *rated):
            rate = rates[one] if rated else 1
            for team, cost in self._direct.get((month, one), {}).items():
                sums[team] += Fraction(cost) * rate
        return basis, sums

    def _currencies(self, pool: Pool, month: date) -> list[str]:
        """List the currencies in which a target has direct cost that month."""
        names = {target.name for target in pool.targets}
        return [
            one for (when, one), costs in self._direct.items() if when == month and any(costs.get(n) for n in names)
        ]

    def _pays_elsewhere(self, pool: Pool, month: date, currency: str) -> bool:
        """Return True if currency rates would have given the split a basis."""
        rates = self._rules.currency_rates.get(month, {})
        unrated = [one for one in self._currencies(pool, month) if one not in rates or currency not in rates]
        return pool.by == DIRECT_COST and any(one != currency for one in unrated)


def _shares(targets: Sequence[Target], weights: Sequence[int], basis: str) -> _Shares:
    taking = [(target, weight) for target, weight in zip(targets, weights, strict=True) if weight]
    whole = sum(weights)
    return _Shares(
        [target for target, _ in taking],
        [weight for _, weight in taking],
        [str(Fraction(weight, whole)) for _, weight in taking],
        basis,
    )
