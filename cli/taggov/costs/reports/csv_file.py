"""CSV files: reports and allocated rows with exact amounts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from gzip import GzipFile
from io import TextIOWrapper
from pathlib import Path
from typing import IO, cast

from cost_allocation.analysis.report import Report
from cost_allocation.exact import text
from cost_allocation.model import Allocation
from taggov.costs.render.labels import AMOUNTS
from taggov.costs.reports.atomic import whole_file

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters of formulas in spreadsheets. The last four are the full-width forms of = + - @."""


def escape_formula(value: str | None) -> str | None:
    """Prefix a text with an apostrophe if a spreadsheet could read it as a formula.

    OWASP recommends this, and quotes around every field, against CSV injection
    (https://owasp.org/www-community/attacks/CSV_Injection). Amounts are not changed.
    """
    return f"'{value}" if value and value.startswith(FORMULA_STARTS) else value


def write_csv(report: Report, path: Path) -> None:
    """Write the rows of a report: its columns, `currency`, `direct_cost`, `shared_cost`, `cost`.

    Raises:
        OutputError: the file cannot be written.
    """
    header = [*map(escape_formula, report.columns), "currency", *AMOUNTS]
    rows = (
        [
            *map(escape_formula, row.values),
            escape_formula(row.currency),
            text(row.direct),
            text(row.shared),
            text(row.cost),
        ]
        for row in report.rows
    )
    write_rows(path, header, rows, quote_all=True)


def write_allocated_csv(allocation: Allocation, path: Path) -> None:
    """Write the allocated rows at their finest grain. Results of the rules are in columns with the prefix `x_`.

    Costs that filters of the rules left out are not allocated, so they are not in the file.

    Raises:
        OutputError: the file cannot be written.
    """
    header = [
        "period",
        *map(escape_formula, allocation.keep),
        "x_team",
        "x_owner",
        "x_project",
        "x_pool",
        "currency",
        "cost",
    ]
    rows = (
        [
            row.cell.period.isoformat(),
            *map(escape_formula, (*row.cell.values, row.team, row.owner, row.project, row.pool, row.cell.currency)),
            text(row.cost),
        ]
        for row in allocation.rows
    )
    write_rows(path, header, rows, quote_all=True)


def write_rows(
    path: Path, header: Sequence[str | None], rows: Iterable[Sequence[str | None]], quote_all: bool = False
) -> int:
    """Write a CSV file in UTF-8, compressed if its name ends in `.gz`. Return the number of rows without the header.

    A missing value is an empty field.

    Raises:
        OutputError: the file cannot be written.
    """
    with whole_file(path) as temporary, ExitStack() as streams:
        stream: IO[bytes] = streams.enter_context(temporary.open("wb"))
        if path.suffix == ".gz":
            # Without name and time in the header, the output is reproducible.
            packed = GzipFile(filename="", mode="wb", fileobj=stream, mtime=0)
            stream = cast("IO[bytes]", streams.enter_context(packed))
        lines = streams.enter_context(TextIOWrapper(stream, encoding="utf-8", newline=""))
        writer = csv.writer(lines, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow(header)
        written = 0
        for row in rows:
            writer.writerow(row)
            written += 1
    return written
