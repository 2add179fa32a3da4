"""`taggov costs trace`: source rows, rules and pools behind the amounts of a team."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from cost_allocation import query
from cost_allocation.analysis.report import DAY, MONTH, kept_dimensions
from cost_allocation.analysis.trace import Tracer
from cost_allocation.model import UNKNOWN, Allocation, Cell, CostRow
from cost_allocation.query import Granularity
from taggov.costs.allocation_run import AllocationRun, OptionError
from taggov.costs.commands.columns import Columns, chosen_columns
from taggov.costs.exit_codes import allocation_run, exit_on_dead_rules, exit_on_error, print_warnings
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render import documents
from taggov.costs.render.trace_tree import TraceView, trace_tree
from taggov.costs.sources.base import RowSource, SourceRow
from taggov.terminal import console, exit_for_unknown_name, exit_with_error


@with_options
def trace(
    team: Annotated[str, typer.Argument(metavar="TEAM", help='A team, or "unknown".')],
    options: Options,
    columns: Columns = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="COLUMN=VALUE", help="Only this value of month, day, service, ... or tag:KEY."),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=0, help="Number of source rows to show for each rule.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Print the origin of the amounts of a team.

    Shows source rows with the rule that chose the team, and shares of pools with the costs of the pool. Months and
    services are summed unless --by separates them; --json has every sum.
    """
    by = chosen_columns(columns, ())
    only = _parse_only(value or [])
    asked = tuple(dict.fromkeys((*(by or (query.SERVICE,)), *(column for column, _ in only))))
    with allocation_run(options) as run:
        if rows and not isinstance(run.source, RowSource):
            raise OptionError(f"--rows needs FOCUS files: {run.source.name} has only sums")
        (allocation,) = run.allocation(asked)
        days = run.query(asked).granularity is Granularity.DAY
    origins = Tracer(allocation).origins(
        team, lambda cell: all(_value(allocation, cell, at) == is_ for at, is_ in only)
    )
    if not origins:
        _exit_without_origins(team, allocation, run, selected=bool(only))
    behind = _source_row_reader(run, asked, rows)
    with exit_on_error():
        if as_json:
            found = [documents.origin(one, allocation.table.dimensions, behind, days=days) for one in origins]
            document = {
                **documents.head(allocation.table, run.period, allocation.warnings),
                "team": team,
                "columns": allocation.keep,
                "origins": found,
            }
            typer.echo(json.dumps(document, indent=2))
        else:
            grouped_by = [*(one for one in by if one in (MONTH, DAY)), *kept_dimensions(run.rules, by)]
            view = TraceView(grouped_by, [column for column, _ in only], days, behind, rows)
            console().print(trace_tree(team, origins, allocation, run.rules, view))
            print_warnings((*allocation.table.warnings, *allocation.warnings))
    exit_on_dead_rules(options, allocation)


def _exit_without_origins(team: str, allocation: Allocation, run: AllocationRun, *, selected: bool) -> None:
    """Exit with the reason why the team has no costs."""
    names = {row.team: row.team for row in allocation.rows}
    if not names:
        exit_with_error(next(iter(allocation.table.warnings[::-1]), f"no costs in {run.period}"))
    if team in names:
        exit_with_error(f"{team} has no costs in this selection")
    if team == UNKNOWN:
        exit_with_error("no cost is unknown: every one has a team" + (" there" if selected else ""))
    exit_for_unknown_name("team", team, names)


def _source_row_reader(
    run: AllocationRun, columns: Sequence[str], limit: int
) -> Callable[[CostRow], Sequence[SourceRow]]:
    """Return a function that reads the source rows of a sum, up to the limit."""
    source, asked = run.source, run.query(columns)
    if not limit or not isinstance(source, RowSource):
        return lambda row: ()
    return lambda row: source.source_rows(asked, row, limit)


def _parse_only(given: Sequence[str]) -> list[tuple[str, str | None]]:
    """Parse `COLUMN=VALUE`. An empty value becomes None."""
    found = []
    for text in given:
        column, equals, wanted = text.partition("=")
        if not equals or (column not in (MONTH, DAY, *query.FIELDS) and not query.tag_key(column)):
            allowed = ", ".join((MONTH, DAY, *query.FIELDS))
            exit_with_error(f'--only "{text}" must be COLUMN=VALUE, with {allowed} or tag:KEY')
        found.append((column, wanted or None))
    return found


def _value(allocation: Allocation, cell: Cell, column: str) -> str | None:
    if column == MONTH:
        return f"{cell.period:%Y-%m}"
    return cell.period.isoformat() if column == DAY else cell.values[allocation.keep.index(column)]
