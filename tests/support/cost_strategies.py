"""Hypothesis strategies for rules and costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from cost_allocation import query
from cost_allocation.rules.model import Rules
from tests.support.costs import JUNE, MAY, Cost, rules

TEAMS = ("dev", "ops", "sales", "data")
POOLS = ("net", "security", "support", "desk")
"""Each may have only later pools as targets, so that there are no cycles."""
PROJECTS = ("web", "api", "app", "etl")
ACCOUNTS = ("111122223333", "444455556666")
SERVICES = ("EC2", "S3", "Support")
CATEGORIES = ("Usage", "Tax", "Credit")
METRIC = "requests"
RATES = {"USD": 1, "EUR": 1.1}
DAYS = (MAY, date(2026, 5, 10), date(2026, 5, 31), JUNE)

KEEP = (query.SERVICE, query.REGION)
DIMENSIONS = (
    *(query.tag(key) for key in ("project", "Project", "app", "team", "squad")),
    query.ACCOUNT,
    query.SERVICE,
    query.REGION,
    query.CHARGE_CATEGORY,
)
"""Dimensions of rules, and kept dimensions."""

_weights = st.lists(st.integers(0, 7), min_size=3, max_size=3).filter(any)


def _some(values: Sequence[str], most: int | None = None) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most or len(values), unique=True)


@st.composite
def _dated(draw: st.DrawFn, entry: st.SearchStrategy[dict[str, Any]]) -> list[dict[str, Any]]:
    """An entry until a day, and another from that day or a later one."""
    until, start = sorted(draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
    return [draw(entry) | {"until": until.isoformat()}, draw(entry) | {"from": start.isoformat()}]


@st.composite
def _pool(draw: st.DrawFn, name: str) -> dict[str, Any]:
    split = draw(st.sampled_from(("fixed", "even", "proportional", "proportional")))
    by = draw(st.sampled_from((None, None, METRIC))) if split == "proportional" else None
    later = POOLS[POOLS.index(name) + 1 :]
    # Only teams have direct cost.
    targets = draw(_some(TEAMS if split == "proportional" and by is None else (*TEAMS, *later, "unknown"), 3))
    pool: dict[str, Any] = {"split": split}
    if split == "fixed":
        weights = draw(_weights)[: len(targets)]
        weights[0] += 1
        pool["to"] = {target: f"{weight}/{sum(weights)}" for target, weight in zip(targets, weights, strict=True)}
    elif draw(st.booleans()):
        pool["to"] = targets
    if by:
        pool["by"] = by
    if split == "proportional" and draw(st.booleans()):
        pool["when_zero"] = draw(st.sampled_from(("even", "unknown")))
    if draw(st.integers(0, 3)) == 0:
        pool["match"] = draw(
            st.sampled_from(
                ({"services": ["S*"]}, {"charge_categories": ["Tax"]}, {"tags": {"team": ["?et"]}, "services": ["EC2"]})
            )
        )
    return pool


def _project(name: str, team: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"team": team, "aliases": st.just([f"{name}-old"])})


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents that say something sensible."""
    someone = st.sampled_from((*TEAMS, *POOLS, "unknown"))
    named = st.fixed_dictionaries({"team": someone})
    # Every pool is there, since a project may name it; a dated one may not be in effect.
    shared = {name: draw(st.one_of(_pool(name), _dated(_pool(name)))) for name in POOLS}
    projects = {
        name: draw(st.one_of(someone, _project(name, someone), _dated(named))) for name in draw(_some(PROJECTS))
    }
    owner = st.fixed_dictionaries({"owner": st.sampled_from(("ana", "bo"))})
    return {
        "ignore_case": draw(st.booleans()),
        "tag_keys": {"project": draw(_some(("project", "Project", "app"))), "team": draw(_some(("team", "squad")))},
        "projects": projects,
        "teams": {
            # A pool may be a team as well.
            name: draw(st.one_of(st.none(), st.just("ana"), _dated(owner)))
            for name in (*TEAMS, *draw(st.sampled_from(((), (), POOLS[:1], POOLS[2:]))))
        },
        "accounts": {name: draw(st.one_of(someone, _dated(named))) for name in draw(_some(ACCOUNTS))},
        "filters": draw(
            st.sampled_from(
                (
                    *[{}] * 5,
                    {"services": {"exclude": ["Support"]}},
                    {"charge_categories": ["Usage", "C*"]},
                    {"accounts": {"exclude": ["4*"]}},
                )
            )
        ),
        "value_aliases": draw(
            st.sampled_from(
                (
                    *[{}] * 3,
                    {"project": {"wbe": "web", "Desk": "support"}},
                    {"team": {"nobody": "ops", "unknown": "dev"}},
                )
            )
        ),
        "shared": shared,
        "currency_rates": draw(st.sampled_from(({}, {"2026-05": RATES}, {"2026-05": RATES, "2026-06": {"USD": 1}}))),
        "metrics": {METRIC: {team: draw(st.sampled_from((0, 1, 2.5))) for team in draw(_some((*TEAMS, *POOLS)))}},
    }


def any_rules() -> st.SearchStrategy[Rules]:
    """The rules of such documents."""
    return documents().map(lambda document: rules(**document))


_amounts = st.one_of(
    st.decimals(min_value=-100, max_value=1000, places=2),
    st.decimals(min_value=-1, max_value=1, places=14),
    st.just(Decimal(0)),
)
_values = {
    query.tag("project"): (*PROJECTS, "web-old", "WEB", "net", "security", "Desk", "wbe"),
    query.tag("Project"): (*PROJECTS, "support"),
    query.tag("app"): ("app", "etl", "desk"),
    query.tag("team"): (*TEAMS, *TEAMS, "Ops", "net", "unknown", "nobody"),
    query.tag("squad"): (*TEAMS, "support"),
    query.ACCOUNT: (*ACCOUNTS, "777788889999"),
    query.SERVICE: SERVICES,
    query.REGION: ("eu-west-1", "us-east-1"),
    query.CHARGE_CATEGORY: CATEGORIES,
}
_costs = st.builds(
    Cost,
    _amounts,
    st.fixed_dictionaries({name: st.sampled_from((*[None] * 6, *values)) for name, values in _values.items()}),
    st.sampled_from(DAYS),
    st.sampled_from(("USD", "EUR")),
)


def any_costs() -> st.SearchStrategy[list[Cost]]:
    """Charges and credits of several days, in two currencies."""
    return st.lists(_costs, max_size=2) | st.lists(_costs, min_size=8, max_size=25)
