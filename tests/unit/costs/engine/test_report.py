from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cost_allocation.analysis.report import (
    COLUMNS,
    DEFAULT_COLUMNS,
    Report,
    UnknownColumn,
    allocated_report,
    allocation_query,
    kept_dimensions,
)
from cost_allocation.query import CHARGE_CATEGORY, CostQuery, Granularity
from cost_allocation.rules.model import Rules
from tests.support.costs import JUNE, MAY, Cost, cost, rules, table

RULES = rules(
    tag_keys={"environment": ["environment", "env"], "customer": ["customer"]},
    projects={"web": "dev", "api": "ops"},
    teams={"dev": "ana"},
    shared={"network": {"dev": 0.75, "ops": 0.25}},
)


def reported(columns: list[str], *costs: Cost, given: Rules = RULES, **fields: Any) -> Report:
    wanted = allocation_query(given, columns, "BilledCost", None, None)
    source = replace(table(costs, wanted.dimensions), **fields)
    return allocated_report(source, given, columns)[1]


def lines(report: Report) -> list[tuple[object, ...]]:
    return [(*row.values, row.currency, row.direct, row.shared) for row in report.rows]


def test_direct_and_shared_costs_stay_apart_and_add_up() -> None:
    report = reported(
        ["team", "owner"], cost("10", project="web"), cost("2", project="api"), cost("8", project="network")
    )

    assert lines(report) == [
        ("dev", "ana", "USD", Decimal(10), Decimal(6)),
        ("ops", None, "USD", Decimal(2), Decimal(2)),
    ]
    assert [row.cost for row in report.rows] == [Decimal(16), Decimal(4)]
    assert report.totals["USD"].output == Decimal(20)


def test_cost_is_exact_outside_the_engine() -> None:
    (row,) = reported(
        ["team"],
        cost("99999999999999999999999999", project="web"),
        cost("0.00000000000000000001", project="network"),
        given=rules(projects={"web": "dev"}, shared={"network": {"dev": 1}}),
    ).rows

    assert row.cost == Decimal("99999999999999999999999999.00000000000000000001")


def test_project_and_pool_say_where_a_cost_came_from() -> None:
    report = reported(["project", "pool"], cost("10", project="web"), cost("8", project="network"), cost("1"))

    assert lines(report) == [
        ("web", None, "USD", Decimal(10), Decimal(0)),
        (None, "network", "USD", Decimal(0), Decimal(8)),
        (None, None, "USD", Decimal(1), Decimal(0)),
    ]


def test_rows_come_by_period_and_currency_and_the_largest_first() -> None:
    report = reported(
        ["team", "month"],
        cost("5", JUNE, project="web"),
        cost("1", MAY, project="web"),
        cost("3", MAY, project="api"),
        cost("3", MAY, team="ann"),
        cost("-9", MAY),
        cost("2", date(2026, 5, 20), project="web"),
        cost("1", MAY, "EUR", project="web"),
        given=rules(projects={"web": "dev", "api": "ops"}, teams={"ann": None}),
    )

    assert [(*row.values, row.currency, row.cost) for row in report.rows] == [
        ("dev", "2026-05", "EUR", Decimal(1)),
        ("ann", "2026-05", "USD", Decimal(3)),
        ("dev", "2026-05", "USD", Decimal(3)),
        ("ops", "2026-05", "USD", Decimal(3)),
        ("unknown", "2026-05", "USD", Decimal(-9)),
        ("dev", "2026-06", "USD", Decimal(5)),
    ]


def test_days() -> None:
    report = reported(["day"], cost("5", date(2026, 5, 20), project="web"), cost("1", MAY))

    assert [row.values for row in report.rows] == [("2026-05-01",), ("2026-05-20",)]


def test_an_environment_is_the_first_of_its_tag_keys_that_says_something() -> None:
    report = reported(
        ["environment", "customer"],
        cost("4", project="web", environment="prod", env="old"),
        cost("3", project="web", env="test", customer="acme"),
        cost("2", project="web"),
    )

    assert [(*row.values, row.cost) for row in report.rows] == [
        ("prod", None, Decimal(4)),
        ("test", "acme", Decimal(3)),
        (None, None, Decimal(2)),
    ]


def test_fields_and_tags_are_columns() -> None:
    report = reported(
        ["service", "region", "tag:tier"], cost("4", project="web", service="EC2", region="eu-west-1", tier="gold")
    )

    assert [row.values for row in report.rows] == [("EC2", "eu-west-1", "gold")]


@pytest.mark.parametrize("column", ["teem", "tag:", "", "tag", "Team"])
def test_an_unknown_column_is_named_with_those_there_are(column: str) -> None:
    with pytest.raises(UnknownColumn) as refused:
        allocation_query(RULES, ["team", column], "BilledCost", None, None)

    assert refused.value.column == column
    assert str(refused.value) == (
        f'unknown column "{column}"; allowed are month, day, team, owner, project, pool, environment, customer, '
        "service, account, region, charge_category, provider and tag:KEY"
    )


def test_every_column_can_be_asked_for() -> None:
    report = reported([*COLUMNS], cost("1", project="web"))

    assert len(report.rows[0].values) == len(COLUMNS)
    assert set(DEFAULT_COLUMNS) <= set(COLUMNS)


def test_the_query_asks_for_what_rules_and_columns_look_at_and_no_more() -> None:
    assert allocation_query(RULES, ["month", "team", "owner", "project", "pool"], "BilledCost", MAY, JUNE) == CostQuery(
        "BilledCost", MAY, JUNE, Granularity.MONTH, ("tag:project", "tag:team"), owner_keys=(("project", "team"),)
    )
    assert allocation_query(
        RULES, ["environment", "service", "tag:team", "service"], "BilledCost", MAY, JUNE, [CHARGE_CATEGORY]
    ).dimensions == ("tag:project", "tag:team", "tag:environment", "tag:env", "service", "charge_category")


def test_the_query_asks_for_days_only_when_somebody_needs_them() -> None:
    moved = rules(projects={"web": {"team": "dev", "from": "2026-05-10"}})

    def granularity(given: Rules, *columns: str) -> Granularity:
        return allocation_query(given, columns, "BilledCost", MAY, JUNE).granularity

    assert granularity(RULES, "month") is Granularity.MONTH
    assert granularity(RULES, "day") is Granularity.DAY
    assert granularity(moved, "month") is Granularity.DAY


def test_only_what_columns_are_made_of_is_kept() -> None:
    assert kept_dimensions(RULES, ["month", "team", "owner"]) == ()
    assert kept_dimensions(RULES, ["environment", "tag:env", "region"]) == ("tag:environment", "tag:env", "region")


def test_a_report_tells_what_its_numbers_are() -> None:
    columns = ["month"]
    estimated = frozenset({date(2026, 5, 31), date(2026, 5, 30), JUNE})
    given = rules(shared={"network": {"split": "proportional", "to": ["dev"]}})

    report = reported(columns, cost("1", project="network"), given=given, estimated=estimated, warnings=("beware",))

    assert report.columns == ("month",)
    assert (report.metric, report.source) == ("BilledCost", "a test")
    assert report.estimated == ("2026-05", "2026-06")
    assert report.warnings == (
        "beware",
        "shared.network: no target has any direct cost of 2026-05 in USD, so it went evenly",
    )
    assert reported(["day"], estimated=estimated).estimated == ("2026-05-30", "2026-05-31", "2026-06-01")
