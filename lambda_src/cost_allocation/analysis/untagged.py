"""Costs that no rule knows, the largest first, and the rules that would put them in order."""

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
    """Unknown costs that have everything in common that a rule could look at."""

    currency: str
    account: str | None
    service: str | None
    value: str | None
    """The tag value that no rule knows; None where no tag says anything."""
    cost: Decimal
    rows: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule to put into the file, in place of an entry of the same name."""

    rule: str
    """YAML, in one line: `accounts: {"111122223333": platform}`."""
    reason: str
    currency: str
    cost: Decimal
    """The sum that it would take out of the unknown bucket by itself. Two suggestions may speak of the same costs."""


def untagged(allocation: Allocation, rules: Rules) -> list[Untagged]:
    """The unknown costs of an allocation by account, service and unknown tag value, the largest first.

    Raises:
        MissingDimension: the costs do not say account and service.
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
    """Rules that would give unknown costs to a team, the most valuable first. A person decides; nothing is applied.

    Raises:
        MissingDimension: the costs do not say account and service.
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
