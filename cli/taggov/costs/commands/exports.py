"""`taggov costs export`, `serve-metrics`, `dashboard` and `sample`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from cost_allocation import query
from cost_allocation.analysis import report as reports
from cost_allocation.analysis.coverage import coverage
from cost_allocation.model import Allocation
from cost_allocation.query import Granularity
from taggov.costs.allocation_run import AllocationRun
from taggov.costs.exit_codes import allocation_run, exit_on_dead_rules, exit_on_error, print_warnings
from taggov.costs.exports.focus import CHARGE_COLUMNS, write_focus
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render.figures import round_totals
from taggov.costs.render.scale import format_amount
from taggov.costs.reports.write import EXPORT_SUFFIXES, check_target
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from taggov.terminal import ProgressBar, exit_with_error, print_notice


class Format(StrEnum):
    """Export formats."""

    FOCUS = "focus"
    FOCUS_1_3 = "focus-1.3"
    CLOUDZERO_CBF = "cloudzero-cbf"
    CSV = "csv"


_COLUMNS = (reports.MONTH, reports.TEAM, reports.OWNER, reports.ENVIRONMENT, reports.CUSTOMER, *query.FIELDS)


@with_options
def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Output file: .csv, for FOCUS also .parquet, for CBF also .csv.gz.")
    ],
    options: Options,
    form: Annotated[Format, typer.Option("--format", help="The format.")] = Format.FOCUS,
    as_json: Json = False,
) -> None:
    """Write allocated rows for other tools.

    FOCUS has the results in columns with the prefix x_. FOCUS 1.3 also describes splits in its Allocated columns.
    """
    with allocation_run(options) as run:
        check_target(file, EXPORT_SUFFIXES[form])
        run.check_output(file)
        granularity = run.query(_COLUMNS).granularity
        absent: list[str] = []
        match form:
            case Format.FOCUS | Format.FOCUS_1_3:
                allocations, absent = _all_metrics(run, only=options.metric)
                rows = write_focus(allocations, run.rules, granularity, file, splits=form is Format.FOCUS_1_3)
            case Format.CLOUDZERO_CBF:
                from taggov.costs.exports.cbf import write_cbf

                allocations = [*run.allocation(_COLUMNS)]
                write_cbf(allocations[0], run.rules, granularity, file)
                rows = len(allocations[0].rows)
            case Format.CSV:
                from taggov.costs.reports.csv_file import write_allocated_csv

                allocations = [*run.allocation(_COLUMNS)]
                write_allocated_csv(allocations[0], file)
                rows = len(allocations[0].rows)
    left_out = [
        f"{format_amount(round_totals(total).excluded)} {total.currency} that filters of the rules leave out "
        f"is not in {file}"
        for total in allocations[0].totals.values()
        if total.excluded
    ]
    warnings = tuple(dict.fromkeys((*_warnings(allocations), *absent, *left_out)))
    if as_json:
        written = {"file": str(file), "format": form, "rows": rows, "warnings": warnings}
        typer.echo(json.dumps(written, indent=2))
    else:
        print_notice(f"wrote {file}")
        print_warnings(warnings)
    exit_on_dead_rules(options, *allocations)


def _warnings(allocations: Sequence[Allocation]) -> Iterator[str]:
    """Yield the warnings of the first metric, and those that only another metric has."""
    first, *others = allocations
    known = (*first.table.warnings, *first.warnings)
    yield from known
    for one in others:
        new = (warning for warning in (*one.table.warnings, *one.warnings) if warning not in known)
        yield from (f"{one.table.metric}: {warning}" for warning in new)


def _all_metrics(run: AllocationRun, only: str | None) -> tuple[list[Allocation], list[str]]:
    """Allocate the costs in each metric of a FOCUS source. Return warnings for missing metrics.

    Args:
        run: its metric comes first and must exist.
        only: the metric option, which limits the export to that metric.
    """
    if not run.source.is_focus:
        return [*run.allocation(_COLUMNS)], []
    keep = [*map(query.column, CHARGE_COLUMNS)]
    others = [] if only else [metric for metric in run.source.metrics if metric != run.metric]
    if others and isinstance(run.source, FocusFiles):
        # Read the files once for all metrics.
        asked = run.query(_COLUMNS, keep)
        run.source.condense(by_day=asked.granularity is Granularity.DAY, columns=CHARGE_COLUMNS)
        run.source.precompute(asked)
    found, absent = [*run.allocation(_COLUMNS, keep=keep)], []
    for metric in others:
        try:
            found += replace(run, metric=metric).allocation(_COLUMNS, keep=keep)
        except SourceError as error:
            absent.append(f"{metric} is empty: {error}")
    return found, absent


@with_options
def serve_metrics(
    options: Options,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 9469,
    address: Annotated[str, typer.Option(help="Address to listen on; defaults to this machine only.")] = "127.0.0.1",
    every: Annotated[
        int | None, typer.Option("--every", metavar="MINUTES", min=1, help="Refresh interval; never by default.")
    ] = None,
) -> None:
    """Serve allocated costs to Prometheus. Scrapes never query AWS: they get the last snapshot."""
    from taggov.costs.metrics_server import Snapshot, serve

    columns = (reports.MONTH, reports.TEAM, reports.OWNER)

    def snapshot() -> Snapshot:
        with allocation_run(options) as run:
            (allocation,) = run.allocation(columns, (query.CHARGE_CATEGORY,))
        return Snapshot(reports.report(allocation, run.rules, columns), tuple(coverage(allocation)))

    with exit_on_error():
        serve(snapshot, port=port, address=address, refresh_seconds=None if every is None else every * 60)


def dashboard(
    focus: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="FOCUS files to open; the sample by default.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help="Allocation rules to use.")] = None,
    metrics: Annotated[Path | None, typer.Option(metavar="FILE", help="Business metrics to use.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on; defaults to 8501.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Open the dashboard in a browser. It listens on this machine only."""
    if find_spec("streamlit") is None:
        exit_with_error("the dashboard needs Streamlit: pip install 'terraform-aws-tag-governance[dashboard]'")
    from taggov.costs.dashboard.launch import command, environment

    started = command(focus or (), rules, port, not no_browser, metrics)
    # Replace this process, so that stopping it stops the dashboard.
    os.execve(started[0], started, environment())


def sample(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Output file: .parquet or .csv.")],
    rows: Annotated[int, typer.Option(min=1, max=100_000_000, help="Number of rows.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Seed of the random data.")] = 1,
    months: Annotated[int, typer.Option(min=1, max=120, help="Number of months.")] = 6,
    as_json: Json = False,
) -> None:
    """Write FOCUS data of a fictional company.

    It has several clouds and currencies, tags with gaps and typos, credits, refunds and commitments.
    """
    from taggov.costs.sample.generate import generate

    with exit_on_error(), ProgressBar() as watch:
        try:
            generate(file, rows, seed=seed, months=months, progress=watch)
        except ValueError as error:
            exit_with_error(str(error))
    if as_json:
        typer.echo(json.dumps({"file": str(file), "rows": rows, "seed": seed, "months": months}, indent=2))
    else:
        print_notice(f"wrote {file}")
