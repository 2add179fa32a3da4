"""The allocation of a bill against the ways people do it without us, each in a process of its own.

The bill has 203 projects with tags as a map, and three shared splits; it is summed by team, month and service.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from taggov.costs.sample import world
from taggov.costs.sample.generate import generate
from tools import ROOT

ROWS = 10_000_000
LARGE = 100_000_000
PROJECTS = 203
POOLS = ("network", "kubernetes", "monitoring")
ROUNDS = 3

_OURS = """
from cost_allocation.report import allocated_report, allocation_query
from taggov.costs.rules_file import read_rules_text
from taggov.costs.sources.focus.files import FocusFiles
start = clock()
rules = read_rules_text(open(rules_file).read(), rules_file)
columns = ("team", "month", "service")
table = FocusFiles([file]).fetch(allocation_query(rules, columns, "BilledCost", None, None))
allocation, report = allocated_report(table, rules, columns)
total = sum(one.output + one.excluded for one in report.totals.values())
"""
_BARE = """
import duckdb
start = clock()
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
rows = connection.execute(
    "SELECT Tags['project'], date_trunc('month', ChargePeriodStart), ServiceName, BillingCurrency, sum(BilledCost) "
    f"FROM '{file}' GROUP BY ALL"
).fetchall()
total = sum(row[-1] for row in rows)
"""
# As tutorials do it, and kinder: only the columns that are needed are loaded.
_PANDAS = """
import json
import pandas
start = clock()
teams, shared = json.load(open(mapping_file))
columns = ["BilledCost", "BillingCurrency", "ChargePeriodStart", "ServiceName", "Tags"]
frame = pandas.read_parquet(file, columns=columns)
frame["project"] = frame["Tags"].map(lambda tags: dict(tags).get("project"), na_action="ignore")
frame["team"] = frame["project"].map(teams).fillna("unknown")
frame["month"] = frame["ChargePeriodStart"].dt.strftime("%Y-%m")
frame["BilledCost"] = frame["BilledCost"].astype(float)
keys = ["BillingCurrency", "team", "month", "ServiceName"]
sums = frame.groupby(keys)["BilledCost"].sum().reset_index()
for pool, weights in shared.items():
    pooled = sums[sums["team"] == pool]
    parts = [pooled.assign(team=team, BilledCost=pooled["BilledCost"] * weight) for team, weight in weights.items()]
    sums = pandas.concat([sums[sums["team"] != pool], *parts])
sums = sums.groupby(keys)["BilledCost"].sum()
total = sums.sum()
"""
_MEASURED = """
import json, os, re, resource, sys, time
clock = time.perf_counter
file, rules_file, mapping_file = sys.argv[1:]
{body}
seconds = clock() - start
kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if os.path.exists("/proc/self/status"):
    kib = int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])
print(json.dumps([seconds, kib / 1024, str(total)]))
"""


def figures(large: bool) -> Iterator[dict[str, object]]:
    """Seconds and peak memory for ten million rows, and with `large` the memory of a hundred million."""
    with TemporaryDirectory(prefix="taggov-bench-") as folder:
        file = Path(folder, "bill.parquet")
        generate(file, ROWS, projects=PROJECTS)
        _write_rules(Path(folder))
        ours, bare = [], []
        for _ in range(ROUNDS):  # in turns, so that a busy moment of the machine meets both
            ours.append(_run(_OURS, file))
            bare.append(_run(_BARE, file))
        pandas = _run(_PANDAS, file)
        own, aggregate = min(ours), min(bare)
        yield _figure("allocate_seconds", "s", own[0], "pandas: load, map, groupby", pandas[0])
        yield _figure("allocate_seconds", "s", own[0], "a bare aggregate of DuckDB", aggregate[0])
        yield _figure("allocate_peak_memory", "MB", own[1], "pandas: load, map, groupby", pandas[1])
        yield _figure("allocate_peak_memory", "MB", own[1], "a bare aggregate of DuckDB", aggregate[1])
        if large:
            generate(file, LARGE, projects=PROJECTS)
            grown = _run(_OURS, file)
            yield _figure("allocate_peak_memory_large", "MB", grown[1], f"the same with {ROWS:,} rows", own[1])


def _figure(name: str, unit: str, value: float, rival: str, rival_value: float) -> dict[str, object]:
    return {
        "figure": name,
        "unit": unit,
        "value": round(value, 2),
        "rival": rival,
        "rival_value": round(rival_value, 2),
        "ratio": round(value / rival_value, 3),
    }


def _write_rules(folder: Path) -> None:
    """The same rules in both forms: for us, and for pandas what of them a tutorial has."""
    teams = [*world.TEAMS]
    pools = {pool: dict.fromkeys(teams, 1 / len(teams)) for pool in POOLS}
    names = {project.name: project.team for project in world.projects(PROJECTS)} | {pool: pool for pool in POOLS}
    shared = {pool: {"split": "even", "to": teams} for pool in POOLS}
    # One tag key, as the rivals read one.
    rules = {"tag_keys": {"project": ["project"], "team": []}, "projects": names, "shared": shared}
    (folder / "rules.yaml").write_text(json.dumps(rules))
    (folder / "mapping.json").write_text(json.dumps([names, pools]))


def _run(body: str, file: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB."""
    paths = [str(file), str(file.parent / "rules.yaml"), str(file.parent / "mapping.json")]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED.format(body=body), *paths],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("cli", "lambda_src"))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, megabytes, _ = json.loads(done.stdout)
    return seconds, megabytes
