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
"""Characters that make a spreadsheet read a text as a formula; the last four are the full-width forms of = + - @."""


def plain(value: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it could be one.

    This, and quotes around every field, is what OWASP advises against CSV injection
    (https://owasp.org/www-community/attacks/CSV_Injection). Only texts are treated so: amounts stay numbers.
    """
    return f"'{value}" if value and value.startswith(FORMULA_STARTS) else value


def write_csv(report: Report, path: Path) -> None:
    """Write the rows of a report: its columns, `currency`, `direct_cost`, `shared_cost`, `cost`.

    Raises:
        OutputError: the file can not be written.
    """
    header = [*map(plain, report.columns), "currency", *AMOUNTS]
    rows = (
        [*map(plain, row.values), plain(row.currency), text(row.direct), text(row.shared), text(row.cost)]
        for row in report.rows
    )
    write_rows(path, header, rows, quote_all=True)


def write_allocated_csv(allocation: Allocation, path: Path) -> None:
    """Write the allocated rows at their finest grain; what the rules decided stands in columns that begin with `x_`.

    Costs that filters of the rules left out are not allocated, so they are not in the file.

    Raises:
        OutputError: the file can not be written.
    """
    header = ["period", *map(plain, allocation.keep), "x_team", "x_owner", "x_project", "x_pool", "currency", "cost"]
    rows = (
        [
            row.cell.period.isoformat(),
            *map(plain, (*row.cell.values, row.team, row.owner, row.project, row.pool, row.cell.currency)),
            text(row.cost),
        ]
        for row in allocation.rows
    )
    write_rows(path, header, rows, quote_all=True)


def write_rows(
    path: Path, header: Sequence[str | None], rows: Iterable[Sequence[str | None]], quote_all: bool = False
) -> int:
    """Write a CSV file in UTF-8, compressed when its name ends in `.gz`, and count its rows below the header.

    A value that is not there is an empty field.

    Raises:
        OutputError: the file can not be written.
    """
    with whole_file(path) as temporary, ExitStack() as streams:
        stream: IO[bytes] = streams.enter_context(temporary.open("wb"))
        if path.suffix == ".gz":
            # Without a name and a time inside, the same rows make the same file.
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
