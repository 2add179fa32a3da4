"""Detection of repeated charges, such as daily exports that each repeat the month so far.

The result is only a warning: charges with little detail may look alike, so nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from taggov.costs.sources.focus.columns import TAG_COLUMNS, Column, ColumnType, Layout
from taggov.costs.sources.focus.inspection import Part, group_parts
from taggov.costs.sources.focus.literals import text
from taggov.costs.sources.focus.spans import Run, overlapping_runs, places_of, runs_of, with_places
from taggov.costs.sources.focus.sql import valid_period

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
"""Columns that identify a charge, besides its start. Amounts and invoices may change from run to run."""

_TELLING = frozenset({"ServiceName", "ResourceId", "SkuId", "ChargeDescription"})
"""At least one of these is needed to tell charges apart."""

_MOST_BYTES = 200_000_000
"""Size limit up to which all charges are compared. Of larger files, an even sample is compared."""
_SHARED = 0.5
"""Minimum share of the charges of the smaller run that the other run must have too."""
_FEW = 2
"""Runs with more charges than this must share at least two: a correction shares one charge with a month."""


def repetition_warnings(
    connection: duckdb.DuckDBPyConnection, parts: Iterable[Part], manifests: Mapping[str, str]
) -> Iterator[str]:
    """Warn about runs that share most of their charges.

    Args:
        connection: a database that may read the files.
        parts: the files.
        manifests: see `runs.Selection.runs`.
    """
    runs = runs_of(parts, manifests)
    groups = [
        _names_of_overlapping_runs(connection, group)
        for group in (overlapping_runs(connection, runs) if len(runs) > 1 else [])
    ]
    same = [group for group in groups if group]
    if same:
        others = sum(map(len, same)) - 2
        more = f" and {others} more" if others else ""
        yield (
            f"{same[0][0]} and {same[0][-1]}{more} hold the same charges, as runs of one export do that repeat the "
            "month so far: all of them are counted; name the newest alone"
        )


def _names_of_overlapping_runs(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> list[str]:
    """Return the sorted names of runs that share most of their charges with another run."""
    groups = group_parts(part for run in runs for part in run.parts)
    layouts = [its for its, _ in groups]
    names = [name for name in _IDENTITY if all(its.column(name) for its in layouts)]
    if not _TELLING.intersection(names):
        return []
    if len(layouts) > 1:
        # Formats and writers differ in how they write times.
        names = [name for name in names if name != _END]
    every = 1 + sum(part.path.stat().st_size for run in runs for part in run.parts) // _MOST_BYTES
    places = places_of(runs)
    charges = " union all ".join(_charges(its, names, parts, places, len(groups) > 1) for its, parts in groups)
    connection.execute(
        "create or replace temp table charges as "
        f"select run, charge, count(*) as rows from ({charges}) as rows where charge % {every} = 0 group by all"
    )
    sizes = dict(connection.execute("select run, count(*) from charges group by run").fetchall())
    # If both have equal rows in different numbers, they are parts of one file with little detail.
    common = connection.execute(
        "select one.run, other.run, count(*) from charges as one join charges as other on one.charge = other.charge "
        "and one.run < other.run and (one.rows = other.rows or least(one.rows, other.rows) = 1) group by all"
    ).fetchall()
    connection.execute("drop table charges")
    pairs = [
        {one, other}
        for one, other, count in common
        if count >= _SHARED * min(sizes[one], sizes[other]) and (count > 1 or max(sizes[one], sizes[other]) <= _FEW)
    ]
    return sorted(runs[place].name for place in set().union(*pairs))


def _charges(
    layout: Layout, names: Sequence[str], parts: Sequence[Part], places: Mapping[Path, int], is_mixed: bool
) -> str:
    """Write the statement for the run and the hash of each charge."""
    write = _in_any_form if is_mixed else text
    charge = ", ".join([f"cast({valid_period(layout)} as timestamp)", *(write(layout.need(name)) for name in names)])
    return f"select runs.place as run, hash({charge}) as charge from {with_places(layout, parts, places)}"


def _in_any_form(column: Column) -> str:
    """Write a value in a form that is equal for CSV and Parquet."""
    if column.name.lower() not in map(str.lower, TAG_COLUMNS):
        return f"nullif({text(column)}, '')"
    tags = column.sql
    if column.type is not ColumnType.MAP:
        tags = f"try_cast(try_cast(json_text({text(column)}) as json) as map(varchar, varchar))"
    return f"nullif(coalesce(cast(list_sort(map_entries({tags})) as varchar), {text(column)}), '[]')"
