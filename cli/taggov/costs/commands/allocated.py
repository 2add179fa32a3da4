"""`taggov costs report`, `kpis`, `coverage` and `trace`: what the rules make of the costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from math import floor
from pathlib import Path
from typing import Annotated, Any

import typer

from cost_allocation import kpis as steering
from cost_allocation import query
from cost_allocation import report as reports
from cost_allocation.coverage import GROSS, NET, Coverage
from cost_allocation.coverage import coverage as coverages
from cost_allocation.metric_values import MetricValue
from cost_allocation.model import Allocation, Cell, CostRow
from cost_allocation.rules import Rules
from cost_allocation.trace import Tracer
from cost_allocation.untagged import DIMENSIONS as UNTAGGED_DIMENSIONS
from cost_allocation.untagged import suggestions, untagged

from ...terminal import ExitCode, complain, console, refuse, unknown
from .. import documents, tables
from ..explained import explained, studied, warn
from ..options import Json, Options, with_options
from ..outputs.document import report_document
from ..outputs.table import print_report
from ..outputs.words import About
from ..outputs.write import check_target, write_report
from ..sources.base import RowSource, SourceRow
from ..study import OptionError, Study


class CoverageKind(StrEnum):
    """Which coverage a pipeline is held to."""

    GROSS = GROSS
    NET = NET


Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="COLUMN", help="Group by month, day, team, owner, project, pool, service, ...; may be repeated."
    ),
]
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
    """Allocate costs to teams: a table, or files."""
    chosen = _columns(columns, reports.DEFAULT_COLUMNS)
    extra = () if fail_under is None else (query.CHARGE_CATEGORY,)
    files = list(dict.fromkeys(output or ()))
    with studied(options) as study:
        for path in files:
            check_target(path)
            study.check_output(path)
        (allocation,) = study.allocation(chosen, extra)
        found = reports.report(allocation, study.rules, chosen)
        for path in files:
            write_report(found, About(str(study.period), study.rules_name), path)
    if as_json:
        typer.echo(json.dumps(report_document(found), indent=2))
    else:
        for path in files:
            complain(f"wrote {path}")
        if not files:
            print_report(found, console())
        warn(found.warnings)
    if fail_under is not None:
        _hold(coverages(allocation), kind, fail_under)


@with_options
def coverage(
    options: Options,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many untagged costs, and rules, to list.")] = 20,
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
    unknown_costs, suggested = untagged(allocation, study.rules), suggestions(allocation, study.rules)
    if as_json:
        document = {
            **documents.head(allocation.table, study.period),
            "coverage": documents.coverages(found),
            "untagged": documents.untagged_costs(unknown_costs[:top]),
            "suggestions": documents.suggested_rules(suggested[:top]),
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        for part in (tables.coverage(found), tables.untagged(unknown_costs[:top]), tables.suggestions(suggested[:top])):
            console().print(part)
        warn(allocation.table.warnings)
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
            **documents.head(allocation.table, study.period, _unmatched(study.metrics, allocation)),
            "coverage": documents.coverages(covered),
            **{f"per_{name}": report_document(one)["allocations"] for name, one in found.items()},
            "unit_costs": documents.unit_cost_rows(units),
            "changes": documents.change_rows(changed, allocation.table.estimated),
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        terminal = console()
        terminal.print(tables.coverage(covered))
        for one in found.values():
            print_report(one, terminal)
        terminal.print(tables.unit_costs(units))
        terminal.print(tables.changes(changed, allocation.table.estimated))
        warn((*allocation.table.warnings, *allocation.warnings, *_unmatched(study.metrics, allocation)))
    if fail_under is not None:
        _hold(covered, kind, fail_under)


@with_options
def trace(
    team: Annotated[str, typer.Argument(metavar="TEAM", help='A team, or "unknown".')],
    options: Options,
    columns: Columns = None,
    value: Annotated[
        list[str] | None, typer.Option("--only", metavar="COLUMN=VALUE", help="Only this value of a column of --by.")
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=0, help="So many rows of the files behind each sum.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Print where a team's amounts come from.

    Source rows with the rule that chose the team, and shares of pools with what those were made of.
    """
    kept = _columns(columns, (query.SERVICE,))
    with studied(options) as study:
        if rows and not isinstance(study.source, RowSource):
            raise OptionError(f"--rows needs FOCUS files: {study.source.name} gives sums only")
        (allocation,) = study.allocation(kept)
    behind = _rows_behind(study, kept, rows)
    origins = Tracer(allocation).origins(team, _wanted(allocation, value or []))
    if not origins:
        names = {row.team: row.team for row in allocation.rows}
        if team not in names and names:
            unknown("team", team, names)
        refuse(f"{team} has no costs there")
    if as_json:
        with explained():
            found = [documents.origin(one, allocation.table.dimensions, behind) for one in origins]
        document = {
            **documents.head(allocation.table, study.period),
            "team": team,
            "columns": allocation.keep,
            "origins": found,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    with explained():
        console().print(tables.trace(team, origins, allocation.table.dimensions, behind))
    warn((*allocation.table.warnings, *allocation.warnings))


def _columns(given: Sequence[str] | None, default: Sequence[str]) -> tuple[str, ...]:
    """The columns, also where several stand in one option: `--by team,month`."""
    named = [part.strip() for text in given or () for part in text.split(",") if part.strip()]
    with explained():
        for column in named:
            reports.kept_dimensions(Rules(), (column,))
    if given and not named:
        refuse("--by names no column")
    return tuple(dict.fromkeys(named)) or tuple(default)


def _rows_behind(study: Study, columns: Sequence[str], limit: int) -> Callable[[CostRow], Sequence[SourceRow]]:
    """What gives the rows of the files that are in a sum, as many as were asked for."""
    source, asked = study.source, study.query(columns)
    if not limit or not isinstance(source, RowSource):
        return lambda row: ()
    return lambda row: source.source_rows(asked, row, limit)


def _wanted(allocation: Allocation, given: Sequence[str]) -> Any:
    """A test of cells: what all of `COLUMN=VALUE` select."""
    chosen = []
    for text in given:
        column, _, wanted = text.partition("=")
        if column not in (reports.MONTH, reports.DAY) and column not in allocation.keep:
            refuse(f'--only "{text}": the column must be month, day, or one of {", ".join(allocation.keep)}')
        chosen.append((column, wanted or None))

    def matches(cell: Cell) -> bool:
        return all(_value(allocation, cell, column) == wanted for column, wanted in chosen)

    return matches


def _value(allocation: Allocation, cell: Cell, column: str) -> str | None:
    if column == reports.MONTH:
        return f"{cell.period:%Y-%m}"
    return cell.period.isoformat() if column == reports.DAY else cell.values[allocation.keep.index(column)]


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
