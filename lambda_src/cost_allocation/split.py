"""The second half of the engine: pools hand on what they got, each one after all that hand it something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .exact import integer_weights, scale_of, split
from .model import UNKNOWN, Cell, Kind, Target, Transfer
from .rules import DIRECT_COST, Pool, Rules, Split, WhenZero

Metrics = Mapping[tuple[str, date], Mapping[str, Fraction]]
"""By name of the metric and first day of the month: the value of each team."""

_NOBODY = Target(Kind.UNKNOWN, UNKNOWN)


class MissingMetric(Exception):
    """A split needs a metric that nobody gave. The message names it and those there are."""


@dataclass(frozen=True, slots=True)
class _Shares:
    """How a pool is shared in one month and currency, among those who get anything."""

    targets: Sequence[Target]
    weights: Sequence[int]
    fractions: Sequence[str]
    basis: str


class Splitter:
    """Hands on the pools of one table.

    Args:
        direct: what each team was given without any split, by month (its first day) and currency.
        metrics: for proportional splits by something else than direct cost.
    """

    def __init__(
        self, rules: Rules, direct: Mapping[tuple[date, str], Mapping[str, Decimal]], metrics: Metrics
    ) -> None:
        self._rules, self._direct, self._metrics = rules, direct, metrics
        self._shares: dict[tuple[str, int, date, str], _Shares] = {}
        self.warnings: dict[str, None] = {}

    def hand_on(self, pooled: Mapping[str, Mapping[Cell, Decimal]]) -> list[Transfer]:
        """Everything the pools hand on, until only teams and the unknown bucket hold something.

        Args:
            pooled: what was attributed to each pool, by cell.
        """
        by_snapshot: dict[int, dict[str, dict[Cell, Decimal]]] = defaultdict(lambda: defaultdict(dict))
        for name, cells in pooled.items():
            for cell, cost in cells.items():
                by_snapshot[id(self._rules.on(cell.period))][name][cell] = cost
        transfers: list[Transfer] = []
        for held in by_snapshot.values():
            transfers += self._hand_on(held)
        return transfers

    def _hand_on(self, held: dict[str, dict[Cell, Decimal]]) -> list[Transfer]:
        """The same among cells that share one snapshot of the rules."""
        first = next(cell for cells in held.values() for cell in cells)
        snapshot = self._rules.on(first.period)
        transfers = []
        for name in snapshot.order:
            pool = snapshot.pools[name]
            for cell, cost in held.get(name, {}).items():
                shares = self._shares_of(pool, cell)
                parts = split(cost, shares.weights, scale_of((cost,)))
                for target, fraction, part in zip(shares.targets, shares.fractions, parts, strict=True):
                    transfers.append(Transfer(name, cell, target, part, fraction, shares.basis))
                    if target.kind is Kind.POOL:
                        onward = held.setdefault(target.name, {})
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
            self._warn(pool, f"there is no team in {month:%Y-%m}", f"to {UNKNOWN}")
            return _shares([_NOBODY], [1], f"{UNKNOWN}: no team in {month:%Y-%m}")
        if pool.split is Split.EVEN:
            return _shares(pool.targets, alike, str(Split.EVEN))
        if pool.split is Split.FIXED:
            return _shares(pool.targets, integer_weights(pool.weights), str(Split.FIXED))
        values = self._basis(pool, month, currency)
        # A team whose credits exceed its charges used nothing that month: it is not paid for it by the others.
        weights = integer_weights([max(values.get(target.name, Fraction(0)), Fraction(0)) for target in pool.targets])
        what = f"{pool.by.replace('_', ' ') if pool.by == DIRECT_COST else pool.by} of {month:%Y-%m}"
        if any(weights):
            return _shares(pool.targets, weights, what)
        evenly = pool.when_zero is WhenZero.EVEN
        self._warn(pool, f"no target has any {what} in {currency}", "evenly" if evenly else f"to {UNKNOWN}")
        if evenly:
            return _shares(pool.targets, alike, f"even: no {what}")
        return _shares([_NOBODY], [1], f"{UNKNOWN}: no {what}")

    def _warn(self, pool: Pool, why: str, where: str) -> None:
        self.warnings[f"shared.{pool.name}: {why}, so it went {where}"] = None

    def _basis(self, pool: Pool, month: date, currency: str) -> Mapping[str, Fraction]:
        if pool.by == DIRECT_COST:
            return {team: Fraction(cost) for team, cost in self._direct.get((month, currency), {}).items()}
        # What is known of the month goes before what the rules say of every month.
        if values := self._metrics.get((pool.by, month)) or self._rules.metrics.get(pool.by):
            return values
        known = sorted({name for name, _ in self._metrics} | self._rules.metrics.keys())
        if pool.by not in known:
            raise MissingMetric(
                f'shared.{pool.name}.by: there is no metric "{pool.by}"; '
                + (f"there are {DIRECT_COST}, {', '.join(known)}" if known else f"there is only {DIRECT_COST}")
            )
        return {}


def _shares(targets: Sequence[Target], weights: Sequence[int], basis: str) -> _Shares:
    taking = [(target, weight) for target, weight in zip(targets, weights, strict=True) if weight]
    whole = sum(weights)
    return _Shares(
        [target for target, _ in taking],
        [weight for _, weight in taking],
        [str(Fraction(weight, whole)) for _, weight in taking],
        basis,
    )
