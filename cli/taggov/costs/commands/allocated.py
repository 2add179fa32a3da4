"""`taggov costs report`, `kpis` and `coverage`: what the rules make of the costs."""

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
from taggov.costs.exit_codes import hold_rules, studied, warn
from taggov.costs.options import Json, Options, with_options
from taggov.costs.periods import covered
from taggov.costs.render import documents, tables
from taggov.costs.render.figures import rounded_totals, shown_costs
from taggov.costs.render.labels import About
from taggov.costs.render.report_document import report_document
from taggov.costs.render.report_table import print_proof, print_report
from taggov.costs.reports.write import check_target, write_report
from taggov.terminal import ExitCode, complain, console


class CoverageKind(StrEnum):
    """The coverage that a pipeline is held to."""

    GROSS = GROSS
    NET = NET


Ranked = TypeVar("Ranked", Untagged, Suggestion)

FailUnder = Annotated[
    float | None,
    typer.Option("--fail-under-coverage", metavar="PERCENT", min=0, max=100, help="Exit with 3 when less has a team."),
]
Kind = Annotated[CoverageKind, typer.Option("--coverage", help="Which coverage that is.")]


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
    """Allocate costs to teams: a table, or files.

    Without --by a table shows each team on one screen, files and JSON have months, teams, owners and services.
    """
    extra = () if fail_under is None else (query.CHARGE_CATEGORY,)
    files = list(dict.fromkeys(output or ()))
    summed_up = not (columns or files or as_json)
    chosen = chosen_columns(columns, summary.COLUMNS if summed_up else reports.DEFAULT_COLUMNS)
    with studied(options) as study:
        for path in files:
            check_target(path)
            study.check_output(path)
        (allocation,) = study.allocation(chosen, extra)
        found = reports.report(allocation, study.rules, chosen)
        for path in files:
            about = About(str(covered(study.period, allocation.table)), study.rules_name)
            write_report(found, about, path)
        if summed_up:
            summary.print_summary(study, allocation, console())
    if as_json:
        typer.echo(json.dumps(report_document(found), indent=2))
    else:
        for path in files:
            complain(f"wrote {path}")
        if not files and not summed_up:
            print_report(found, console())
        warn(found.warnings)
    hold_rules(options, allocation)
    if fail_under is not None:
        _hold(coverages(allocation), kind, fail_under)


@with_options
def coverage(
    options: Options,
    top: Annotated[
        int, typer.Option(metavar="N", min=1, help="Untagged costs, and rules, to list in each currency.")
    ] = 20,
    fail_under: FailUnder = None,
    kind: Kind = CoverageKind.GROSS,
    as_json: Json = False,
) -> None:
    """Print how much has a team, and what has not.

    Costs that no rule knows come with rules that would change that.
    """
    with studied(options) as study:
        (allocation,) = study.allocation((), (query.CHARGE_CATEGORY, *UNTAGGED_DIMENSIONS))
    found = coverages(allocation)
    unknown_costs = _first_of_each_currency(untagged(allocation, study.rules), top)
    suggested = _first_of_each_currency(suggestions(allocation, study.rules), top)
    if as_json:
        document = {
            **documents.head(allocation.table, study.period, allocation.warnings),
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
        warn((*allocation.table.warnings, *allocation.warnings))
    hold_rules(options, allocation)
    if fail_under is not None:
        _hold(found, kind, fail_under)


@with_options
def kpis(
    options: Options, fail_under: FailUnder = None, kind: Kind = CoverageKind.GROSS, as_json: Json = False
) -> None:
    """Print the numbers that FinOps steers by.

    Coverage, costs per team, owner, environment and customer, unit costs, and changes from month to month.
    """
    sections = ((reports.TEAM,), (reports.OWNER,), (reports.ENVIRONMENT,), (reports.CUSTOMER,))
    columns = (reports.MONTH, *(column for section in sections for column in section), query.SERVICE)
    with studied(options) as study:
        (allocation,) = study.allocation(columns, (query.CHARGE_CATEGORY,))
        found = {section[0]: reports.report(allocation, study.rules, section) for section in sections}
    covered = coverages(allocation)
    units = steering.unit_costs(allocation, study.metrics)
    changed = steering.changes(allocation, query.SERVICE)
    if as_json:
        document: dict[str, Any] = {
            **documents.head(
                allocation.table, study.period, (*allocation.warnings, *_unmatched(study.metrics, allocation))
            ),
            "coverage": documents.coverages(covered),
            **{f"per_{name}": report_document(one)["allocations"] for name, one in found.items()},
            "unit_costs": documents.unit_cost_rows(units),
            "changes": documents.change_rows(changed, allocation.table.estimated),
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        terminal = console()
        costs = shown_costs(reports.report(allocation, study.rules, (reports.MONTH, reports.TEAM)))
        estimated, places = allocation.table.estimated, tables.places_of(allocation.totals)
        for part in (
            tables.coverage(covered, allocation.totals),
            *(tables.parts(one) for one in found.values()),
            tables.unit_costs(units, costs),
            tables.changes(changed, estimated, costs, places),
        ):
            terminal.print(part)
            terminal.print()
        print_proof([rounded_totals(total) for total in allocation.totals.values()], terminal)
        warn((*allocation.table.warnings, *allocation.warnings, *_unmatched(study.metrics, allocation)))
    hold_rules(options, allocation)
    if fail_under is not None:
        _hold(covered, kind, fail_under)


def _first_of_each_currency(found: Sequence[Ranked], most: int) -> list[Ranked]:
    """Cut a list to so many of each currency."""
    seen: Counter[str] = Counter()
    first = []
    for one in found:
        seen[one.currency] += 1
        if seen[one.currency] <= most:
            first.append(one)
    return first


def _unmatched(metrics: Sequence[MetricValue], allocation: Allocation) -> list[str]:
    """A line for each team that has a metric and no costs: often a name that was mistyped."""
    teams = {row.team for row in allocation.rows}
    named = dict.fromkeys(one.team for one in metrics if one.team is not None)
    return [f'metrics are given for team "{team}", which has no costs' for team in named if team not in teams]


def _hold(found: Sequence[Coverage], kind: CoverageKind, percent: float) -> None:
    """Leave with the code of a failed check when a currency's coverage is too low, or can not be told."""
    failed = not found
    if failed:
        complain(f"{kind} coverage can not be told: there are no costs")
    for one in found:
        if one.of == kind and (one.ratio is None or one.ratio * 100 < percent):
            # Rounded down: 89.96 % must not read as the 90 % that it misses.
            found_percent = None if one.ratio is None else floor(one.ratio * 10_000) / 100
            said = (
                "can not be told: the total is not positive" if found_percent is None else f"is {found_percent:.2f} %"
            )
            complain(f"{kind} coverage in {one.currency} {said}, and has to be at least {percent:g} %")
            failed = True
    if failed:
        raise typer.Exit(ExitCode.CHECK_FAILED)
