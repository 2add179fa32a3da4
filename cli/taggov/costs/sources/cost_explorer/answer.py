"""Sums of the answers of Cost Explorer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, NamedTuple

from cost_allocation.exact import EXACT, text
from cost_allocation.query import CHARGE_CATEGORY, Granularity
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cost_explorer.records import CATEGORIES
from taggov.costs.sources.cost_explorer.request import value

if TYPE_CHECKING:
    from mypy_boto3_ce.type_defs import GetCostAndUsageResponseTypeDef, MetricValueTypeDef, ResultByTimeTypeDef

Values = tuple[str | None, ...]


class Place(NamedTuple):
    """Key of a sum."""

    period: date
    currency: str
    values: Values


@dataclass(slots=True)
class Answer:
    """Sums over any number of pages. Currencies are never mixed."""

    dimensions: tuple[str, ...]
    amounts: dict[Place, Decimal] = field(default_factory=dict)
    estimated: set[date] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    """Record types without a known charge category."""
    warnings: list[str] = field(default_factory=list)

    def add(self, place: Place, amount: Decimal) -> None:
        """Add an amount to a sum."""
        with localcontext(EXACT):
            self.amounts[place] = self.amounts.get(place, Decimal(0)) + amount

    def include(self, other: Answer, values: Values) -> None:
        """Add the sums of another answer. It lacks the last dimensions; these are their values."""
        for place, amount in other.amounts.items():
            self.add(place._replace(values=place.values + values), amount)

    def settle(self, totals: Answer) -> None:
        """Compare the groups with their totals. Keep each difference as a row without values, and warn about it.

        Args:
            totals: the same costs, by the last dimensions only.
        """
        width = len(self.dimensions) - len(totals.dimensions)
        lacking = dict(totals.amounts)
        differences: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
        with localcontext(EXACT):
            for place, amount in self.amounts.items():
                group = place._replace(values=place.values[width:])
                lacking[group] = lacking.get(group, Decimal(0)) - amount
            for place, amount in lacking.items():
                if amount:
                    self.add(place._replace(values=(None,) * width + place.values), amount)
                    differences[place.period, place.currency] += abs(amount)
        for (period, currency), amount in sorted(differences.items()):
            self.warnings.append(
                f"{period}: costs by {', '.join(self.dimensions[:width])} differ by {text(amount)} {currency} from "
                f"their totals by {', '.join(totals.dimensions)}; the difference is kept without a value"
            )


def sum_pages(
    pages: Iterable[GetCostAndUsageResponseTypeDef], metric: str, granularity: Granularity, dimensions: Sequence[str]
) -> Answer:
    """Sum pages by period, currency and keys. Pages may repeat a period.

    Raises:
        SourceError: a page does not have the documented form.
    """
    answer = Answer(tuple(dimensions))
    for page in pages:
        try:
            for result in page["ResultsByTime"]:
                _read(result, metric, granularity, answer)
        except (KeyError, ValueError, ArithmeticError) as error:
            raise SourceError(f"Cost Explorer returned an unreadable answer: {error!r}") from error
    return answer


def _read(result: ResultByTimeTypeDef, metric: str, granularity: Granularity, answer: Answer) -> None:
    period = date.fromisoformat(result["TimePeriod"]["Start"][:10])
    if granularity is Granularity.MONTH:
        period = period.replace(day=1)
    if result.get("Estimated"):
        answer.estimated.add(period)
    if not answer.dimensions:
        if total := result.get("Total"):
            _add(answer, period, (), total[metric])
        return
    for group in result.get("Groups", []):
        keys = list(zip(answer.dimensions, group["Keys"], strict=True))
        _add(answer, period, tuple(value(dimension, key) for dimension, key in keys), group["Metrics"][metric])
        answer.unlisted.update(key for dimension, key in keys if dimension == CHARGE_CATEGORY and key not in CATEGORIES)


def _add(answer: Answer, period: date, values: Values, amount: MetricValueTypeDef) -> None:
    cost = Decimal(amount["Amount"])
    if not cost.is_finite():
        raise ValueError(f"amount {cost}")
    answer.add(Place(period, amount["Unit"], values), cost)
