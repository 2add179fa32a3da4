"""Unknown costs, and suggested rules for them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

from cost_allocation.analysis.advice import Adviser
from cost_allocation.analysis.unknown_costs import unknown_costs
from cost_allocation.exact import EXACT
from cost_allocation.model import Allocation
from cost_allocation.rules.model import Rules


@dataclass(frozen=True, slots=True)
class Untagged:
    """Unknown costs with equal account, service and tag value."""

    currency: str
    account: str | None
    service: str | None
    value: str | None
    """Tag value without a rule; None if there is no tag value."""
    cost: Decimal
    rows: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Suggested rule. It replaces an entry with the same name."""

    rule: str
    """YAML in one line: `accounts: {"111122223333": platform}`."""
    reason: str
    currency: str
    cost: Decimal
    """Unknown costs that this rule alone would assign. Several suggestions may overlap."""


def untagged(allocation: Allocation, rules: Rules) -> list[Untagged]:
    """Sum the unknown costs of an allocation by account, service and tag value, the largest first.

    Raises:
        MissingDimension: the costs are not grouped by account and service.
    """
    sums: dict[tuple[str, str | None, str | None, str | None], tuple[Decimal, int]] = {}
    with localcontext(EXACT):
        for row, account, service, projects, teams, _ in unknown_costs(allocation, rules):
            key = (row.currency, account, service, next(iter((*projects, *teams)), None))
            cost, rows = sums.get(key, (Decimal(0), 0))
            sums[key] = (cost + row.cost, rows + row.rows)
    found = [Untagged(*key, cost, rows) for key, (cost, rows) in sums.items()]
    return sorted(
        found, key=lambda one: (one.currency, -one.cost, one.account or "", one.service or "", one.value or "")
    )


def suggestions(allocation: Allocation, rules: Rules) -> list[Suggestion]:
    """Suggest rules for unknown costs, the most valuable first. Nothing is applied.

    Raises:
        MissingDimension: the costs are not grouped by account and service.
    """
    with localcontext(EXACT):
        adviser = Adviser(allocation, rules)
        found = [
            Suggestion(advice.rule, advice.reason, currency, cost)
            for subject, advice in adviser.advice().items()
            for currency, cost in adviser.sums[subject].items()
            if cost > 0
        ]
    return sorted(found, key=lambda one: (one.currency, -one.cost, one.rule))
