"""Allocation rules and business metrics of the sample."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import Any

import yaml

from taggov.costs.sample import world
from taggov.costs.sample.resources import draw

_HEAD = "# Allocation rules of Meridian Outfitters, the fictional company of the sample data.\n"

_KNOWN_MISSPELLINGS = 5
"""Number of misspellings that are aliases in the rules."""

_OPEN_ACCOUNTS = ("logistics", "mobile", "marketing", "customer-care", "partners", "sandbox")
"""Teams whose accounts are not in the rules, so that their untagged costs stay unknown."""


class _Style(yaml.SafeDumper):
    """YAML dumper with lists of names on one line and without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        return super().represent_sequence(tag, sequence, flow_style=all(isinstance(one, str) for one in sequence))


def rules_yaml(projects: int = len(world.PROJECTS)) -> str:
    """Build `allocation_rules.yaml` for the sample, with intentional gaps.

    Args:
        projects: as in `world.projects`.
    """
    rules = {
        "version": 1,
        "ignore_case": True,
        "tag_keys": {
            "project": ["project", "Project", "app"],
            "team": ["team"],
            "environment": ["environment", "env"],
            "customer": ["customer"],
        },
        "filters": {"charge_categories": {"exclude": ["Tax"]}},
        "projects": {
            project.name: _project(project)
            for project in world.projects(projects)
            if not project.name.startswith(world.UNRULED)
        },
        "teams": world.TEAMS,
        "default_owner": "finops@example.com",
        "accounts": {account.id: account.home for account in world.ACCOUNTS if account.home not in _OPEN_ACCOUNTS},
        "shared": {
            "network": {"split": "even"},
            "kubernetes": {
                "split": "proportional",
                "by": "direct_cost",
                "to": ["shop", "discovery", "payments", "logistics", "mobile", "partners"],
            },
            # The cluster is a target too: its share is distributed with its costs.
            "monitoring": {"split": "even", "to": ["kubernetes", "shop", "discovery", "payments", "platform"]},
            "data-platform": {"split": "proportional", "by": "orders"},
            "security": {"split": "even"},
            "support": {
                "split": "fixed",
                "to": {"shop": 0.4, "discovery": 0.25, "payments": 0.2, "platform": 0.15},
                "match": {"services": ["AWS Support*", "Azure Support", "Support"]},
            },
            "company": {"split": "proportional", "by": "direct_cost"},
        },
    }
    return _HEAD + yaml.dump(rules, Dumper=_Style, sort_keys=False, width=100)


def metrics_csv(start: date = world.START, months: int = world.MONTHS, seed: int = 1) -> str:
    """Build the business metrics: CSV with `month` (YYYY-MM), `metric`, `team`, `value`."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("month", "metric", "team", "value"))
    for later in range(months):
        month = f"{world.month_after(start, later):%Y-%m}"
        for metric, teams in world.METRICS.items():
            for team, value in teams.items():
                change = 1000 + 25 * later + draw(seed, metric, team, month) % 61 - 30
                lines.writerow((month, metric, team, value * change // 1000))
    return text.getvalue()


def _project(project: world.Project) -> Any:
    target = project.name if project.shared else project.team
    if project.name == world.MOVED.project:
        return [{"team": target, "until": world.MOVED.day}, {"team": world.MOVED.team, "from": world.MOVED.day}]
    known = dict(list(world.MISSPELLINGS.items())[:_KNOWN_MISSPELLINGS])
    return {"team": target, "aliases": [known[project.name]]} if project.name in known else target
