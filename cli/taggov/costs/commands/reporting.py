"""`taggov costs report`, `kpis` and `coverage`: results of the allocation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from math import floor
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cost_allocation import query
from cost_allocation.analysis import kpis as steering
from cost_allocation.analysis import report as reports
from cost_allocation.analysis.coverage import GROSS, NET, Coverage
from cost_allocation.analysis.coverage import coverage as coverages
from cost_allocation.analysis.unknown_costs import DIMENSIONS as UNTAGGED_DIMENSIONS
from cost_allocation.analysis.untagged import Suggestion, Untagged, suggestions, untagged
from cost_allocation.engine.metric_values import MetricValue
from cost_allocation.model import Allocation
from taggov.costs import summary
from taggov.costs.commands.columns import Columns, chosen_columns
from taggov.costs.exit_codes import allocation_run, exit_on_dead_rules, print_warnings
from taggov.costs.options import Json, Options, with_options
from taggov.costs.periods import closed_period
from taggov.costs.render import documents, tables
from taggov.costs.render.figures import round_totals, rounded_costs
from taggov.costs.render.labels import About
from taggov.costs.render.report_document import report_document
from taggov.costs.render.report_table import print_proof, print_report
from taggov.costs.reports.write import check_target, write_report
from taggov.terminal import ExitCode, console, print_notice


class CoverageKind(StrEnum):
    """Kind of coverage for --fail-under-coverage."""

    GROSS = GROSS
    NET = NET


Ranked = TypeVar("Ranked", Untagged, Suggestion)

FailUnder = Annotated[
    float | None,
    typer.Option(
        "--fail-under-coverage", metavar="PERCENT", min=0, max=100, help="Exit with 3 if the coverage is lower."
    ),
]
Kind = Annotated[CoverageKind, typer.Option("--coverage", help="Kind of coverage for --fail-under-coverage.")]


@with_options
def report(
    options: Options,
    columns: Columns = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", metavar="FILE", help=".csv, .xlsx, .html, .parquet or .json; may be repeated."),
    ] = None,
    fail_under: FailUnder = None,
    kind: Kind = CoverageKind.GROSS,
    as_json: Json = False,
) -> None:
    """Allocate costs to teams, as a table or files.

    Without --by, the table is a summary by team; files and JSON have months, teams, owners and services.
    """
    extra = () if fail_under is None else (query.CHARGE_CATEGORY,)
    files = list(dict.fromkeys(output or ()))
    summed_up = not (columns or files or as_json)
    chosen = chosen_columns(columns, summary.COLUMNS if summed_up else reports.DEFAULT_COLUMNS)
    with allocation_run(options) as run:
        for path in files:
            check_target(path)
            run.check_output(path)
        (allocation,) = run.allocation(chosen, extra)
        found = reports.report(allocation, run.rules, chosen)
        for path in files:
            about = About(str(closed_period(run.period, allocation.table)), run.rules_name)
            write_report(found, about, path)
        if summed_up:
            summary.print_summary(run, allocation, console())
    if as_json:
        typer.echo(json.dumps(report_document(found), indent=2))
    else:
        for path in files:
            print_notice(f"wrote {path}")
        if not files and not summed_up:
            print_report(found, console())
        print_warnings(found.warnings)
    exit_on_dead_rules(options, allocation)
    if fail_under is not None:
        _exit_below_coverage(coverages(allocation), kind, fail_under)


@with_options
def coverage(
    options: Options,
    top: Annotated[
        int, typer.Option(metavar="N", min=1, help="Number of untagged costs and rules to list in each currency.")
    ] = 20,
    fail_under: FailUnder = None,
    kind: Kind = CoverageKind.GROSS,
    as_json: Json = False,
) -> None:
    """Print coverage, unallocated costs and suggested rules."""
    with allocation_run(options) as run:
        (allocation,) = run.allocation((), (query.CHARGE_CATEGORY, *UNTAGGED_DIMENSIONS))
    found = coverages(allocation)
    unknown_costs = _first_of_each_currency(untagged(allocation, run.rules), top)
    suggested = _first_of_each_currency(suggestions(allocation, run.rules), top)
    if as_json:
        document = {
            **documents.head(allocation.table, run.period, allocation.warnings),
            "coverage": documents.coverages(found),
            "untagged": documents.untagged_costs(unknown_costs),
            "suggestions": documents.suggested_rules(suggested),
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        places = tables.places_of(allocation.totals)
        terminal = console()
        for part in (
            tables.coverage(found, allocation.totals),
            tables.untagged(unknown_costs, places),
            tables.suggestions(suggested, places),
        ):
            terminal.print(part)
            terminal.print()
        print_warnings((*allocation.table.warnings, *allocation.warnings))
    exit_on_dead_rules(options, allocation)
    if fail_under is not None:
        _exit_below_coverage(found, kind, fail_under)


@with_options
def kpis(
    options: Options, fail_under: FailUnder = None, kind: Kind = CoverageKind.GROSS, as_json: Json = False
) -> None:
    """Print FinOps KPIs.

    Coverage, costs per team, owner, environment and customer, unit costs, and changes from month to month.
    """
    sections = ((reports.TEAM,), (reports.OWNER,), (reports.ENVIRONMENT,), (reports.CUSTOMER,))
    columns = (reports.MONTH, *(column for section in sections for column in section), query.SERVICE)
    with allocation_run(options) as run:
        (allocation,) = run.allocation(columns, (query.CHARGE_CATEGORY,))
        found = {section[0]: reports.report(allocation, run.rules, section) for section in sections}
    covered = coverages(allocation)
    units = steering.unit_costs(allocation, run.metrics)
    changed = steering.changes(allocation, query.SERVICE)
    if as_json:
        document: dict[str, Any] = {
            **documents.head(
                allocation.table, run.period, (*allocation.warnings, *_metrics_without_costs(run.metrics, allocation))
            ),
            "coverage": documents.coverages(covered),
            **{f"per_{name}": report_document(one)["allocations"] for name, one in found.items()},
            "unit_costs": documents.unit_cost_rows(units),
            "changes": documents.change_rows(changed, allocation.table.estimated),
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        terminal = console()
        costs = rounded_costs(reports.report(allocation, run.rules, (reports.MONTH, reports.TEAM)))
        estimated, places = allocation.table.estimated, tables.places_of(allocation.totals)
        for part in (
            tables.coverage(covered, allocation.totals),
            *(tables.parts(one) for one in found.values()),
            tables.unit_costs(units, costs),
            tables.changes(changed, estimated, costs, places),
        ):
            terminal.print(part)
            terminal.print()
        print_proof([round_totals(total) for total in allocation.totals.values()], terminal)
        print_warnings(
            (*allocation.table.warnings, *allocation.warnings, *_metrics_without_costs(run.metrics, allocation))
        )
    exit_on_dead_rules(options, allocation)
    if fail_under is not None:
        _exit_below_coverage(covered, kind, fail_under)


def _first_of_each_currency(found: Sequence[Ranked], most: int) -> list[Ranked]:
    """Limit a list to a number of entries for each currency."""
    seen: Counter[str] = Counter()
    first = []
    for one in found:
        seen[one.currency] += 1
        if seen[one.currency] <= most:
            first.append(one)
    return first


def _metrics_without_costs(metrics: Sequence[MetricValue], allocation: Allocation) -> list[str]:
    """Build a warning for each team that has a metric but no costs: often a typo."""
    teams = {row.team for row in allocation.rows}
    named = dict.fromkeys(one.team for one in metrics if one.team is not None)
    return [f'metrics are given for team "{team}", which has no costs' for team in named if team not in teams]


def _exit_below_coverage(found: Sequence[Coverage], kind: CoverageKind, percent: float) -> None:
    """Exit with the code of a failed check if the coverage in a currency is too low or unknown."""
    failed = not found
    if failed:
        print_notice(f"{kind} coverage is unknown: there are no costs")
    for one in found:
        if one.of == kind and (one.ratio is None or one.ratio * 100 < percent):
            # Round down, so that 89.96 % is not shown as 90 %.
            found_percent = None if one.ratio is None else floor(one.ratio * 10_000) / 100
            state = "is unknown: the total is not positive" if found_percent is None else f"is {found_percent:.2f} %"
            print_notice(f"{kind} coverage in {one.currency} {state}, but must be at least {percent:g} %")
            failed = True
    if failed:
        raise typer.Exit(ExitCode.CHECK_FAILED)
