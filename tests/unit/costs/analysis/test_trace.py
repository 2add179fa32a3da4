"""From an amount of a team back to source rows and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings

from cost_allocation.analysis.trace import Origin, Source, Tracer
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import AllocatedRow, Allocation, Cell, Kind, Target
from cost_allocation.query import SERVICE
from cost_allocation.rules.model import Rules
from tests.support import cost_strategies
from tests.support.costs import JUNE, MAY, Cost, allocated, cost, rules, table

CHAIN = rules(
    projects={"web": "dev", "api": "ops"},
    shared={
        "net": {"to": {"desk": "1/2", "dev": "1/2"}},
        "desk": {"split": "even", "to": ["dev", "ops", "sales"]},
    },
)


def test_a_direct_cost_comes_from_its_row_and_rule() -> None:
    allocation = allocated(CHAIN, cost("3", project="web"), cost("5", project="api"))

    (origin,) = Tracer(allocation).origins("dev")

    assert origin == Origin(
        Cell(MAY, "USD", ()),
        Target(Kind.TEAM, "dev"),
        Decimal(3),
        [Source(allocation.table.rows[0], 'projects.web (tag project "web")')],
        [],
    )


def test_a_shared_cost_comes_from_the_pool_and_what_that_was_made_of() -> None:
    allocation = allocated(CHAIN, cost("12", project="net"), cost("3", project="desk"))

    (origin,) = Tracer(allocation).origins("sales")

    (share,) = origin.shares
    assert (share.transfer.pool, share.transfer.weight, share.transfer.basis) == ("desk", "1/3", "even")
    assert (share.pool_cost, share.transfer.cost, origin.cost) == (Decimal(9), Decimal(3), Decimal(3))
    assert [one.row.cost for one in share.pool.rows] == [Decimal(3)]
    (above,) = share.pool.shares
    assert (above.transfer.pool, above.transfer.weight, above.transfer.cost, above.pool_cost) == (
        "net",
        "1/2",
        Decimal(6),
        Decimal(12),
    )
    assert [one.rule for one in above.pool.rows] == ['shared.net (tag project "net")']


def test_the_shares_on_the_way_multiply_to_the_part_of_the_whole() -> None:
    allocation = allocated(CHAIN, cost("12", project="net"))

    (origin,) = Tracer(allocation).origins("dev")

    assert sum(part for _, part in parts(origin)) == Fraction(1, 2) + Fraction(1, 2) * Fraction(1, 3)
    assert origin.cost == Decimal(8)


def test_the_largest_row_comes_first_whichever_sign_it_has() -> None:
    costs = [cost("1", project="web", account="1"), cost("-9", project="web", account="2"), cost("5", project="web")]

    (origin,) = Tracer(allocated(CHAIN, *costs)).origins("dev")

    assert [one.row.cost for one in origin.rows] == [Decimal(-9), Decimal(5), Decimal(1)]


def test_the_unknown_bucket_can_be_traced_too() -> None:
    (origin,) = Tracer(allocated(CHAIN, cost("2", project="wbe"))).origins("unknown")

    assert [one.rule for one in origin.rows] == ['unknown (tag project "wbe" is in no rule)']


def test_a_team_without_costs_has_no_origin() -> None:
    tracer = Tracer(allocated(CHAIN, cost("2", project="net"), cost("2", project="web")))

    assert tracer.origins("nobody") == []
    assert tracer.origins("net") == []
    assert tracer.origins("excluded") == []


def test_cells_are_told_apart_and_come_in_order() -> None:
    costs = [
        cost("1", JUNE, project="web", service="S3"),
        cost("2", project="web", service="S3"),
        cost("3", project="web"),
        cost("4", MAY, "EUR", project="web", service="S3"),
        cost("5", project="web", service="EC2"),
    ]

    tracer = Tracer(allocated(CHAIN, *costs, keep=(SERVICE,)))

    assert [one.cost for one in tracer.origins("dev")] == [Decimal(n) for n in (4, 3, 5, 2, 1)]
    assert [one.cost for one in tracer.origins("dev", lambda cell: cell.values == ("S3",))] == [
        Decimal(n) for n in (4, 2, 1)
    ]


@settings(max_examples=80)
@given(cost_strategies.any_rules(), cost_strategies.any_costs())
def test_every_amount_is_explained_to_the_last_digit(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, cost_strategies.DIMENSIONS), given_rules, cost_strategies.KEEP)

    tracer = Tracer(allocation)

    explained = {(team, one.cell): one for team in teams(allocation.rows) for one in tracer.origins(team)}
    assert {key: one.cost for key, one in explained.items()} == amounts(allocation)
    for one in explained.values():
        assert adds_up(one)


@settings(max_examples=80)
@given(cost_strategies.any_rules(), cost_strategies.any_costs())
def test_every_source_row_is_handed_out_once_and_entirely(given_rules: Rules, costs: list[Cost]) -> None:
    allocation = allocate(table(costs, cost_strategies.DIMENSIONS), given_rules, cost_strategies.KEEP)
    tracer = Tracer(allocation)

    given_out: dict[int, Fraction] = defaultdict(Fraction)
    for team in teams(allocation.rows):
        for origin in tracer.origins(team):
            for source, part in parts(origin):
                given_out[id(source.row)] += part

    kept = zip(allocation.table.rows, allocation.attributions, strict=True)
    assert given_out == {id(row): 1 for row, decided in kept if decided.target.kind is not Kind.EXCLUDED}


def teams(rows: Sequence[AllocatedRow]) -> set[str]:
    return {row.team for row in rows}


def amounts(allocation: Allocation) -> dict[tuple[str, Cell], Decimal]:
    sums: dict[tuple[str, Cell], Decimal] = defaultdict(Decimal)
    for row in allocation.rows:
        sums[row.team, row.cell] += row.cost
    return dict(sums)


def adds_up(origin: Origin) -> bool:
    """Tell whether what an amount is made of adds up to it, and what that is made of in turn."""
    rows = sum((one.row.cost for one in origin.rows), Decimal(0))
    shares = sum((one.transfer.cost for one in origin.shares), Decimal(0))
    return origin.cost == rows + shares and all(
        share.pool_cost == share.pool.cost and adds_up(share.pool) for share in origin.shares
    )


def parts(origin: Origin) -> list[tuple[Source, Fraction]]:
    """The source rows of an amount, each with the part of it that got here."""
    found = [(one, Fraction(1)) for one in origin.rows]
    for share in origin.shares:
        weight = Fraction(share.transfer.weight)
        found += [(source, weight * part) for source, part in parts(share.pool)]
    return found
