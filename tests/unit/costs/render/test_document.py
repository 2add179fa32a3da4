"""A report as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from taggov.costs.render.report_document import report_document, write_json
from tests.support.allocated import bill, charge, reported, two_currencies


def allocation(team: str, project: str | None, direct: str, shared: str, cost: str) -> dict[str, str | None]:
    amounts = {"direct_cost": direct, "shared_cost": shared, "cost": cost}
    return {"team": team, "project": project, "currency": "USD", **amounts}


def test_every_amount_is_an_exact_decimal_text() -> None:
    table = bill(charge("0.10"), charge("0.2000000000000001", "web"), charge("-1E-7", "network"))

    document = report_document(reported(table, "team", "project"))

    assert document["totals"] == [
        {
            "currency": "USD",
            "input": "0.2999999000000001",
            "excluded": "0",
            "output": "0.2999999000000001",
            "unknown": "0.1",
            "rows": 3,
        }
    ]
    assert document["allocations"] == [
        allocation("dev", "web", "0.2000000000000001", "0", "0.2000000000000001"),
        allocation("unknown", None, "0.1", "0", "0.1"),
        allocation("dev", None, "0", "-0.00000005", "-0.00000005"),
        allocation("ops", None, "0", "-0.00000005", "-0.00000005"),
    ]


def test_the_file_says_where_the_numbers_come_from(tmp_path: Path) -> None:
    write_json(reported(two_currencies(), "month", "team"), tmp_path / "report.json")

    document = json.loads((tmp_path / "report.json").read_text())

    assert [total["currency"] for total in document["totals"]] == ["JPY", "USD"]
    assert document["metric"] == "BilledCost"
    assert document["source"] == "bill.csv"
    assert document["columns"] == ["month", "team"]
    assert document["estimated"] == ["2026-06"]
    assert document["warnings"] == ["tag team is not activated"]


def test_a_report_of_nothing_is_a_document_too() -> None:
    document = report_document(reported(bill(), "team"))

    assert document["totals"] == document["allocations"] == []
