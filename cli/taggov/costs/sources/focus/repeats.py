"""Files that hold the same charges: exports from the first of the month, one more each day, summed twice by mistake.

Nothing is left out for it, for charges of little detail may look alike: it is a warning.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import duckdb

from taggov.costs.sources.focus.columns import TAG_COLUMNS, Layout
from taggov.costs.sources.focus.inspection import Part, layout
from taggov.costs.sources.focus.literals import quoted, text
from taggov.costs.sources.focus.sql import usable_period

_IDENTITY = (
    "ChargePeriodEnd",
    "BillingAccountId",
    "SubAccountId",
    "ProviderName",
    "ServiceProviderName",
    "ServiceName",
    "RegionId",
    "AvailabilityZone",
    "ResourceId",
    "SkuId",
    "SkuPriceId",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "PricingCategory",
    "CommitmentDiscountId",
    *TAG_COLUMNS,
)
"""The columns that tell one charge from another, besides when it began. Amounts and invoices change from run to run."""

_SAMPLED = 500
"""First rows of each run that are looked at, before all of any are."""
_MOST_BYTES = 200_000_000
"""Size of files whose charges are all compared; of larger ones an even choice."""
_SHARED = 0.5
"""The least part of the smaller run's charges that the other one has too."""

_ENDING = re.compile(r"(?:\.(?:csv|parquet|gz|gzip|snappy|zstd))+$", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)\d{4}[-_]?\d{2}[-_]?\d{2}(?:[T_-]?\d{4,6}Z?)?(?!\d)")
_NUMBER = re.compile(r"^(?:part[-_])?\d+[-_.]|[-_.]?(?:part[-_]?)?c?\d+$", re.IGNORECASE)


class _Run(NamedTuple):
    """Files that were written together, as far as their names tell."""

    name: str
    parts: list[Part]


def repeated(opened: duckdb.DuckDBPyConnection, groups: Iterable[tuple[Layout, Sequence[Part]]]) -> Iterator[str]:
    """Warn of runs that have most of their charges in common."""
    for _, parts in groups:
        runs = _runs(parts)
        alike = _of_same_days(opened, runs) if len(runs) > 1 else []
        same = _sharing(opened, alike) if alike else []
        if same:
            others = f" and {len(same) - 2} more" if len(same) > 2 else ""
            yield (
                f"{same[0]} and {same[-1]}{others} hold the same charges, as runs of one export do that repeat the "
                "month so far: all of them are counted; name the newest alone"
            )


def _runs(parts: Iterable[Part]) -> list[_Run]:
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        path = PurePosixPath(part.file.name)
        # A date tells a run, a number a part of one.
        stem = _DATE.sub(lambda date: f"<{date[0]}>", _ENDING.sub("", path.name))
        found[f"{path.parent}/{_NUMBER.sub('', stem)}"].append(part)
    return [_Run(its[0].file.name, its) for its in found.values()]


def _of_same_days(opened: duckdb.DuckDBPyConnection, runs: Sequence[_Run]) -> list[_Run]:
    """The runs whose first rows are of a day and an account that another has too."""
    owners: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for place, run in enumerate(runs):
        its = layout(run.parts[:1])
        day = f"cast({usable_period(its)} as date)"
        statement = f"select distinct {', '.join([day, *_columns(its, ('SubAccountId',))])} "
        for key in opened.execute(f"{statement} from (from {its.relation} limit {_SAMPLED}) as rows").fetchall():
            owners[key].add(place)
    shared = set().union(*(places for places in owners.values() if len(places) > 1))
    return [run for place, run in enumerate(runs) if place in shared]


def _sharing(opened: duckdb.DuckDBPyConnection, runs: Sequence[_Run]) -> list[str]:
    """The names of runs that share most of their charges with another, in the order of their names."""
    its = layout([part for run in runs for part in run.parts])
    paths = ", ".join(f"({quoted(str(part.path))}, {place})" for place, run in enumerate(runs) for part in run.parts)
    every = 1 + sum(part.path.stat().st_size for run in runs for part in run.parts) // _MOST_BYTES
    charge = f"hash({', '.join([usable_period(its), *_columns(its, _IDENTITY)])})"
    opened.execute(
        "create or replace temp table charges as "
        f"select distinct run, charge from (select run, {charge} as charge from {its.relation} "
        f"join (values {paths}) as runs(path, run) on filename = path) as rows where charge % {every} = 0"
    )
    sizes = dict(opened.execute("select run, count(*) from charges group by run").fetchall())
    common = opened.execute(
        "select one.run, other.run, count(*) from charges as one join charges as other "
        "on one.charge = other.charge and one.run < other.run group by all"
    ).fetchall()
    opened.execute("drop table charges")
    pairs = [{one, other} for one, other, count in common if count >= _SHARED * min(sizes[one], sizes[other])]
    return sorted(runs[place].name for place in set().union(*pairs))


def _columns(its: Layout, names: Sequence[str]) -> list[str]:
    return [text(column) for name in names if (column := its.column(name))]
