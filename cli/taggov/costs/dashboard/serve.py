"""Start Streamlit with the app: `python -m taggov.costs.dashboard.serve` takes what `streamlit run` takes."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path

from streamlit.web.cli import main

_NEW_OBJECTS = 100_000
"""Threshold for garbage collection."""
_APP = Path(__file__).with_name("app.py")
_LATE = ("pandas.io.formats.style", "plotly.offline", "taggov.costs.sources.focus.s3")
"""Modules that tables, charts and files import lazily."""
_PAGES = ("coverage", "drill_down", "overview", "report_table", "split_trace", "unit_costs")


def load() -> None:
    """Import the modules of all pages in advance, because that takes longer than showing a month of costs."""
    for name in ("pickers", "sidebar", *(f"sections.{page}" for page in _PAGES)):
        import_module(f"taggov.costs.dashboard.{name}")
    for name in _LATE:
        import_module(name)
    # Allocations create many long-lived objects. With the default threshold, garbage collection would take a third of
    # the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


if __name__ == "__main__":
    load()
    sys.argv = ["streamlit", "run", str(_APP), *sys.argv[1:]]
    main(prog_name="streamlit")
