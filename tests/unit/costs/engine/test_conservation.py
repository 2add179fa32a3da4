from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal, localcontext
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cost_allocation.engine.allocate import allocate
from cost_allocation.exact import EXACT
from cost_allocation.model import Allocation, Cell, CostTable, Kind
from cost_allocation.rules.model import Rules
from tests.support.cost_strategies import DIMENSIONS, KEEP, any_costs, any_rules
from tests.support.costs import Cost, table

many = settings(max_examples=60)


def cells_of(costs: CostTable, allocation: Allocation, excluded: bool) -> dict[Cell, Decimal]:
    """Sum what the source has in each kept cell, of what was left out or of what was not."""
    at = [costs.dimensions.index(dimension) for dimension in allocation.keep]
    sums: dict[Cell, Decimal] = defaultdict(Decimal)
    for row, attribution in zip(costs.rows, allocation.attributions, strict=True):
        if (attribution.target.kind is Kind.EXCLUDED) is excluded:
            sums[Cell(row.period, row.currency, tuple(row.values[i] for i in at))] += row.cost
    return sums


@many
@given(any_rules(), any_costs())
def test_every_currency_comes_out_as_it_went_in(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, DIMENSIONS), given_rules, KEEP)

    with localcontext(EXACT):
        assert allocation.totals.keys() == {one.currency for one in costs}
        for currency, total in allocation.totals.items():
            rows = [row for row in allocation.rows if row.cell.currency == currency]
            assert total.input == sum(one.amount for one in costs if one.currency == currency)
            assert total.output == sum(row.cost for row in rows)
            assert total.unknown == sum(row.cost for row in rows if row.team == "unknown")
            assert total.excluded == sum(
                one.amount
                for one, attribution in zip(costs, allocation.attributions, strict=True)
                if one.currency == currency and attribution.target.kind is Kind.EXCLUDED
            )
            assert total.input == total.output + total.excluded
            assert total.rows == sum(one.currency == currency for one in costs)


@many
@given(any_rules(), any_costs())
def test_every_kept_cell_comes_out_as_it_went_in(given_rules: Rules, costs: list[Cost]) -> None:
    source = table(costs, DIMENSIONS)

    allocation = allocate(source, given_rules, KEEP)

    with localcontext(EXACT):
        output: dict[Cell, Decimal] = defaultdict(Decimal)
        for row in allocation.rows:
            output[row.cell] += row.cost
        assert output == cells_of(source, allocation, excluded=False)


@many
@given(any_rules(), any_costs())
def test_only_teams_and_unknown_have_costs_in_the_end(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, DIMENSIONS), given_rules, KEEP)

    for row in allocation.rows:
        snapshot = given_rules.on(row.cell.period)
        teams = {name for name, target in snapshot.names.items() if target.kind is Kind.TEAM}
        # A pool that is also a team keeps what it cannot split.
        teams |= {pool.name for pool in snapshot.pools.values() if pool.rest.kind is Kind.TEAM}
        assert given_rules.spelling(row.team) in {*map(given_rules.spelling, teams), "unknown"}
        assert row.owner == given_rules.owner(row.team, row.cell.period)


@many
@given(any_rules(), any_costs())
def test_a_pool_hands_on_all_that_it_holds(given_rules: Rules, costs: list[Cost]) -> None:
    source = table(costs, DIMENSIONS)

    allocation = allocate(source, given_rules, KEEP)

    with localcontext(EXACT):
        held: dict[tuple[str, Cell], Decimal] = defaultdict(Decimal)
        at = [source.dimensions.index(dimension) for dimension in KEEP]
        for row, attribution in zip(source.rows, allocation.attributions, strict=True):
            if attribution.target.kind is Kind.POOL:
                cell = Cell(row.period, row.currency, tuple(row.values[i] for i in at))
                held[attribution.target.name, cell] += row.cost
        handed_on: dict[tuple[str, Cell], Decimal] = defaultdict(Decimal)
        for transfer in allocation.transfers:
            handed_on[transfer.pool, transfer.cell] += transfer.cost
            if transfer.target.kind is Kind.POOL:
                held[transfer.target.name, transfer.cell] += transfer.cost
        assert handed_on == held


@many
@given(any_rules(), any_costs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(given_rules: Rules, costs: list[Cost], random: Random) -> None:
    allocation = allocate(table(costs, DIMENSIONS), given_rules, KEEP)
    random.shuffle(costs)
    shuffled = allocate(table(costs, DIMENSIONS), given_rules, KEEP)

    assert shuffled.rows == allocation.rows
    assert shuffled.totals == allocation.totals
    assert shuffled.warnings == allocation.warnings
    assert Counter(map(repr, shuffled.transfers)) == Counter(map(repr, allocation.transfers))


@many
@given(any_rules(), any_costs(), st.decimals(min_value=-100, max_value=100, places=14))
def test_a_source_row_in_two_halves_changes_nothing(given_rules: Rules, costs: list[Cost], part: Decimal) -> None:
    with localcontext(EXACT):
        halves = [
            one._replace(amount=amount) for one in costs for amount in (part.normalize(), one.amount - part.normalize())
        ]

    whole = allocate(table(costs, DIMENSIONS), given_rules, KEEP)
    halved = allocate(table(halves, DIMENSIONS), given_rules, KEEP)

    assert halved.rows == whole.rows
