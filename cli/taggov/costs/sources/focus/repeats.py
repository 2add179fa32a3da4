"""Files that hold the same charges: exports from the first of the month, one more each day, summed twice by mistake.

Nothing is left out for it, for charges of little detail may look alike: it is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from taggov.costs.sources.focus.columns import TAG_COLUMNS, Column, ColumnType, Layout
from taggov.costs.sources.focus.inspection import Part, grouped
from taggov.costs.sources.focus.literals import quoted, text
from taggov.costs.sources.focus.spans import Run, alike, runs_of
from taggov.costs.sources.focus.sql import usable_period

_END = "ChargePeriodEnd"

_IDENTITY = (
    _END,
    "BillingCurrency",
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

_TELLING = frozenset({"ServiceName", "ResourceId", "SkuId", "ChargeDescription"})
"""Without any of these, all charges look alike."""

_MOST_BYTES = 200_000_000
"""Size of files whose charges are all compared; of larger ones an even choice."""
_SHARED = 0.5
"""The least part of the smaller run's charges that the other one has too."""
_FEW = 2
"""Charges of a run that may share no more than one with another: a correction has one charge of a whole month too."""


def repeated(opened: duckdb.DuckDBPyConnection, parts: Iterable[Part], manifests: Mapping[str, str]) -> Iterator[str]:
    """Warn of runs that have most of their charges in common.

    Args:
        opened: a database that may read the files.
        parts: the files.
        manifests: see `runs.Current.runs`.
    """
    runs = runs_of(parts, manifests)
    groups = [_sharing(opened, group) for group in (alike(opened, runs) if len(runs) > 1 else [])]
    same = [group for group in groups if group]
    if same:
        others = sum(map(len, same)) - 2
        more = f" and {others} more" if others else ""
        yield (
            f"{same[0][0]} and {same[0][-1]}{more} hold the same charges, as runs of one export do that repeat the "
            "month so far: all of them are counted; name the newest alone"
        )


def _sharing(opened: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> list[str]:
    """The names of runs that share most of their charges with another, in the order of their names."""
    groups = grouped(part for run in runs for part in run.parts)
    layouts = [its for its, _ in groups]
    names = [name for name in _IDENTITY if all(its.column(name) for its in layouts)]
    if not _TELLING.intersection(names):
        return []
    if len(layouts) > 1:
        # Each form and each writer has its own way with times.
        names = [name for name in names if name != _END]
    every = 1 + sum(part.path.stat().st_size for run in runs for part in run.parts) // _MOST_BYTES
    places = {part.path: place for place, run in enumerate(runs) for part in run.parts}
    charges = " union all ".join(_charges(its, names, parts, places, len(groups) > 1) for its, parts in groups)
    opened.execute(
        "create or replace temp table charges as "
        f"select run, charge, count(*) as rows from ({charges}) as rows where charge % {every} = 0 group by all"
    )
    sizes = dict(opened.execute("select run, count(*) from charges group by run").fetchall())
    # Rows that look alike in both, and are not as many, are parts of a file of little detail.
    common = opened.execute(
        "select one.run, other.run, count(*) from charges as one join charges as other on one.charge = other.charge "
        "and one.run < other.run and (one.rows = other.rows or least(one.rows, other.rows) = 1) group by all"
    ).fetchall()
    opened.execute("drop table charges")
    pairs = [
        {one, other}
        for one, other, count in common
        if count >= _SHARED * min(sizes[one], sizes[other]) and (count > 1 or max(sizes[one], sizes[other]) <= _FEW)
    ]
    return sorted(runs[place].name for place in set().union(*pairs))


def _charges(
    its: Layout, names: Sequence[str], parts: Sequence[Part], places: Mapping[Path, int], is_mixed: bool
) -> str:
    """Write the statement for the run of each row, and a number that only the same charge has."""
    write = _in_any_form if is_mixed else text
    charge = ", ".join([f"cast({usable_period(its)} as timestamp)", *(write(its.need(name)) for name in names)])
    runs = ", ".join(f"({quoted(str(part.path))}, {places[part.path]})" for part in parts)
    return (
        f"select run, hash({charge}) as charge from {its.relation} join (values {runs}) as runs(path, run) "
        "on filename = path"
    )


def _in_any_form(column: Column) -> str:
    """Write a value so that CSV and Parquet have the same."""
    if column.name.lower() not in map(str.lower, TAG_COLUMNS):
        return f"nullif({text(column)}, '')"
    tags = column.sql
    if column.type is not ColumnType.MAP:
        tags = f"try_cast(try_cast(json_text({text(column)}) as json) as map(varchar, varchar))"
    return f"nullif(coalesce(cast(list_sort(map_entries({tags})) as varchar), {text(column)}), '[]')"
