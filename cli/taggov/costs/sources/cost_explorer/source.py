"""Costs from AWS Cost Explorer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import ACCOUNT, CHARGE_CATEGORY, PROVIDER, REGION, SERVICE, CostQuery, Filter, tag_key
from taggov.costs.sources.base import Announce, Progress, SourceError, about_tag, silent
from taggov.costs.sources.cost_explorer.answer import Answer, Values, sum_pages
from taggov.costs.sources.cost_explorer.client import NAME, PRICE, pages, tag_keys
from taggov.costs.sources.cost_explorer.limits import METRICS, check
from taggov.costs.sources.cost_explorer.records import UNLISTED
from taggov.costs.sources.cost_explorer.request import AWS, is_empty, request
from taggov.costs.sources.cost_explorer.spelling import RespelledQuery, respell
from taggov.costs.sources.tag_keys import asked_keys

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient

_GROUPS = 2
"""Maximum number of dimensions in a request (botocore model of `ce`, `GroupBy`)."""

_MANY_TO_FEW = (ACCOUNT, SERVICE, REGION, CHARGE_CATEGORY)
"""Fields by their usual number of values, largest first; tags have more. The last ones are queried value by value."""


class CostExplorer:
    """Costs that an account sees in Cost Explorer.

    A query with more dimensions than a request allows runs in stages: one request for the values of the other
    dimensions, then one for each combination of these values.
    """

    name = NAME
    metrics = METRICS
    is_focus = False

    def __init__(
        self,
        client: CostExplorerClient,
        *,
        today: date,
        announce: Announce,
        max_cost: Decimal | None = None,
        progress: Progress = silent,
    ) -> None:
        """Use a client.

        Args:
            client: for `ce`, with its retries configured.
            today: in UTC.
            announce: receives the price of requests before they are sent.
            max_cost: limit for all queries together, in USD; None for no limit.
            progress: receives the number of finished requests.
        """
        self._client = client
        self._today = today
        self._announce = announce
        self._max_cost = max_cost
        self._progress = progress
        self.requests = 0
        """Number of requests sent so far."""

    @property
    def spent(self) -> Decimal:
        """The price of the requests so far, in USD."""
        return self.requests * PRICE

    def fetch(self, query: CostQuery) -> CostTable:
        """Return the sums for a query, without sums that are exactly zero.

        Raises:
            SourceError: Cost Explorer cannot answer the query, it would cost too much, or AWS refused it.
        """
        period = check(query, self._today)
        spelled = self._respell(query, period)
        asked, query = query, spelled.query
        dimensions = sorted({*query.dimensions} - {PROVIDER}, key=_rank)
        if is_empty(query.filters):
            answer = Answer(tuple(dimensions))
        else:
            self._plan(max(1, -(-len(dimensions) // _GROUPS)))
            answer = self._fetch_in_stages(query, period, dimensions)
        return CostTable(
            dimensions=asked.dimensions,
            rows=_rows(spelled.dimensions, answer),
            metric=query.metric,
            source=self.name,
            estimated=frozenset(answer.estimated),
            warnings=(*answer.warnings, *_warnings(query, answer), *spelled.notices),
        )

    def _respell(self, query: CostQuery, period: tuple[date, date]) -> RespelledQuery:
        """Replace tag keys by the spellings that exist. This takes one more request."""
        if query.exact_keys or not asked_keys(query) or is_empty(query.filters):
            return RespelledQuery(query, query.dimensions, ())
        self._plan(1)
        try:
            return respell(query, tag_keys(self._client, period, self._pay))
        except (SourceError, RuntimeError) as error:
            # Costs matter more than notices. The caller may lack the permission. moto lacks the operation and raises.
            notice = f"other spellings of tag keys could not be listed, so their costs may be missing: {error}"
            return RespelledQuery(query, query.dimensions, (notice,))

    def _fetch_in_stages(self, query: CostQuery, period: tuple[date, date], dimensions: Sequence[str]) -> Answer:
        if len(dimensions) <= _GROUPS:
            asked = request(query.metric, period, query.granularity, dimensions, query.filters)
            return sum_pages(pages(self._client, asked, self._pay), query.metric, query.granularity, dimensions)
        grouped, others = dimensions[:_GROUPS], dimensions[_GROUPS:]
        outer = self._fetch_in_stages(query, period, others)
        combinations = sorted({place.values for place in outer.amounts}, key=_order)
        if combinations:
            self._plan(len(combinations))
        answer = Answer(tuple(dimensions), {}, outer.estimated, outer.unlisted, outer.warnings)
        for done, combination in enumerate(combinations):
            self._progress(done, len(combinations), NAME)
            only = tuple(Filter(one, (value,)) for one, value in zip(others, combination, strict=True))
            narrowed = replace(query, filters=query.filters + only)
            answer.include(self._fetch_in_stages(narrowed, period, grouped), combination)
        self._progress(len(combinations), len(combinations), NAME)
        answer.settle(outer)
        return answer

    def _plan(self, requests: int) -> None:
        """Announce the price of requests, or reject them. The number of pages is not known yet."""
        self._afford(requests)
        self._announce(
            f"{NAME}: {_count(requests, 'request')} or more, {requests * PRICE} USD ({PRICE} USD for each page)"
        )

    def _pay(self) -> None:
        self._afford(1)
        self.requests += 1

    def _afford(self, requests: int) -> None:
        total = self.spent + requests * PRICE
        if self._max_cost is not None and total > self._max_cost:
            raise SourceError(
                f"{NAME}: {_count(requests, 'more request')} after {self.requests} would cost {total} USD in total, "
                f"more than --max-cost {self._max_cost}: raise it, or ask for fewer dimensions"
            )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _rank(dimension: str) -> tuple[int, str]:
    return (_MANY_TO_FEW.index(dimension) + 1 if dimension in _MANY_TO_FEW else 0, dimension)


def _order(values: Values) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in values)


def _rows(dimensions: Sequence[str], answer: Answer) -> list[CostRow]:
    rows = [
        CostRow(place.period, place.currency, tuple(_pick(dimensions, answer, place.values)), cost, 0)
        for place, cost in answer.amounts.items()
        if cost != 0
    ]
    return sorted(rows, key=lambda row: (row.period, row.currency, _order(row.values)))


def _pick(dimensions: Sequence[str], answer: Answer, values: Values) -> Iterator[str | None]:
    for dimension in dimensions:
        yield AWS if dimension == PROVIDER else values[answer.dimensions.index(dimension)]


def _warnings(query: CostQuery, answer: Answer) -> Iterable[str]:
    for record_type in sorted(answer.unlisted):
        yield f'record type "{record_type}" is unknown: its costs are counted as {UNLISTED}'
    filtered = {one.dimension for one in query.filters}
    spends = any(answer.amounts.values())
    for position, dimension in enumerate(answer.dimensions):
        key = tag_key(dimension)
        if key is None or dimension in filtered or not spends:
            continue
        if all(place.values[position] is None for place in answer.amounts):
            yield (
                f"no cost from {query.start} to {query.end} has a value for {about_tag(key)}: if resources have it, "
                f"activate it as a cost allocation tag in the payer account, which takes up to 24 hours, and request a "
                f"backfill of up to twelve months: aws ce start-cost-allocation-tag-backfill"
            )
