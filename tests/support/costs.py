"""Short helpers for rules, costs and allocations in tests."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

from cost_allocation import query
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.split import Metrics
from cost_allocation.exact import EXACT
from cost_allocation.model import Allocation, Attribution, CostRow, CostTable
from cost_allocation.rules.document import read_rules
from cost_allocation.rules.model import Rules, RulesError

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


class Cost(NamedTuple):
    """A charge with its values by dimension."""

    amount: Decimal
    values: Mapping[str, str | None]
    day: date = MAY
    currency: str = "USD"


def cost(amount: str, day: date = MAY, currency: str = "USD", /, **values: str) -> Cost:
    """A charge; values by field (`service`) or by tag key (`project`)."""
    named = {name if name in query.FIELDS else query.tag(name): value for name, value in values.items()}
    return Cost(Decimal(amount), named, day, currency)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of rules."""
    loaded: dict[str, Any] = json.loads(files("cost_allocation.rules").joinpath("schema.json").read_text("utf-8"))
    return loaded


@cache
def validator() -> Draft202012Validator:
    """Return the validator of documents."""
    return Draft202012Validator(schema())


def rules(**document: Any) -> Rules:
    """Read the rules of a valid document."""
    validator().validate(document)
    return read_rules(document)


def problems(**document: Any) -> list[str]:
    """List the problems of a document, each as `place: message`."""
    try:
        rules(**document)
    except RulesError as error:
        return [f"{problem.place}: {problem.message}" for problem in error.problems]
    return []


def table(costs: Iterable[Cost], dimensions: Sequence[str]) -> CostTable:
    """The charges by dimensions, one row each."""
    rows = [
        CostRow(one.day, one.currency, tuple(one.values.get(dimension) for dimension in dimensions), one.amount, 1)
        for one in costs
    ]
    return CostTable(tuple(dimensions), rows, "BilledCost", "a test")


def allocated(given: Rules, *costs: Cost, keep: Sequence[str] = (), metrics: Metrics | None = None) -> Allocation:
    """Allocate the charges by the rules."""
    dimensions = tuple(dict.fromkeys((*given.attribution_dimensions, *keep)))
    return allocate(table(costs, dimensions), given, keep, metrics)


def decision(given: Rules, one: Cost) -> Attribution:
    """Return the rule that decides about a charge."""
    return allocated(given, one).attributions[0]


def by_team(allocation: Allocation) -> dict[str, Decimal]:
    """Sum the direct and shared costs of each team, for charges in one currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for row in allocation.rows:
            sums[row.team] += row.cost
    return dict(sums)
