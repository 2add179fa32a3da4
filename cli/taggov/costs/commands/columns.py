"""The option `--by`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from cost_allocation.analysis.report import kept_dimensions
from cost_allocation.rules.model import Rules
from taggov.costs.exit_codes import exit_on_error
from taggov.terminal import exit_with_error

Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="COLUMN", help="Group by month, day, team, owner, project, pool, service, ...; may be repeated."
    ),
]


def chosen_columns(given: Sequence[str] | None, default: Sequence[str]) -> tuple[str, ...]:
    """Parse the columns. One option may have several: `--by team,month`."""
    named = [part.strip() for text in given or () for part in text.split(",") if part.strip()]
    with exit_on_error():
        for column in named:
            kept_dimensions(Rules(), (column,))
    if given and not named:
        exit_with_error("--by names no column")
    return tuple(dict.fromkeys(named)) or tuple(default)
