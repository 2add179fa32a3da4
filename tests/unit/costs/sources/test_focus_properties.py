"""Whatever the rows are, every form of file gives the same table, and its sums are those of Python's decimals."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from cost_allocation.exact import EXACT
from cost_allocation.model import CostRow
from cost_allocation.query import SERVICE, CostQuery, Filter, Granularity, tag
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

KEYS = ("project", "it's", "a.b/c~d")


class Charge(NamedTuple):
    cost: Decimal
    currency: str
    start: datetime
    service: str
    tags: dict[str, str]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5).filter(
    lambda word: word not in {"NULL", "\\N"}
)
CHARGES = st.builds(
    Charge,
    st.decimals(-(10**12), 10**12, places=10),
    st.sampled_from(["USD", "EUR"]),
    st.datetimes(datetime(2026, 4, 29), datetime(2026, 6, 2)).map(lambda its: its.replace(microsecond=0, tzinfo=UTC)),
    st.sampled_from(["", "EC2", "S3"]),
    st.dictionaries(st.sampled_from(KEYS), WORDS),
)


def rows(charges: list[Charge]) -> list[dict[str, str]]:
    return [
        charge(
            format(its.cost, "f"),
            its.tags,
            BillingCurrency=its.currency,
            ChargePeriodStart=its.start.isoformat(),
            ServiceName=its.service,
        )
        for its in charges
    ]


def files(folder: Path, charges: list[Charge]) -> list[Path]:
    """The same rows in every form."""
    plain = rows(charges)
    pairs = [json.dumps([{"key": key, "value": its} for key, its in charge.tags.items()]) for charge in charges]
    columns = [{f"Tags/{key}": its.tags.get(key, "") for key in KEYS} for its in charges]
    return [
        write_focus(folder / "json.csv", *plain),
        write_focus(folder / "pairs.csv", *({**row, "Tags": its} for row, its in zip(plain, pairs, strict=True))),
        write_focus(
            folder / "columns.csv", *({**row, "Tags": "", **its} for row, its in zip(plain, columns, strict=True))
        ),
        write_parquet(folder / "map.parquet", *plain),
        write_parquet(
            folder / "text.parquet", *plain, BilledCost="varchar", ChargePeriodStart="varchar", Tags="varchar"
        ),
    ]


def summed(charges: list[Charge], query: CostQuery) -> list[CostRow]:
    """The answer as Python adds it up."""
    sums: dict[tuple[date, str, tuple[str | None, ...]], list[Decimal]] = defaultdict(list)
    for its in charges:
        day = its.start.date()
        if not (query.start is None or query.start <= day) or not (query.end is None or day < query.end):
            continue
        values = {SERVICE: its.service or None} | {tag(key): its.tags.get(key) or None for key in KEYS}
        if any((values[chosen.dimension] in chosen.values) is chosen.exclude for chosen in query.filters):
            continue
        period = day if query.granularity is Granularity.DAY else day.replace(day=1)
        sums[period, its.currency, tuple(values[name] for name in query.dimensions)].append(its.cost)
    with localcontext(EXACT):
        found = [CostRow(*place, sum(costs, Decimal()), len(costs)) for place, costs in sums.items()]
    return sorted(found, key=lambda row: (row.period, row.currency, [its or "" for its in row.values]))


DIMENSIONS = (SERVICE, *map(tag, KEYS))
QUERIES = st.builds(
    CostQuery,
    st.just("BilledCost"),
    st.none() | st.dates(date(2026, 4, 1), date(2026, 5, 15)),
    st.none() | st.dates(date(2026, 5, 15), date(2026, 7, 1)),
    st.sampled_from(Granularity),
    st.lists(st.sampled_from(DIMENSIONS), unique=True).map(tuple),
    st.lists(
        st.builds(
            Filter,
            st.sampled_from(DIMENSIONS),
            st.lists(st.none() | st.sampled_from(["EC2", "S3"]) | WORDS.filter(bool), max_size=3).map(tuple),
            st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)


@settings(max_examples=25)
@given(st.lists(CHARGES, min_size=1, max_size=12), QUERIES)
def test_every_form_gives_the_table_that_python_adds_up(charges: list[Charge], query: CostQuery) -> None:
    with TemporaryDirectory() as folder:
        paths = files(Path(folder), charges)
        for path in paths:
            assert FocusFiles([str(path)]).fetch(query).rows == summed(charges, query), path.name
        together = FocusFiles([str(path) for path in paths]).fetch(query)
    assert together.rows == summed(charges * len(paths), query)
