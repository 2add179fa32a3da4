"""The command line: one group of commands for each subject."""

from __future__ import annotations

from typing import Annotated

import typer

from taggov import __version__
from taggov.catalogue import commands as catalogue
from taggov.costs import commands as costs
from taggov.explain.commands import explain
from taggov.lint.commands import lint

# Frames and colours of Typer would wrap messages; local variables in a traceback could show tag values.
app = typer.Typer(
    name="taggov",
    help="Tag governance on the command line.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(costs.app, name="costs")
app.command()(explain)
app.command()(lint)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"taggov {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Tag governance on the command line."""


def main() -> None:
    """Run the command line."""
    app(prog_name="taggov")
