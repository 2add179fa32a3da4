"""A trace in words adds up at every level."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cost_allocation.analysis.trace import Tracer
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import Allocation, CostRow, CostTable
from cost_allocation.query import SERVICE, tag
from taggov.costs.render.trace_summary import summarize
from taggov.costs.rules.file import read_rules_text

_RULES = """
projects: {web: shop, find: search, net: network, mon: monitoring}
shared:
  monitoring: {split: even, to: [shop, search, network]}
  network: {split: fixed, to: {shop: 0.25, search: 0.75}}
"""


@pytest.fixture
def allocation() -> Allocation:
    rows = [
        CostRow(date(2026, 5, 1), "USD", (project, None, service), Decimal(cost), 1)
        for project, service, cost in (
            ("web", "EC2", "10"),
            ("web", "S3", "-2.5"),
            ("find", "EC2", "7"),
            ("net", "EC2", "1"),
            ("net", "S3", "8"),
            ("mon", "EC2", "100"),
        )
    ]
    table = CostTable((tag("project"), tag("team"), SERVICE), rows, "BilledCost", "test")
    return allocate(table, read_rules_text(_RULES, "rules"), (SERVICE,))


def test_rules_and_pools_of_several_services_are_added_up(allocation: Allocation) -> None:
    found = summarize(Tracer(allocation).origins("shop"))

    assert [(one.rule, one.cost, len(one.rows)) for one in found.direct] == [
        ('projects.web (tag project "web")', Decimal("7.5"), 2)
    ]
    assert {(one.pool, one.weight): one.pool_cost for one in found.pools} == {
        ("monitoring", "1/3"): Decimal(100),
        ("network", "1/4"): Decimal("42.333333333333"),
    }
    assert found.adds_up


def test_a_pool_names_the_pools_behind_it(allocation: Allocation) -> None:
    found = summarize(Tracer(allocation).origins("search"))

    network = next(one for one in found.pools if one.pool == "network")
    assert [one.pool for one in network.origin.pools] == ["monitoring"]
    assert network.pool_cost == network.origin.cost


def test_the_explanations_of_all_teams_are_all_there_is(allocation: Allocation) -> None:
    teams = [summarize(Tracer(allocation).origins(team)) for team in ("shop", "search")]

    assert sum(found.cost for found in teams) == allocation.totals["USD"].output
