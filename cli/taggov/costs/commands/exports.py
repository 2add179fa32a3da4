"""`taggov costs export`, `serve-metrics`, `dashboard` and `sample`: costs for other tools and other eyes."""

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
from taggov.costs.exit_codes import explained, hold_rules, studied, warn
from taggov.costs.exports.focus import CHARGE_COLUMNS, write_focus
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render.figures import rounded_totals
from taggov.costs.render.scale import shown
from taggov.costs.reports.write import EXPORT_SUFFIXES, check_target
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.study import Study
from taggov.terminal import Watch, complain, refuse


class Format(StrEnum):
    """The forms that an export can have."""

    FOCUS = "focus"
    FOCUS_1_3 = "focus-1.3"
    CLOUDZERO_CBF = "cloudzero-cbf"
    CSV = "csv"


_COLUMNS = (reports.MONTH, reports.TEAM, reports.OWNER, reports.ENVIRONMENT, reports.CUSTOMER, *query.FIELDS)


@with_options
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: .csv, FOCUS also .parquet, CBF .csv.gz.")],
    options: Options,
    form: Annotated[Format, typer.Option("--format", help="The format.")] = Format.FOCUS,
    as_json: Json = False,
) -> None:
    """Write allocated rows for other tools.

    FOCUS has our own columns with the prefix x_. FOCUS 1.3 has splits in its Allocated columns too, marked as ours.
    """
    with studied(options) as study:
        check_target(file, EXPORT_SUFFIXES[form])
        study.check_output(file)
        granularity = study.query(_COLUMNS).granularity
        absent: list[str] = []
        match form:
            case Format.FOCUS | Format.FOCUS_1_3:
                allocations, absent = _all_metrics(study, only=options.metric)
                rows = write_focus(allocations, study.rules, granularity, file, splits=form is Format.FOCUS_1_3)
            case Format.CLOUDZERO_CBF:
                from taggov.costs.exports.cbf import write_cbf

                allocations = [*study.allocation(_COLUMNS)]
                write_cbf(allocations[0], study.rules, granularity, file)
                rows = len(allocations[0].rows)
            case Format.CSV:
                from taggov.costs.reports.csv_file import write_allocated_csv

                allocations = [*study.allocation(_COLUMNS)]
                write_allocated_csv(allocations[0], file)
                rows = len(allocations[0].rows)
    left_out = [
        f"{shown(rounded_totals(total).excluded)} {total.currency} that filters of the rules leave out is not in {file}"
        for total in allocations[0].totals.values()
        if total.excluded
    ]
    warnings = tuple(dict.fromkeys((*_warnings(allocations), *absent, *left_out)))
    if as_json:
        written = {"file": str(file), "format": form, "rows": rows, "warnings": warnings}
        typer.echo(json.dumps(written, indent=2))
    else:
        complain(f"wrote {file}")
        warn(warnings)
    hold_rules(options, *allocations)


def _warnings(allocations: Sequence[Allocation]) -> Iterator[str]:
    """Warnings of the first metric, and those that only another has."""
    first, *others = allocations
    known = (*first.table.warnings, *first.warnings)
    yield from known
    for one in others:
        new = (warning for warning in (*one.table.warnings, *one.warnings) if warning not in known)
        yield from (f"{one.table.metric}: {warning}" for warning in new)


def _all_metrics(study: Study, only: str | None) -> tuple[list[Allocation], list[str]]:
    """Allocate the costs in each metric that a source of FOCUS data has, and say which it has not.

    Args:
        study: its metric comes first, and has to be there.
        only: somebody asked for one.
    """
    if not study.source.is_focus:
        return [*study.allocation(_COLUMNS)], []
    keep = [*map(query.column, CHARGE_COLUMNS)]
    others = [] if only else [metric for metric in study.source.metrics if metric != study.metric]
    if others and isinstance(study.source, FocusFiles):
        # The files are read once for all metrics.
        asked = study.query(_COLUMNS, keep)
        study.source.condense(by_day=asked.granularity is Granularity.DAY, columns=CHARGE_COLUMNS)
        study.source.hold(asked)
    found, absent = [*study.allocation(_COLUMNS, keep=keep)], []
    for metric in others:
        try:
            found += replace(study, metric=metric).allocation(_COLUMNS, keep=keep)
        except SourceError as error:
            absent.append(f"{metric} stays empty: {error}")
    return found, absent


@with_options
def serve_metrics(
    options: Options,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen.")] = 9469,
    address: Annotated[str, typer.Option(help="On which address; only this machine when left out.")] = "127.0.0.1",
    every: Annotated[
        int | None, typer.Option("--every", metavar="MINUTES", min=1, help="Ask for costs again; never when left out.")
    ] = None,
) -> None:
    """Serve allocated costs to Prometheus. A scrape never asks AWS: it reads what was fetched before."""
    from taggov.costs.metrics_server import Snapshot, serve

    columns = (reports.MONTH, reports.TEAM, reports.OWNER)

    def snapshot() -> Snapshot:
        with studied(options) as study:
            (allocation,) = study.allocation(columns, (query.CHARGE_CATEGORY,))
        return Snapshot(reports.report(allocation, study.rules, columns), tuple(coverage(allocation)))

    with explained():
        serve(snapshot, port=port, address=address, refresh_seconds=None if every is None else every * 60)


def dashboard(
    focus: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="FOCUS files to begin with; the sample when left out.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help="allocation_rules.yaml to begin with.")] = None,
    metrics: Annotated[Path | None, typer.Option(metavar="FILE", help="Business metrics to begin with.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Where to listen; 8501 when left out.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only serve.")] = False,
) -> None:
    """Open the dashboard in a browser. It listens on this machine only."""
    if find_spec("streamlit") is None:
        refuse("the dashboard needs Streamlit: pip install 'terraform-aws-tag-governance[dashboard]'")
    from taggov.costs.dashboard.launch import command, environment

    started = command(focus or (), rules, port, not no_browser, metrics)
    # In place of this process, so that whoever ends the one ends the other.
    os.execve(started[0], started, environment())


def sample(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; .parquet or .csv.")],
    rows: Annotated[int, typer.Option(min=1, max=100_000_000, help="How many.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Another seed, other data.")] = 1,
    months: Annotated[int, typer.Option(min=1, max=120, help="How many months.")] = 6,
    as_json: Json = False,
) -> None:
    """Write FOCUS data of a made-up company.

    Several clouds and currencies, tags with gaps and typos, credits, refunds and commitments.
    """
    from taggov.costs.sample.generate import generate

    with explained(), Watch() as watch:
        try:
            generate(file, rows, seed=seed, months=months, progress=watch)
        except ValueError as error:
            refuse(str(error))
    if as_json:
        typer.echo(json.dumps({"file": str(file), "rows": rows, "seed": seed, "months": months}, indent=2))
    else:
        complain(f"wrote {file}")
