"""Allocated rows in the shape of FOCUS."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cost_allocation.query import Granularity
from taggov.costs.exports.focus import COLUMNS, write_focus
from taggov.costs.reports.atomic import OutputError
from tests.support.allocated import RULES, allocated, bill, charge, two_currencies

DOCUMENTATION = Path(__file__).parents[4] / "docs/COST-ALLOCATION.md"

MANDATORY = {
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd"),
    *("ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity"),
    *("PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
}
"""Mandatory columns of FOCUS 1.2, by their feature level."""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_mandatory_column_is_there_and_ours_come_last_with_their_prefix() -> None:
    assert set(COLUMNS) >= MANDATORY
    ours = [column for column in COLUMNS if column.startswith("x_")]
    assert list(COLUMNS[-len(ours) :]) == ours == sorted(ours)


def test_a_row_says_what_the_sums_still_know(tmp_path: Path) -> None:
    table = bill(charge("12.50", "web", environment="prod", customer="acme", charge_category="Purchase"))

    write_focus([allocated(table)], RULES, Granularity.MONTH, tmp_path / "focus.csv")

    (row,) = read(tmp_path / "focus.csv")
    assert {column: value for column, value in row.items() if value} == {
        "BilledCost": "12.5",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-05-01T00:00:00Z",
        "BillingPeriodEnd": "2026-06-01T00:00:00Z",
        "ChargePeriodStart": "2026-05-01T00:00:00Z",
        "ChargePeriodEnd": "2026-06-01T00:00:00Z",
        "ChargeCategory": "Purchase",
        "ChargeDescription": "Direct costs of dev",
        "ProviderName": "AWS",
        "RegionId": "eu-west-1",
        "ServiceName": "Amazon EC2",
        "SubAccountId": "111122223333",
        "Tags": '{"environment": "prod", "customer": "acme"}',
        "x_Customer": "acme",
        "x_Environment": "prod",
        "x_Owner": "ana@example.com",
        "x_Project": "web",
        "x_Team": "dev",
    }


def test_what_no_source_but_focus_has_is_what_the_documentation_lists(tmp_path: Path) -> None:
    table = bill(charge("12.50", "web", environment="prod", customer="acme", charge_category="Purchase"))

    write_focus([allocated(table)], RULES, Granularity.MONTH, tmp_path / "focus.csv")

    (row,) = read(tmp_path / "focus.csv")
    # These may be null in FOCUS 1.2, so no rule fails for them.
    nullable = {"ChargeClass", "PricingQuantity", "PricingUnit", "BillingAccountName"}
    lost = {column for column in MANDATORY - nullable if not row[column]}
    documented = re.findall(r"^\| (.+?) \| .*not be null", DOCUMENTATION.read_text("utf-8"), re.MULTILINE)
    assert lost == {column for cell in documented for column in re.findall("`([A-Za-z]+)`", cell)}


def test_a_share_says_of_which_pool(tmp_path: Path) -> None:
    write_focus([allocated(bill(charge("3", "network")))], RULES, Granularity.MONTH, tmp_path / "focus.csv")

    rows = read(tmp_path / "focus.csv")
    assert [(row["x_Pool"], row["ChargeDescription"], row["BilledCost"]) for row in rows] == [
        ("network", "Share of dev in network", "1.5"),
        ("network", "Share of ops in network", "1.5"),
    ]


def test_a_day_is_a_charge_period_of_its_month(tmp_path: Path) -> None:
    table = bill(charge("1", "web", date(2026, 12, 30)))

    write_focus([allocated(table)], RULES, Granularity.DAY, tmp_path / "focus.csv")

    (row,) = read(tmp_path / "focus.csv")
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == ("2026-12-30T00:00:00Z", "2026-12-31T00:00:00Z")
    assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("metric", "column"),
    [("ListCost", "ListCost"), ("UnblendedCost", "BilledCost"), ("NetAmortizedCost", "EffectiveCost")],
)
def test_the_metric_decides_which_cost_is_known(tmp_path: Path, metric: str, column: str) -> None:
    write_focus([allocated(bill(charge("2"), metric=metric))], RULES, Granularity.MONTH, tmp_path / "focus.csv")

    (row,) = read(tmp_path / "focus.csv")
    assert {name for name in row if name.endswith("Cost") and row[name]} == {column}


def test_a_metric_without_a_column_is_refused(tmp_path: Path) -> None:
    allocation = allocated(bill(charge("2"), metric="BlendedCost"))

    with pytest.raises(OutputError, match=r'^metric "BlendedCost" has no column in FOCUS; allowed are BilledCost, '):
        write_focus([allocation], RULES, Granularity.MONTH, tmp_path / "focus.csv")

    assert not list(tmp_path.iterdir())


def test_parquet_has_decimals_and_times_and_adds_up(tmp_path: Path) -> None:
    allocation = allocated(two_currencies())

    write_focus([allocation], RULES, Granularity.MONTH, tmp_path / "focus.parquet")

    read_back = duckdb.read_parquet(str(tmp_path / "focus.parquet"))
    types = dict(zip(read_back.columns, map(str, read_back.types), strict=True))
    assert tuple(read_back.columns) == COLUMNS
    assert types["BilledCost"] == types["ListCost"] == "DECIMAL(38,18)"
    assert types["ChargePeriodStart"] == "TIMESTAMP"
    sums = dict(read_back.aggregate("BillingCurrency, sum(BilledCost)").fetchall())
    assert sums == {currency: total.output for currency, total in allocation.totals.items()}
    assert read_back.aggregate("min(ChargePeriodStart)").fetchall() == [(datetime(2026, 5, 1),)]


def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    allocation = allocated(two_currencies())

    write_focus([allocation], RULES, Granularity.MONTH, tmp_path / "focus.csv")
    write_focus([allocation], RULES, Granularity.MONTH, tmp_path / "focus.parquet")

    listed = duckdb.read_parquet(str(tmp_path / "focus.parquet"))
    both = zip(read(tmp_path / "focus.csv"), listed.fetchall(), strict=True)
    for row, values in both:
        named = dict(zip(listed.columns, values, strict=True))
        assert Decimal(row["BilledCost"]) == named["BilledCost"]
        assert json.loads(row["Tags"] or "null") == json.loads(named["Tags"] or "null")
        assert (row["x_Team"], row["ServiceName"]) == (named["x_Team"], named["ServiceName"])


def test_what_was_not_kept_is_null(tmp_path: Path) -> None:
    write_focus([allocated(bill(charge("1", "web")), ())], RULES, Granularity.MONTH, tmp_path / "focus.csv")

    (row,) = read(tmp_path / "focus.csv")
    assert not any(row[column] for column in ("ServiceName", "SubAccountId", "RegionId", "ProviderName", "Tags"))
