"""The commands of `taggov costs`."""

from __future__ import annotations

import typer

from taggov.costs.commands import checks, exports, reporting, rules, totals, trace

app = typer.Typer(
    help="Query costs, allocate them to teams, and check the result.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("total")(totals.total)
app.command("by-tag")(totals.by_tag)
app.command("report")(reporting.report)
app.command("kpis")(reporting.kpis)
app.command("coverage")(reporting.coverage)
app.command("trace")(trace.trace)
app.command("reconcile")(checks.reconcile)
app.command("export")(exports.export)
app.command("serve-metrics")(exports.serve_metrics)
app.command("dashboard")(exports.dashboard)
app.command("sample")(exports.sample)
app.add_typer(rules.app, name="rules")
