"""Tools that sum a bill by team, month and service, each measured in its own process.

`python -m tools.bench.contenders NAME FOLDER` prints a `Run` as JSON. The folder is what `tools.bench.costs` fills.
Imports of libraries are inside of the functions: they are part of a cold run.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pandas import DataFrame

BILL, RULES, MAPPING = "bill.parquet", "rules.json", "mapping.json"


class Run(NamedTuple):
    """Figures of one process."""

    cold: float
    """Seconds including imports, with the file not in the page cache."""
    warm: float
    """Seconds of a second run in the same process."""
    peak: float
    """Memory in MB after the cold run."""
    total: str
    """Sum of all amounts."""


def taggov(folder: Path) -> Decimal:
    """Allocate with taggov, including the proof of the report."""
    from cost_allocation.analysis.report import allocated_report, allocation_query
    from taggov.costs.rules.file import read_rules_text
    from taggov.costs.sources.focus.files import FocusFiles

    rules = read_rules_text((folder / RULES).read_text(), RULES)
    columns = ("team", "month", "service")
    table = FocusFiles([str(folder / BILL)]).fetch(allocation_query(rules, columns, "BilledCost", None, None))
    _, report = allocated_report(table, rules, columns)
    return sum((one.output + one.excluded for one in report.totals.values()), Decimal())


def duckdb(folder: Path) -> Decimal:
    """Sum by the two keys in the spelling of the rules: without teams, splits and proof."""
    return _aggregate(folder, "Tags['project']")


def duckdb_spelled(folder: Path) -> Decimal:
    """Sum like `duckdb`, and count rows with the key `Project` too, as taggov does."""
    return _aggregate(folder, "coalesce(nullif(Tags['project'], ''), Tags['Project'])")


def _aggregate(folder: Path, project: str) -> Decimal:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    rows = connection.execute(
        f"SELECT {project}, Tags['team'], date_trunc('month', ChargePeriodStart), ServiceName, BillingCurrency, "
        f"sum(BilledCost) FROM '{folder / BILL}' GROUP BY ALL"
    ).fetchall()
    return sum((row[-1] for row in rows), Decimal())


def pandas_tutorial(folder: Path) -> float:
    """Allocate as tutorials do, with a function per row. Only the needed columns are loaded, which most tutorials do
    not do."""
    import pandas

    teams, shared = json.loads((folder / MAPPING).read_text())
    columns = ["BilledCost", "BillingCurrency", "ChargePeriodStart", "ServiceName", "Tags"]
    frame = pandas.read_parquet(folder / BILL, columns=columns)
    frame["project"] = frame["Tags"].map(lambda tags: dict(tags).get("project"), na_action="ignore")
    frame["tag"] = frame["Tags"].map(lambda tags: dict(tags).get("team"), na_action="ignore")
    frame["team"] = frame["project"].map(teams).fillna(frame["tag"]).fillna("unknown")
    frame["month"] = frame["ChargePeriodStart"].dt.strftime("%Y-%m")
    frame["BilledCost"] = frame["BilledCost"].astype(float)
    return _split(frame, shared)


def pandas_vectorised(folder: Path) -> float:
    """Allocate with Arrow: no function per row, repeated texts as categories."""
    import pandas
    import pyarrow
    import pyarrow.compute as pc
    import pyarrow.parquet

    teams, shared = json.loads((folder / MAPPING).read_text())
    columns = ["BilledCost", "BillingCurrency", "ChargePeriodStart", "ServiceName", "Tags"]
    table = pyarrow.parquet.read_table(folder / BILL, columns=columns)
    tags = table["Tags"]
    project, tag = (
        pc.map_lookup(tags, pyarrow.scalar(key), "first").dictionary_encode().to_pandas() for key in ("project", "team")
    )
    frame = pandas.DataFrame(
        {
            "team": project.map(teams).astype(object).fillna(tag.astype(object)).fillna("unknown").astype("category"),
            "month": pc.floor_temporal(table["ChargePeriodStart"], unit="month").to_pandas(),
            "BillingCurrency": table["BillingCurrency"].dictionary_encode().to_pandas(),
            "ServiceName": table["ServiceName"].dictionary_encode().to_pandas(),
            "BilledCost": pc.cast(table["BilledCost"], pyarrow.float64()).to_pandas(),
        }
    )
    return _split(frame, shared)


def _split(frame: DataFrame, shared: dict[str, dict[str, float]]) -> float:
    import pandas

    keys = ["BillingCurrency", "team", "month", "ServiceName"]
    sums = frame.groupby(keys, observed=True)["BilledCost"].sum().reset_index()
    sums["team"] = sums["team"].astype(object)
    for pool, weights in shared.items():
        pooled = sums[sums["team"] == pool]
        parts = [pooled.assign(team=team, BilledCost=pooled["BilledCost"] * weight) for team, weight in weights.items()]
        sums = pandas.concat([sums[sums["team"] != pool], *parts])
    return float(sums.groupby(keys, observed=True)["BilledCost"].sum().sum())


CONTENDERS: dict[str, Callable[[Path], Decimal | float]] = {
    its.__name__: its for its in (taggov, duckdb, duckdb_spelled, pandas_tutorial, pandas_vectorised)
}


def measure(work: Callable[[Path], Decimal | float], folder: Path) -> Run:
    """Run the work twice."""
    _drop_from_page_cache(folder / BILL)
    start = time.perf_counter()
    total = work(folder)
    cold = time.perf_counter() - start
    peak = _peak()
    start = time.perf_counter()
    work(folder)
    return Run(cold, time.perf_counter() - start, peak, str(total))


def _drop_from_page_cache(file: Path) -> None:
    """Drop a file from the page cache, if the system supports it."""
    if hasattr(os, "posix_fadvise"):
        with file.open("rb") as source:
            os.fsync(source.fileno())
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss below includes the memory of the parent process.
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        assert found is not None
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    print(json.dumps(measure(CONTENDERS[sys.argv[1]], Path(sys.argv[2]))))
