"""Tables of the demonstration: resources before and after, notices, AWS calls, checks."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.demo.checks import Checks
from tools.demo.console import show_check
from tools.demo.scenario import Ending
from tools.demo.stage import Resource
from tools.demo.steps import Outcome


def show(outcome: Outcome, checks: Checks, console: Console) -> None:
    """Print all tables."""
    for table in (_resources(outcome), _notices(outcome), _calls(outcome)):
        console.print()
        console.print(table)
    console.print()
    console.print(_compliance(outcome))
    console.print()
    for check in checks.results:
        show_check(check, console)


def compliance(outcome: Outcome) -> tuple[float, float]:
    """Return the compliance in percent of the governed resources, at creation and now."""
    governed = [r for r in outcome.resources if r.case.ending is not Ending.EXEMPT]
    return (
        100 * sum(r.was_compliant for r in governed) / len(governed),
        100 * sum(r.is_compliant for r in governed) / len(governed),
    )


def _resources(outcome: Outcome) -> Table:
    table = Table(title="Resources before and after", box=box.SIMPLE_HEAD, show_lines=False, padding=(0, 2, 1, 0))
    for heading in ("resource", "tags before", "tags after", "end"):
        table.add_column(heading, overflow="fold")
    for resource in outcome.resources:
        ended = resource.after == resource.case.after
        end = Text(resource.case.ending.value if ended else "NOT AS EXPECTED", style="green" if ended else "bold red")
        table.add_row(
            _name(resource),
            _tags(resource.before, {}),
            _tags(resource.after, resource.before),
            end,
        )
    return table


def _name(resource: Resource) -> Text:
    _, _, service, _, _, name = resource.arn.split(":", 5)
    account = resource.case.account.name.lower()
    return Text.assemble(
        (resource.case.title, "bold"), f"\n{service} {name}\n", (f"{account} account, {resource.case.region}", "dim")
    )


def _tags(tags: Mapping[str, str], known: Mapping[str, str]) -> Text:
    """Format tags, one per line. New and changed ones are bold."""
    text = Text()
    for key, value in sorted(tags.items()):
        changed = bool(known) and known.get(key) != value
        text.append(f"{key}={value}\n", style="bold" if changed else "")
    text.rstrip()
    return text


def _notices(outcome: Outcome) -> Table:
    table = Table(title="Notices", box=box.SIMPLE_HEAD)
    for heading in ("owner", "kind", "accounts", "subject"):
        table.add_column(heading, overflow="fold")
    for notice in outcome.notices:
        table.add_row(
            notice.owner,
            ", ".join(json.loads(notice.attributes["kind"])),
            ", ".join(json.loads(notice.attributes["account"])),
            Text(notice.subject),
        )
    return table


def _calls(outcome: Outcome) -> Table:
    table = Table(title=f"AWS calls that the function made for {outcome.events} events", box=box.SIMPLE_HEAD)
    table.add_column("service and operation")
    table.add_column("calls", justify="right")
    for name, count in outcome.calls.most_common():
        table.add_row(name, str(count))
    table.add_row("[bold]all[/]", f"[bold]{outcome.calls.total()}[/]")
    return table


def _compliance(outcome: Outcome) -> Text:
    before, after = compliance(outcome)
    return Text(f"Compliance: {before:.0f} % when the resources were made, {after:.0f} % now", style="bold")


def describe(resource: Resource) -> str:
    """Describe one resource for an error message."""
    return f"{resource.case.title}: {resource.arn} has {resource.after}, expected {dict(resource.case.after)}"
