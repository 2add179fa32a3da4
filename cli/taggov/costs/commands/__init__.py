"""The commands of `taggov costs`: one module for each kind of question."""

from __future__ import annotations

import typer

from taggov.costs.commands import allocated, checks, exports, rules, totals, trace

app = typer.Typer(
    help="What things cost, whom the cost belongs to, and how sure that is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("total")(totals.total)
app.command("by-tag")(totals.by_tag)
app.command("report")(allocated.report)
app.command("kpis")(allocated.kpis)
app.command("coverage")(allocated.coverage)
app.command("trace")(trace.trace)
app.command("reconcile")(checks.reconcile)
app.command("export")(exports.export)
app.command("serve-metrics")(exports.serve_metrics)
app.command("dashboard")(exports.dashboard)
app.command("sample")(exports.sample)
app.add_typer(rules.app, name="rules")
