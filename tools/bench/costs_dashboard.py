"""The dashboard against the report: how long people wait for the first page, and for each change of it.

No browser takes part: the script of the app runs as Streamlit runs it, in a process that has loaded its modules, as the
server has. The report is a process of its own, from its start to its end, over the same file with the same rules.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from taggov.costs.sample.documents import metrics_csv, rules_yaml
from taggov.costs.sample.generate import generate
from tools import ROOT

ROWS = 2_000_000
ROUNDS = 5

_WATCHED = """
import json, sys, time
from pathlib import Path
from streamlit.testing.v1 import AppTest
from taggov.costs import dashboard
from taggov.costs.dashboard.serve import load
from taggov.costs.dashboard.launch import command
file, rules, metrics = sys.argv[1:]
load()
told = command([file], Path(rules), metrics=Path(metrics))
sys.argv = ["app.py", *told[told.index("--") + 1 :]]
app = AppTest.from_file(str(Path(dashboard.__path__[0]) / "app.py"), default_timeout=600)
waited = {}
def wait(what, change):
    start = time.perf_counter()
    change().run()
    waited[what] = time.perf_counter() - start
    assert not app.exception and not app.error, (what, app.exception, app.error)
wait("first page", lambda: app)
wait("trend by day", lambda: app.button_group(key="trend-2").select("By day"))
wait("another month", lambda: app.selectbox(key="period").set_value(app.selectbox(key="period").options[2]))
wait("trend by month", lambda: app.button_group(key="trend-2").select("By month"))
wait("all months", lambda: app.selectbox(key="period").set_value("Everything"))
for group in ("service", "account", "environment", "region", "tag:owner"):
    wait(f"group by {group}", lambda: app.selectbox(key="group").set_value(group))
wait("another metric", lambda: app.selectbox(key="metric").set_value("EffectiveCost"))
wait("another currency", lambda: app.selectbox(key="currency").set_value("EUR"))
print(json.dumps(waited))
"""


def waits(rows: int = ROWS, suffix: str = ".parquet") -> dict[str, float]:
    """Seconds for the first page and for each change, as multiples of the seconds of the report.

    The quickest of the rounds counts for each of them: it is what others on the machine disturbed least.

    Args:
        rows: of the sample that is generated.
        suffix: its form, `.parquet` or `.csv`.
    """
    with TemporaryDirectory(prefix="taggov-bench-") as folder:
        file, rules, metrics = (Path(folder, name) for name in (f"bill{suffix}", "rules.yaml", "metrics.csv"))
        generate(file, rows)
        rules.write_text(rules_yaml(), "utf-8")
        metrics.write_text(metrics_csv(), "utf-8")
        # In turns, so that a busy moment of the machine meets both.
        rounds = [(_report(file, rules, metrics), _dashboard(file, rules, metrics)) for _ in range(ROUNDS)]
    report = min(seconds for seconds, _ in rounds)
    return {what: round(min(waited[what] for _, waited in rounds) / report, 2) for what in rounds[0][1]}


def figures() -> Iterator[dict[str, object]]:
    """The first page, and the change that takes longest, as figures of the bench."""
    first, *changes = waits().items()
    slowest = max(changes, key=lambda change: change[1])
    for name, (what, ratio) in (("dashboard_first_page", first), ("dashboard_slowest_change", slowest)):
        yield {"figure": name, "unit": "times", "value": ratio, "what": what, "rival": "taggov costs report"}


def _report(file: Path, rules: Path, metrics: Path) -> float:
    options = ["--focus", str(file), "--rules", str(rules), "--metrics", str(metrics)]
    start = time.perf_counter()
    _run("-m", "taggov", "costs", "report", *options)
    return time.perf_counter() - start


def _dashboard(file: Path, rules: Path, metrics: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(_run("-c", _WATCHED, str(file), str(rules), str(metrics)))
    return found


def _run(*arguments: str) -> str:
    paths = os.pathsep.join(str(ROOT / name) for name in ("cli", "lambda_src"))
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return done.stdout
