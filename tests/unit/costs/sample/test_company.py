"""The fictional company holds together: its tables name what other tables have, and the rules fit it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest

from cost_allocation.engine.metric_values import by_team, read_metric_values
from cost_allocation.model import Kind, Target
from taggov.costs.rules.file import read_rules_text
from taggov.costs.sample import world
from taggov.costs.sample.documents import metrics_csv, rules_yaml
from taggov.costs.sample.resources import SLOTS, resources
from taggov.costs.sample.skus import Sku, skus

POOLS = {project.name for project in world.PROJECTS if project.shared}


def test_names_are_given_once() -> None:
    names = [project.name for project in world.projects(245)]
    assert len(names) == len(set(names))
    ids = [account.id for account in world.ACCOUNTS]
    assert len(ids) == len(set(ids))


def test_teams_projects_and_accounts_know_each_other() -> None:
    names = {project.name for project in world.PROJECTS}
    assert {project.team for project in world.PROJECTS} == set(world.TEAMS)
    assert {account.home for account in world.ACCOUNTS} <= {*world.TEAMS, *POOLS, "company", "sandbox"}
    assert {*world.MISSPELLINGS, world.UNRULED, world.MOVED.project, world.SPIKE.project} <= names
    assert {team for teams in world.METRICS.values() for team in teams} <= set(world.TEAMS)


@pytest.mark.parametrize("sku", skus(), ids=lambda sku: f"{sku.provider} {sku.description}")
def test_a_sku_has_known_users_and_a_price_with_ten_decimals(sku: Sku) -> None:
    known = {project.name for project in world.PROJECTS} | set(world.TEAMS)

    assert set(sku.bearer.split()) <= known | {"*", "accounts", "company", "sandbox"}
    assert abs(sku.prices().list) in {sku.price * sku.step, 0}
    assert bool(sku.discount) == sku.kind.promised


@pytest.mark.parametrize("projects", [45, 203])
def test_resources_share_all_slots_and_nearly_all_of_the_bill(projects: int) -> None:
    found = resources(seed=1, projects=projects)

    bought, listed = sum(one.monthly for one in found), sum(sku.monthly for sku in skus())
    assert sum(one.slots for one in found) == SLOTS
    assert listed * Decimal("0.999") < bought <= listed + 1
    assert min(one.slots for one in found) > 0


def test_more_projects_are_components_of_the_teams() -> None:
    projects = world.projects(203)

    assert len(projects) == 203
    assert projects[:45] == world.PROJECTS
    assert (projects[45].name, projects[45].team, projects[45].weight) == ("checkout-api", "shop", 17)
    assert not any(project.shared for project in projects[45:])


@pytest.mark.parametrize("projects", [45, 203])
def test_the_rules_know_all_projects_but_one(projects: int) -> None:
    rules = read_rules_text(rules_yaml(projects), "rules").on(date(2026, 5, 1))

    missing = {project.name for project in world.projects(projects)} - set(rules.projects)
    assert {name.partition("-")[0] for name in missing} == {world.UNRULED}
    assert set(rules.teams) == set(world.TEAMS)
    assert set(rules.pools) > POOLS


def test_a_project_moves_in_the_rules() -> None:
    rules = read_rules_text(rules_yaml(), "rules")

    before, after = (rules.on(date(2026, month, 31)).projects["billing"].target for month in (7, 8))
    assert (before, after) == (Target(Kind.TEAM, "payments"), Target(Kind.TEAM, "finance-systems"))


def test_metrics_have_all_months_and_only_teams() -> None:
    lines = csv.DictReader(StringIO(metrics_csv(months=8)))

    metrics = by_team(read_metric_values((lines.line_num, line) for line in lines))

    assert sorted({month for _, month in metrics}) == [world.month_after(world.START, later) for later in range(8)]
    assert {team for values in metrics.values() for team in values} <= set(world.TEAMS)
    assert {metric for metric, _ in metrics} == {"orders", "active_customers"}


def test_metrics_and_costs_are_of_the_same_months_by_default() -> None:
    assert metrics_csv().splitlines()[1].startswith("2026-05,")
    assert metrics_csv().splitlines()[-1].startswith("2026-10,")
