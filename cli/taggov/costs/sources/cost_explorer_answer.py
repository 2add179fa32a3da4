"""Answers of Cost Explorer, added up."""

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
from taggov.costs.sources.cost_explorer_records import CATEGORIES
from taggov.costs.sources.cost_explorer_request import value

if TYPE_CHECKING:
    from mypy_boto3_ce.type_defs import GetCostAndUsageResponseTypeDef, MetricValueTypeDef, ResultByTimeTypeDef

Values = tuple[str | None, ...]


class Place(NamedTuple):
    """What amounts are summed by."""

    period: date
    currency: str
    values: Values


@dataclass(frozen=True, slots=True)
class Answer:
    """The sums of any number of pages. No two currencies are ever added."""

    dimensions: tuple[str, ...]
    amounts: dict[Place, Decimal] = field(default_factory=dict)
    estimated: set[date] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    """Record types that have no charge category of their own."""

    def add(self, place: Place, amount: Decimal) -> None:
        """Add an amount to what is there."""
        with localcontext(EXACT):
            self.amounts[place] = self.amounts.get(place, Decimal(0)) + amount

    def include(self, other: Answer, values: Values) -> None:
        """Add all of another answer, which all has these values in the dimensions that it lacks."""
        for place, amount in other.amounts.items():
            self.add(place._replace(values=place.values + values), amount)
        self.estimated.update(other.estimated)

    def totals(self) -> dict[tuple[date, str], Decimal]:
        """The sum of each period and currency."""
        sums: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
        with localcontext(EXACT):
            for place, amount in self.amounts.items():
                sums[place.period, place.currency] += amount
        return sums


def merged(
    pages: Iterable[GetCostAndUsageResponseTypeDef], metric: str, granularity: Granularity, dimensions: Sequence[str]
) -> Answer:
    """The sums of the pages, by period, currency and keys: pages may repeat a period.

    Raises:
        SourceError: a page is not what the API describes.
    """
    answer = Answer(tuple(dimensions))
    for page in pages:
        try:
            for result in page["ResultsByTime"]:
                _read(result, metric, granularity, answer)
        except (KeyError, ValueError, ArithmeticError) as error:
            raise SourceError(f"Cost Explorer gave an answer that can not be read: {error!r}") from error
    return answer


def differences(expected: Answer, found: Answer) -> Iterable[str]:
    """Periods and currencies whose totals differ, as warnings."""
    before, after = expected.totals(), found.totals()
    for period, currency in sorted(before.keys() | after.keys()):
        one, other = before.get((period, currency), Decimal(0)), after.get((period, currency), Decimal(0))
        if one != other:
            yield (
                f"{period}: the total by {', '.join(expected.dimensions)} is {text(one)} {currency}, "
                f"but all its groups together are {text(other)} {currency}"
            )


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
