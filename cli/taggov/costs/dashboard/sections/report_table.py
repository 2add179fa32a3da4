"""Report page: a table with any columns, and downloads."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st

from cost_allocation.analysis.report import DAY, DEFAULT_COLUMNS, MONTH, Report
from taggov.costs.dashboard.sections.proof import proofs
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import figures
from taggov.costs.render.labels import About, heading
from taggov.costs.reports.write import write_report

_FORMATS = {
    ".csv": ("text/csv", "CSV, every digit"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel, with a chart"),
}


def draw(view: View) -> None:
    """Draw the page."""
    st.header("The report, as a table and as files", anchor=False)
    periods = (MONTH, DAY) if view.has_days else (MONTH,)
    columns = st.multiselect(
        "Columns", [*periods, *view.dataset.groups], default=DEFAULT_COLUMNS, format_func=heading, key="columns"
    )
    report = view.report(view.allocate(columns), *columns)
    with st.container(horizontal=True):
        for suffix, (mime, title) in _FORMATS.items():
            st.download_button(
                title,
                partial(_file, view, report, suffix),
                f"costs-{view.first}-{view.end - timedelta(days=1)}{suffix}",
                mime,
                key=f"download{suffix}",
                on_click="ignore",
                icon=":material/download:",
            )
    _grid(report)
    st.caption("The files and the table have all currencies, in separate rows.")
    proofs(view)


def _file(view: View, report: Report, suffix: str) -> bytes:
    about = About(str(view.period), view.dataset.run.rules_name)
    with TemporaryDirectory(prefix="taggov-") as folder:
        path = Path(folder, f"report{suffix}")
        write_report(report, about, path)
        return path.read_bytes()


def _grid(report: Report) -> None:
    amounts_of = {its.currency: iter(its.rows) for its in figures(report)}
    rows = []
    for row in report.rows:
        its = next(amounts_of[row.currency])
        named = {heading(name): value for name, value in zip(report.columns, row.values, strict=True)}
        costs = {"Direct": float(its.direct), "Shared": float(its.shared), "Cost": float(its.cost)}
        rows.append(named | {"Currency": row.currency} | costs)
    amounts = st.column_config.NumberColumn(format="accounting")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"Direct": amounts, "Shared": amounts, "Cost": amounts},
        alt="The report. Its CSV has every digit.",
    )
