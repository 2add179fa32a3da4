"""Small bills allocated by the real engine, for tests of reports and exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from cost_allocation import query
from cost_allocation.analysis.report import Report, allocated_report, kept_dimensions
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import Allocation, CostRow, CostTable
from cost_allocation.rules.document import read_rules

TAGS = tuple(query.tag(key) for key in ("project", "team", "environment", "customer"))
DIMENSIONS = (*query.FIELDS, *TAGS)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)

RULES = read_rules(
    {
        "projects": {"web": "dev", "api": "ops"},
        "teams": {"dev": "ana@example.com", "ops": "bo@example.com"},
        "shared": {"network": {"split": "even", "to": ["dev", "ops"]}},
        "filters": {"services": {"exclude": ["Support"]}},
    }
)


def charge(cost: str, project: str | None = None, period: date = MAY, currency: str = "USD", **values: str) -> CostRow:
    """A row of a bill. `values` are by field, or by tag key."""
    known: dict[str, str | None] = {
        "service": "Amazon EC2",
        "account": "111122223333",
        "region": "eu-west-1",
        "charge_category": "Usage",
        "provider": "AWS",
        "project": project,
        **values,
    }
    by_dimension = [known.get(query.tag_key(dimension) or dimension) for dimension in DIMENSIONS]
    return CostRow(period, currency, tuple(by_dimension), Decimal(cost), 1)


def bill(*charges: CostRow, metric: str = "BilledCost", warnings: tuple[str, ...] = ()) -> CostTable:
    """A bill of charges; June is estimated."""
    return CostTable(DIMENSIONS, charges, metric, "bill.csv", frozenset({JUNE}), warnings)


def reported(table: CostTable, *columns: str) -> Report:
    """The bill's report by columns."""
    return allocated_report(table, RULES, columns)[1]


def allocated(table: CostTable, columns: Sequence[str] = (*query.FIELDS, "environment", "customer")) -> Allocation:
    """The bill, allocated at the grain of the columns."""
    return allocate(table, RULES, kept_dimensions(RULES, columns))


def two_currencies() -> CostTable:
    """Two months of direct, shared, excluded, unknown and negative costs, and a few in yen."""
    return bill(
        charge("100", "web", environment="prod", customer="acme"),
        charge("0.005", "api"),
        charge("33.335", "network"),
        charge("9.99", "web", service="Support"),
        charge("70.123456789012", "api", JUNE, region="us-east-1"),
        charge("-2.61", None, JUNE, charge_category="Credit"),
        charge("1500", "web", JUNE, "JPY", provider="Google Cloud"),
        charge("10.5", "network", JUNE, "JPY"),
        warnings=("tag team is not activated",),
    )
