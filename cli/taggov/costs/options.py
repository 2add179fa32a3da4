"""Options shared by all cost commands: source, period, rules."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@dataclass(frozen=True, slots=True)
class Options:
    """Values of the shared options."""

    focus: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="FOCUS files: a file, folder, glob or s3:// address; may be repeated."),
    ] = None
    athena: Annotated[str | None, typer.Option(metavar="DATABASE.TABLE", help="A FOCUS export in Athena.")] = None
    athena_output: Annotated[
        str | None,
        typer.Option(metavar="S3_URI", help="Where Athena writes results; defaults to that of the workgroup."),
    ] = None
    athena_workgroup: Annotated[str, typer.Option(metavar="NAME", help="The workgroup that runs the queries.")] = (
        "primary"
    )
    sample: Annotated[
        bool, typer.Option("--sample", help="Built-in sample data of a fictional company, with its rules.")
    ] = False
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="The AWS profile.")] = None
    rules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Allocation rules; defaults to allocation_rules.yaml in this folder."),
    ] = None
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Business metrics: a CSV with month, metric, team, value.")
    ] = None
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="One month.")] = None
    start: Annotated[str | None, typer.Option(metavar="DAY", help="First day, YYYY-MM-DD or YYYY-MM.")] = None
    end: Annotated[str | None, typer.Option(metavar="DAY", help="First day after the period.")] = None
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="The cost metric, such as BilledCost.")] = None
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="DIMENSION=VALUE", help="Only these costs: service=AmazonEC2, tag:env=prod, tag:env=."),
    ] = None
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Only costs in this currency.")] = None
    max_cost: Annotated[str | None, typer.Option(metavar="USD", help="Price limit for requests to Cost Explorer.")] = (
        None
    )
    cache: Annotated[
        str | None, typer.Option(metavar="URL", help="redis://HOST:PORT/DB instead of the cache folder of the user.")
    ] = None
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a rule matches nothing in these costs.")
    ] = False
    refresh: Annotated[bool, typer.Option("--refresh", help="Ignore the cache, and query again.")] = False


F = TypeVar("F", bound=Callable[..., Any])


def with_options(command: F) -> F:
    """Add the shared options to a command, which gets them as its argument `options`."""
    hints = get_type_hints(command, include_extras=True)
    shared = get_type_hints(Options, include_extras=True)
    names = [one.name for one in fields(Options)]
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "options"]
    parameters = [one.replace(annotation=hints[one.name]) for one in own] + [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.default is MISSING else one.default,
            annotation=shared[one.name],
        )
        for one in fields(Options)
    ]

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        return command(*args, options=Options(**{name: kwargs.pop(name) for name in names}), **kwargs)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run  # type: ignore[return-value]  # the same command, called by Typer only
