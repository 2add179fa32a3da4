"""A report as a JSON document."""

from __future__ import annotations

import json
from pathlib import Path

from cost_allocation.analysis.report import Report
from cost_allocation.exact import text
from taggov.costs.render.labels import AMOUNTS
from taggov.costs.reports.atomic import whole_file


def report_document(report: Report) -> dict[str, object]:
    """Build the document of a report. Amounts are exact decimal texts; `totals` has an object for each currency."""
    return {
        "metric": report.metric,
        "source": report.source,
        "columns": list(report.columns),
        "estimated": list(report.estimated),
        "warnings": list(report.warnings),
        "totals": [
            {
                "currency": total.currency,
                "input": text(total.input),
                "excluded": text(total.excluded),
                "output": text(total.output),
                "unknown": text(total.unknown),
                "rows": total.rows,
            }
            for total in report.totals.values()
        ],
        "allocations": [
            dict(zip(report.columns, row.values, strict=True))
            | {"currency": row.currency}
            | dict(zip(AMOUNTS, map(text, (row.direct, row.shared, row.cost)), strict=True))
            for row in report.rows
        ],
    }


def write_json(report: Report, path: Path) -> None:
    """Write the document of a report.

    Raises:
        OutputError: the file cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(report_document(report), indent=2) + "\n", encoding="utf-8")
