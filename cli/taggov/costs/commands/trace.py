"""`taggov costs trace`: from a team's amount back to source rows, rules and pools."""

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
from taggov.costs.commands.columns import Columns, chosen_columns
from taggov.costs.exit_codes import explained, hold_rules, studied, warn
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render import documents
from taggov.costs.render.trace_tree import View, trace_tree
from taggov.costs.sources.base import RowSource, SourceRow
from taggov.costs.study import OptionError, Study
from taggov.terminal import console, refuse, unknown


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
        int, typer.Option("--rows", metavar="N", min=0, help="So many rows of the files behind each rule.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Print where a team's amounts come from.

    Source rows with the rule that chose the team, and shares of pools with what those were made of. What repeats itself
    over months and services is added up, unless --by tells it apart; --json has every sum.
    """
    by = chosen_columns(columns, ())
    only = _selected(value or [])
    asked = tuple(dict.fromkeys((*(by or (query.SERVICE,)), *(column for column, _ in only))))
    with studied(options) as study:
        if rows and not isinstance(study.source, RowSource):
            raise OptionError(f"--rows needs FOCUS files: {study.source.name} gives sums only")
        (allocation,) = study.allocation(asked)
        days = study.query(asked).granularity is Granularity.DAY
    origins = Tracer(allocation).origins(
        team, lambda cell: all(_value(allocation, cell, at) == is_ for at, is_ in only)
    )
    if not origins:
        _refuse(team, allocation, study, selected=bool(only))
    behind = _rows_behind(study, asked, rows)
    with explained():
        if as_json:
            found = [documents.origin(one, allocation.table.dimensions, behind, days=days) for one in origins]
            document = {
                **documents.head(allocation.table, study.period, allocation.warnings),
                "team": team,
                "columns": allocation.keep,
                "origins": found,
            }
            typer.echo(json.dumps(document, indent=2))
        else:
            told_apart = [*(one for one in by if one in (MONTH, DAY)), *kept_dimensions(study.rules, by)]
            view = View(told_apart, [column for column, _ in only], days, behind, rows)
            console().print(trace_tree(team, origins, allocation, study.rules, view))
            warn((*allocation.table.warnings, *allocation.warnings))
    hold_rules(options, allocation)


def _refuse(team: str, allocation: Allocation, study: Study, *, selected: bool) -> None:
    """Say why there is nothing to explain."""
    names = {row.team: row.team for row in allocation.rows}
    if not names:
        refuse(next(iter(allocation.table.warnings[::-1]), f"no costs in {study.period}"))
    if team in names:
        refuse(f"{team} has no costs there")
    if team == UNKNOWN:
        refuse("no cost is unknown: every one has a team" + (" there" if selected else ""))
    unknown("team", team, names)


def _rows_behind(study: Study, columns: Sequence[str], limit: int) -> Callable[[CostRow], Sequence[SourceRow]]:
    """Make the function that gives the rows of the files in a sum, as many as were asked for."""
    source, asked = study.source, study.query(columns)
    if not limit or not isinstance(source, RowSource):
        return lambda row: ()
    return lambda row: source.source_rows(asked, row, limit)


def _selected(given: Sequence[str]) -> list[tuple[str, str | None]]:
    """Read `COLUMN=VALUE`; no value is None."""
    found = []
    for text in given:
        column, equals, wanted = text.partition("=")
        if not equals or (column not in (MONTH, DAY, *query.FIELDS) and not query.tag_key(column)):
            allowed = ", ".join((MONTH, DAY, *query.FIELDS))
            refuse(f'--only "{text}" must be COLUMN=VALUE, with {allowed} or tag:KEY')
        found.append((column, wanted or None))
    return found


def _value(allocation: Allocation, cell: Cell, column: str) -> str | None:
    if column == MONTH:
        return f"{cell.period:%Y-%m}"
    return cell.period.isoformat() if column == DAY else cell.values[allocation.keep.index(column)]
