"""Selection of the writer for a file. Writers are imported on demand, because some need heavy libraries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cost_allocation.analysis.report import Report
from taggov.costs.render.labels import About
from taggov.costs.reports.atomic import OutputError, place

SUFFIXES = (".csv", ".xlsx", ".html", ".parquet", ".json")
EXPORT_SUFFIXES = {
    "focus": (".csv", ".parquet"),
    "focus-1.3": (".csv", ".parquet"),
    "cloudzero-cbf": (".csv", ".csv.gz"),
    "csv": (".csv",),
}


def check_target(path: Path, suffixes: Sequence[str] = SUFFIXES) -> None:
    """Check an output path before any query runs.

    Raises:
        OutputError: the suffix is unknown, or the path cannot be written.
    """
    if not path.name.lower().endswith(tuple(suffixes)):
        raise OutputError(f"{path}: the name must end in {' or '.join(suffixes)}")
    place(path)


def write_report(report: Report, about: About, path: Path) -> None:
    """Write a report in the format of the suffix. The file is written atomically.

    Raises:
        OutputError: the suffix is unknown, or the file cannot be written.
    """
    check_target(path)
    match path.suffix.lower():
        case ".csv":
            from taggov.costs.reports.csv_file import write_csv

            write_csv(report, path)
        case ".xlsx":
            from taggov.costs.reports.xlsx import write_xlsx

            write_xlsx(report, about, path)
        case ".html":
            from taggov.costs.reports.html import write_html

            write_html(report, about, path)
        case ".parquet":
            from taggov.costs.reports.parquet import write_parquet

            write_parquet(report, path)
        case ".json":
            from taggov.costs.render.report_document import write_json

            write_json(report, path)
