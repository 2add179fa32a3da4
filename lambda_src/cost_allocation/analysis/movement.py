"""Costs that move between teams when the rules change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from cost_allocation.exact import EXACT
from cost_allocation.model import EXCLUDED, Allocation, Cell, Kind, Target, Transfer


@dataclass(frozen=True, slots=True)
class Move:
    """Amount that moves from one team to another."""

    currency: str
    source: str
    target: str
    cost: Decimal
    """Positive. A credit is a move in the opposite direction."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The old and the new rule or split, and the costs that changed from one to the other."""

    currency: str
    before: str
    """Description: `projects.web (tag project "web")`, `shared.net (even): dev 1/2, ops 1/2`."""
    after: str
    cost: Decimal
    """Cost; for a split, the cost of the pool under the old rules."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Costs of a team under the old and the new rules."""

    currency: str
    team: str
    before: Decimal
    after: Decimal

    @property
    def delta(self) -> Decimal:
        """Change of the cost. An increase is positive."""
        with localcontext(EXACT):
            return self.after - self.before


@dataclass(frozen=True, slots=True)
class Movement:
    """Differences between two sets of rules over the same costs."""

    balances: Sequence[Balance]
    """Balance of each team, the largest difference first."""
    moves: Sequence[Move]
    reasons: Sequence[Reason]
    """Rows whose rule changed, and pools whose split changed."""


def movement(before: Allocation, after: Allocation) -> Movement:
    """Compute the moves between two allocations of the same costs with the same kept dimensions, the largest first.

    If the tables differ, because the rules treat tag keys differently, rules are compared by cell instead of by row.
    """
    with localcontext(EXACT):
        old, new = _by_cell(before), _by_cell(after)
        moves: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for cell in old.keys() | new.keys():
            for source, target, cost in _flows(old.get(cell, {}), new.get(cell, {})):
                moves[cell.currency, source, target] += cost
        return Movement(_balances(old, new), _moves(moves), _reasons(before, after))


def _by_cell(allocation: Allocation) -> dict[Cell, dict[str, Decimal]]:
    """Sum the costs of each team in each cell, including excluded costs."""
    sums: dict[Cell, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in allocation.rows:
        sums[row.cell][row.team] += row.cost
    for source, attribution, cell in zip(allocation.table.rows, allocation.attributions, allocation.cells, strict=True):
        if attribution.target.kind is Kind.EXCLUDED:
            sums[cell][EXCLUDED] += source.cost
    return sums


def _flows(old: Mapping[str, Decimal], new: Mapping[str, Decimal]) -> list[tuple[str, str, Decimal]]:
    """Match losses with gains, the largest first, so that there are few flows."""
    deltas = {team: new.get(team, Decimal(0)) - old.get(team, Decimal(0)) for team in {*old, *new}}
    losses = sorted((delta, team) for team, delta in deltas.items() if delta < 0)
    gains = sorted(((-delta, team) for team, delta in deltas.items() if delta > 0))
    flows = []
    while losses and gains:
        (loss, source), (gain, target) = losses.pop(0), gains.pop(0)
        cost = min(-loss, -gain)
        flows.append((source, target, cost))
        if loss + cost:
            losses.insert(0, (loss + cost, source))
        if gain + cost:
            gains.insert(0, (gain + cost, target))
    return flows


def _balances(old: Mapping[Cell, Mapping[str, Decimal]], new: Mapping[Cell, Mapping[str, Decimal]]) -> list[Balance]:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for which, cells in enumerate((old, new)):
        for cell, teams in cells.items():
            for team, cost in teams.items():
                sums[cell.currency, team][which] += cost
    found = [Balance(currency, team, *amounts) for (currency, team), amounts in sums.items()]
    return sorted(found, key=lambda one: (one.currency, -abs(one.after - one.before), one.team))


def _moves(moves: Mapping[tuple[str, str, str], Decimal]) -> list[Move]:
    """Sum the flows of all cells, and offset opposite flows between two teams."""
    net: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for (currency, source, target), cost in moves.items():
        first, second = sorted((source, target))
        net[currency, first, second] += cost if source == first else -cost
    found = [
        Move(currency, *((first, second) if cost > 0 else (second, first)), abs(cost))
        for (currency, first, second), cost in net.items()
        if cost
    ]
    return sorted(found, key=lambda one: (one.currency, -one.cost, one.source, one.target))


def _reasons(before: Allocation, after: Allocation) -> list[Reason]:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    if before.table.rows != after.table.rows:
        old_rules, new_rules = _by_rule(before), _by_rule(after)
        for cell in old_rules.keys() | new_rules.keys():
            for was, now, cost in _flows(old_rules.get(cell, {}), new_rules.get(cell, {})):
                sums[cell.currency, was, now] += cost
    else:
        _compare_rows(before, after, sums)
    for currency, old_split, new_split, cost in _splits(before, after):
        sums[currency, old_split, new_split] += cost
    found = [Reason(currency, old_rule, new_rule, cost) for (currency, old_rule, new_rule), cost in sums.items()]
    return sorted(found, key=lambda one: (one.currency, -abs(one.cost), one.before, one.after))


def _by_rule(allocation: Allocation) -> dict[Cell, dict[str, Decimal]]:
    """Sum the costs of each rule in each cell."""
    sums: dict[Cell, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row, attribution, cell in zip(allocation.table.rows, allocation.attributions, allocation.cells, strict=True):
        sums[cell][attribution.rule] += row.cost
    return sums


def _compare_rows(before: Allocation, after: Allocation, sums: dict[tuple[str, str, str], Decimal]) -> None:
    """Sum the costs whose rule changed, by currency and both rules."""
    for row, old, new in zip(before.table.rows, before.attributions, after.attributions, strict=True):
        if old.rule != new.rule:
            sums[row.currency, old.rule, new.rule] += row.cost
        elif old.target != new.target:
            # Same rule with another target.
            sums[row.currency, f"{old.rule}: {old.target.name}", f"{new.rule}: {new.target.name}"] += row.cost


def _splits(before: Allocation, after: Allocation) -> Iterator[tuple[str, str, str, Decimal]]:
    """Yield each cell of a pool with changed weights: currency, both splits as text, and the cost of the pool."""
    old, new = _transfers_by_cell(before), _transfers_by_cell(after)
    for pool, cell in old.keys() & new.keys():
        was, now = old[pool, cell], new[pool, cell]
        first, second = ({one.target: one.weight for one in split} for split in (was, now))
        changed = {target for target in first.keys() | second.keys() if first.get(target) != second.get(target)}
        if changed:
            cost = sum((one.cost for one in was), Decimal(0))
            yield cell.currency, _describe_split(was, changed), _describe_split(now, changed), cost


def _transfers_by_cell(allocation: Allocation) -> dict[tuple[str, Cell], list[Transfer]]:
    found: dict[tuple[str, Cell], list[Transfer]] = defaultdict(list)
    for transfer in allocation.transfers:
        found[transfer.pool, transfer.cell].append(transfer)
    return found


def _describe_split(split: Sequence[Transfer], changed: Collection[Target]) -> str:
    """Describe a split with its changed weights: `shared.net (even): dev 1/2, ops 1/2`."""
    weights = ", ".join(f"{one.target.name} {one.weight}" for one in split if one.target in changed)
    return f"shared.{split[0].pool} ({split[0].basis}): {weights}"
