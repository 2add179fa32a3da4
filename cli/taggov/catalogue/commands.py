"""The commands of `taggov catalogue`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.events.event import MalformedEvent
from taggov.catalogue.difference import NotACatalogue, differences, read_catalogue
from taggov.catalogue.entries import Entry, read_entries
from taggov.catalogue.events import Item, NotJson, read_events, resources
from taggov.catalogue.tables import changes, details, overview
from taggov.terminal import ExitCode, console, exit_for_unknown_name, exit_with_error, print_notice

app = typer.Typer(
    help="Search the catalogue of resource types, and resolve events with it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_STANDARD_INPUT = "-"
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_types(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATTERN]...", help="Services or types: rds, 'ec2:*', s3:bucket. All when left out."),
    ] = None,
    event: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what this event creates: CreateDBInstance.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List resource types with the events that create them, and the support by each layer."""
    entries = read_entries()
    chosen = _of_patterns(entries.types, patterns or [])
    if event is not None:
        chosen = _of_event(entries.types, chosen, event)
    if as_json:
        typer.echo(json.dumps(entries.document(chosen), indent=2))
    else:
        terminal = console()
        terminal.print(overview(chosen, terminal.width))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A resource type: rds:db.")],
    as_json: Json = False,
) -> None:
    """Show the catalogue entry of one resource type."""
    types = read_entries().types
    entry = next((entry for entry in types if entry.type.casefold() == name.casefold()), None)
    if entry is None:
        exit_for_unknown_name("resource type", name, _type_names(types))
    if as_json:
        typer.echo(json.dumps(entry.document, indent=2))
    else:
        console().print(details(entry))


@app.command("resolve")
def resolve_events(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Events as JSON; - is standard input.")],
) -> None:
    """Print a JSON line for each resource in events.

    FILE holds EventBridge events or CloudTrail records: one JSON object, a JSON array or JSON lines. Events that
    cannot be resolved, or that name a resource in another account, are reported on standard error; the others are
    printed, and the exit code is 1.
    """
    catalogue = load_catalogue()
    code = ExitCode.OK
    for item in _events(file):
        try:
            for resource in resources(item, catalogue):
                typer.echo(json.dumps(resource))
        except MalformedEvent as error:
            print_notice(f"{item.position}: {error}")
            code = ExitCode.INCOMPLETE
    raise typer.Exit(code)


@app.command("diff")
def diff_catalogues(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A catalogue.json.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another one.")],
    as_json: Json = False,
) -> None:
    """Show the differences between two catalogues: types, creating events, and tagging.

    Exits with 0 if they are equal, and with 1 if they differ.
    """
    try:
        before, after = read_catalogue(old), read_catalogue(new)
    except NotACatalogue as error:
        exit_with_error(str(error))
    found = list(differences(before, after))
    if as_json:
        head = {"version": 1, "old": before.get("generated_from"), "new": after.get("generated_from")}
        typer.echo(json.dumps({**head, "differences": [one.document for one in found]}, indent=2))
    elif found:
        console().print(changes(found))
    raise typer.Exit(ExitCode.FOUND if found else ExitCode.OK)


def _of_patterns(types: Sequence[Entry], patterns: Sequence[str]) -> list[Entry]:
    """Select the types that match any pattern. A pattern without matches is an error."""
    for pattern in patterns:
        if not any(entry.matches(pattern) for entry in types):
            if ":" in pattern:
                exit_for_unknown_name("resource type", pattern, _type_names(types))
            exit_for_unknown_name(
                "service", pattern, _type_names(types) | {entry.service: entry.service for entry in types}
            )
    return [entry for entry in types if not patterns or any(entry.matches(pattern) for pattern in patterns)]


def _of_event(types: Sequence[Entry], chosen: Sequence[Entry], event: str) -> list[Entry]:
    """Select the chosen types that an event creates. It is an error if there are none."""
    created = [entry for entry in types if entry.created_by(event)]
    if not created:
        exit_for_unknown_name("event", event, {name: name for entry in types for name in entry.events})
    selected = [entry for entry in created if entry in chosen]
    if not selected:
        exit_with_error(f"{event} creates {', '.join(entry.type for entry in created)}, which the patterns leave out")
    return selected


def _type_names(types: Sequence[Entry]) -> dict[str, str]:
    """Map short names to type names. If several types have the same short name (`bucket`), use the shortest type."""
    names = sorted((entry.type for entry in types), key=len, reverse=True)
    return {name.partition(":")[2]: name for name in names} | {name: name for name in names}


def _events(file: str) -> list[Item]:
    try:
        data = sys.stdin.buffer.read() if file == _STANDARD_INPUT else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        exit_with_error(f"{file}: {getattr(error, 'strerror', None) or error}")
    try:
        return read_events(data)
    except NotJson as error:
        exit_with_error(f"{'standard input' if file == _STANDARD_INPUT else file} is not JSON: {error}")
