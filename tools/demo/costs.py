"""Cost allocation in the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from cost_allocation.analysis.report import OWNER, TEAM, Report, allocated_report, allocation_query
from cost_allocation.engine.metric_values import by_team
from cost_allocation.model import UNKNOWN
from taggov.costs.allocation_run import read_metrics
from taggov.costs.rules.file import read_rules_text
from taggov.costs.sample.builtin import sample_file
from taggov.costs.sample.documents import metrics_csv, rules_yaml
from taggov.costs.sources.focus.files import FocusFiles
from tools.demo.checks import Checks

COLUMNS = (TEAM, OWNER)
START, END = date(2026, 10, 1), date(2026, 11, 1)

EXPECTED_AMOUNTS: Mapping[str, Mapping[str, Decimal]] = MappingProxyType(
    {
        "USD": {
            "discovery": Decimal("178493.77"),
            "shop": Decimal("170667.85"),
            "payments": Decimal("60444.50"),
            "platform": Decimal("54325.27"),
            "data-science": Decimal("50230.55"),
            "logistics": Decimal("49661.62"),
            "mobile": Decimal("38022.73"),
            "partners": Decimal("32152.85"),
            "finance-systems": Decimal("25302.38"),
            "unknown": Decimal("23726.00"),
            "marketing": Decimal("23619.99"),
            "identity": Decimal("19245.12"),
            "customer-care": Decimal("3839.29"),
        },
        "EUR": {
            "identity": Decimal("23341.53"),
            "customer-care": Decimal("15749.02"),
            "unknown": Decimal("9399.80"),
            "finance-systems": Decimal("6362.05"),
            "platform": Decimal("1366.24"),
            "shop": Decimal("1112.75"),
            "discovery": Decimal("924.30"),
            "payments": Decimal("861.48"),
            "logistics": Decimal("144.43"),
            "mobile": Decimal("144.43"),
            "partners": Decimal("144.43"),
            "data-science": Decimal("66.80"),
            "marketing": Decimal("66.80"),
        },
    }
)
"""Expected amounts of that month by currency and team. They change only with the sample and its rules."""

_CENT = Decimal("0.01")


def allocate_sample() -> Report:
    """Allocate a month of the sample company: several clouds and currencies, missing and misspelt tags, seven shared
    pools."""
    rules = read_rules_text(rules_yaml(), "the rules of the sample")
    table = FocusFiles([str(sample_file())]).fetch(allocation_query(rules, COLUMNS, "BilledCost", START, END))
    _, report = allocated_report(
        table, rules, COLUMNS, by_team(read_metrics(metrics_csv(), "the metrics of the sample"))
    )
    return report


def judge(report: Report, checks: Checks) -> None:
    """Check that all amounts add up, and that each team has the expected amount."""
    for total in report.totals.values():
        equal = total.input == total.output + total.excluded
        checks.expect(f"every {total.currency} of the bill is allocated, unknown or excluded, none twice", equal, total)
    for currency, known in EXPECTED_AMOUNTS.items():
        found = {row.values[0] or UNKNOWN: row.cost.quantize(_CENT) for row in report.rows if row.currency == currency}
        wrong = {
            team: f"{found.get(team)}, not {known.get(team)}"
            for team in dict.fromkeys((*known, *found))
            if found.get(team) != known.get(team)
        }
        checks.expect(f"each team has the amount in {currency} that is known of it", not wrong, wrong)
