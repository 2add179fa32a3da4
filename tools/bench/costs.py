"""Allocation of a bill, compared with other tools, each in its own process.

The bill has 203 projects with tags as a map, and three shared splits. It is summed by team, month and service. The team
comes from two tag keys.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from operator import attrgetter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from taggov.costs.sample import world
from taggov.costs.sample.generate import generate
from tools.bench import contenders, dashboard
from tools.bench.contenders import CONTENDERS, Run
from tools.bench.runs import figure, output

ROWS = 10_000_000
LARGE = 100_000_000
DASHBOARD_ROWS = 2_000_000
PROJECTS = 203
POOLS = ("network", "kubernetes", "monitoring")
ROUNDS = 3

_RIVALS = {
    "duckdb": "a bare aggregate of DuckDB by the same two tag keys",
    "duckdb_spelled": "a bare aggregate of DuckDB that reads the key Project too, as we do",
    "pandas_tutorial": "pandas as tutorials show it: a function for each row",
    "pandas_vectorised": "pandas on Arrow, vectorised",
}
_RUNS = {
    "cold": "imports counted, file not in the page cache",
    "warm": "second time in the same process",
}


def figures(large: bool) -> Iterator[dict[str, object]]:
    """Measure seconds and peak memory for ten million rows; with `large`, also the memory for a hundred million."""
    with TemporaryDirectory(prefix="taggov-bench-") as name:
        folder = Path(name)
        bill = folder / contenders.BILL
        generate(bill, ROWS, projects=PROJECTS)
        _write_rules(folder)
        runs: dict[str, list[Run]] = defaultdict(list)
        # In turns, so that load of the machine affects all contenders.
        for _, contender in product(range(ROUNDS), CONTENDERS):
            runs[contender].append(_run(contender, folder))
        _check(runs)
        for run, said in _RUNS.items():
            yield from _comparison(f"allocate_seconds_{run}", "s", said, runs, attrgetter(run))
        yield from _comparison("allocate_peak_memory", "MB", _RUNS["cold"], runs, attrgetter("peak"))
        if large:
            generate(bill, LARGE, projects=PROJECTS)
            grown, usual = _run("taggov", folder).peak, median(its.peak for its in runs["taggov"])
            yield figure("allocate_peak_memory_large", "MB", grown, f"the same with {ROWS:,} rows", usual)
        generate(bill, DASHBOARD_ROWS, projects=PROJECTS)
        yield from dashboard.figures(bill, folder / contenders.RULES, ROUNDS)


def _comparison(
    name: str, unit: str, said: str, runs: Mapping[str, Sequence[Run]], value: Callable[[Run], float]
) -> Iterator[dict[str, object]]:
    """Compare one statistic of all contenders."""
    values = {contender: median(map(value, its)) for contender, its in runs.items()}
    for contender, rival in _RIVALS.items():
        yield figure(name, unit, values["taggov"], rival, values[contender], run=said, statistic=f"median of {ROUNDS}")


def _check(runs: Mapping[str, Sequence[Run]]) -> None:
    """Check that all contenders summed the same bill."""
    ours = float(runs["taggov"][0].total)
    for contender, its in runs.items():
        if any(abs(float(one.total) - ours) > 0.01 for one in its):
            raise RuntimeError(f"{contender} found {its[0].total}, taggov {ours}")


def _write_rules(folder: Path) -> None:
    """Write the same rules in both forms: for taggov, and the part that the pandas versions use."""
    teams = [*world.TEAMS]
    pools = {pool: dict.fromkeys(teams, 1 / len(teams)) for pool in POOLS}
    names = {project.name: project.team for project in world.projects(PROJECTS)} | {pool: pool for pool in POOLS}
    shared = {pool: {"split": "even", "to": teams} for pool in POOLS}
    # The tag keys that the other tools read.
    rules = {"tag_keys": {"project": ["project"], "team": ["team"]}, "projects": names, "shared": shared}
    (folder / contenders.RULES).write_text(json.dumps(rules))
    (folder / contenders.MAPPING).write_text(json.dumps([names, pools]))


def _run(contender: str, folder: Path) -> Run:
    return Run(*json.loads(output("tools.bench.contenders", contender, str(folder))))
