"""The second half of the product: whose costs they are."""

from __future__ import annotations

from datetime import date

from cost_allocation.metric_values import by_team
from cost_allocation.report import OWNER, TEAM, Report, allocated_report, allocation_query
from taggov.costs.rules_file import read_rules_text
from taggov.costs.sample.builtin import sample_file
from taggov.costs.sample.documents import metrics_csv, rules_yaml
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.study import read_metrics

COLUMNS = (TEAM, OWNER)
START, END = date(2026, 10, 1), date(2026, 11, 1)


def allocate_sample() -> Report:
    """A month of the made-up company: several clouds and currencies, gaps and typos in tags, seven shared pools."""
    rules = read_rules_text(rules_yaml(), "the rules of the sample")
    table = FocusFiles([str(sample_file())]).fetch(allocation_query(rules, COLUMNS, "BilledCost", START, END))
    _, report = allocated_report(
        table, rules, COLUMNS, by_team(read_metrics(metrics_csv(), "the metrics of the sample"))
    )
    return report
