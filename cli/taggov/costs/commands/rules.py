"""`taggov costs rules`: check rules, and compare them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cost_allocation import query
from cost_allocation.analysis.movement import movement
from cost_allocation.analysis.report import TEAM, report
from taggov.costs.exit_codes import allocation_run, exit_on_dead_rules, exit_on_error, print_warnings
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render import documents
from taggov.costs.render.comparisons import movement as movement_tables
from taggov.costs.render.comparisons import team_costs
from taggov.costs.rules.file import RulesFileError, check_rules_file, read_rules_file, schema
from taggov.costs.rules.review import review
from taggov.terminal import ExitCode, console, print_notice

app = typer.Typer(help="Check rules, and compare them.", no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(metavar="FILE", help="allocation_rules.yaml")]


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """Check a rules file, and print all errors with line and field."""
    problems: list[str] = []
    notices: list[str] = []
    try:
        notices = review(check_rules_file(file))
    except RulesFileError as error:
        problems = error.problems
    if as_json:
        typer.echo(json.dumps({"valid": not problems, "problems": problems, "notices": notices}, indent=2))
    else:
        for line in problems:
            print_notice(line)
        for line in notices:
            print_notice(f"notice: {line}")
        if not problems:
            typer.echo(f"{file} is valid")
    if problems:
        raise typer.Exit(ExitCode.USAGE)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a rules file, for an editor."""
    typer.echo(json.dumps(schema(), indent=2))


@app.command()
@with_options
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="The current rules.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The new rules.")],
    options: Options,
    as_json: Json = False,
) -> None:
    """Show the costs that move between teams when rules A are replaced by rules B."""
    with exit_on_error():
        old, new = read_rules_file(before), read_rules_file(after)
    with allocation_run(options) as run:
        first, second = run.allocation((query.SERVICE,), rules=(old, new))
    found = movement(first, second)
    mine = first.table.warnings
    others = (*second.table.warnings, *first.warnings, *second.warnings)
    warnings = tuple(line for line in dict.fromkeys(others) if line not in mine)
    if as_json:
        head = documents.head(first.table, run.period, warnings)
        typer.echo(json.dumps({**head, **documents.movement_document(found)}, indent=2))
    else:
        before_costs, after_costs = (
            team_costs(report(allocation, its, (TEAM,))) for allocation, its in ((first, old), (second, new))
        )
        console().print(movement_tables(found, before_costs, after_costs, first.totals))
        print_warnings((*mine, *warnings))
    exit_on_dead_rules(options, first, second)
