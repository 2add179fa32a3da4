"""The dashboard, compared with `taggov costs report` on the same file: first page, and each change.

`python -m tools.bench.dashboard BILL RULES` prints seconds as JSON, without a browser. Modules are imported before the
measurement, as they are on a running server.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from taggov.costs import dashboard
from taggov.costs.dashboard.launch import command
from taggov.costs.dashboard.serve import load
from tools.bench.runs import figure, output

_SECONDS = 600
_PAGES = ("drill-down", "coverage", "trace", "unit-costs", "report", "overview")
_PICKERS = ("period", "metric", "group", "currency")


def figures(bill: Path, rules: Path, rounds: int) -> Iterator[dict[str, object]]:
    """Measure the first page, the slowest change, and the report, in turns."""
    reports, firsts, changes = [], [], []
    for _ in range(rounds):
        start = time.perf_counter()
        output("taggov", "costs", "report", "--focus", str(bill), "--rules", str(rules))
        reports.append(time.perf_counter() - start)
        first, changed = json.loads(output("tools.bench.dashboard", str(bill), str(rules)))
        firsts.append(first)
        changes.append(changed)
    report, statistic = median(reports), f"median of {rounds}"
    rival = "taggov costs report on the same file"
    yield figure("dashboard_first_load", "s", median(firsts), rival, report, statistic=statistic)
    seconds = {name: median(its[name] for its in changes) for name in changes[0]}
    slowest = max(seconds, key=lambda name: seconds[name])
    yield figure("dashboard_change", "s", seconds[slowest], rival, report, change=slowest, statistic=statistic)


def measure(bill: Path, rules: Path) -> tuple[float, dict[str, float]]:
    """Open the app, select each option of each picker, and open each page."""
    load()
    arguments = command([str(bill)], rules)
    sys.argv = ["app.py", *arguments[arguments.index("--") + 1 :]]
    app = AppTest.from_file(str(Path(dashboard.__path__[0]) / "app.py"), default_timeout=_SECONDS)
    first = _seconds(app.run)
    changes = {}
    for key in _PICKERS:
        usual = app.selectbox(key=key).index
        for place, value in enumerate(app.selectbox(key=key).options):
            changes[f"{key}: {value}"] = _seconds(app.selectbox(key=key).select_index(place).run)
        app.selectbox(key=key).select_index(usual or 0).run()
    changes["trend: by day"] = _seconds(app.button_group(key="trend-2").select("By day").run)
    app.button_group(key="trend-2").select("By month").run()
    for page in _PAGES:
        # `AppTest.switch_page` supports only pages in separate files.
        app._page_hash = calc_hash(page)
        changes[f"page: {page}"] = _seconds(app.run)
    return first, changes


def _seconds(change: Callable[[], AppTest]) -> float:
    start = time.perf_counter()
    app = change()
    taken = time.perf_counter() - start
    if app.exception or app.error:
        raise RuntimeError(f"the dashboard failed: {[one.value for one in (*app.exception, *app.error)]}")
    return taken


if __name__ == "__main__":
    logging.disable()
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))))
