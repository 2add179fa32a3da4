"""Coverage of real bills: the public FOCUS sample, where it is present."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from cost_allocation.analysis.coverage import Coverage, coverage
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CHARGE_CATEGORY, tag
from tests.support.costs import MAY, rules
from tests.support.focus import real_sample


@pytest.fixture
def found() -> dict[str, Coverage]:
    """Coverage of the AWS rows, if every application has a team."""
    sample = real_sample()
    rows = list(aws_rows(sample))
    applications = sorted({row.values[0] for row in rows if row.values[0] is not None})
    given = rules(tag_keys={"project": ["application"]}, projects=dict.fromkeys(applications, "somebody"))
    table = CostTable((tag("application"), tag("team"), CHARGE_CATEGORY), rows, "BilledCost", sample.name)
    return {one.of: one for one in coverage(allocate(table, given))}


def aws_rows(sample: Path) -> Iterator[CostRow]:
    with sample.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["ProviderName"] == "AWS":
                tags = {} if row["Tags"] == "NULL" else json.loads(row["Tags"])
                values = (tags.get("application") or None, None, row["ChargeCategory"])
                yield CostRow(MAY, row["BillingCurrency"], values, Decimal(row["BilledCost"]), 1)


def test_the_plain_ratio_says_more_than_everything_is_tagged(found: dict[str, Coverage]) -> None:
    net = found["net"]

    assert (net.allocated, net.total) == (Decimal("19.70898831760"), Decimal("18.00663861840"))
    assert net.ratio is not None
    assert f"{float(net.ratio):.1%}" == "109.5%"


def test_gross_says_how_much_is_tagged(found: dict[str, Coverage]) -> None:
    gross = found["gross"]

    assert gross.ratio == Fraction("19.70898831760") / Fraction("20.62033861840")
    assert f"{float(gross.ratio):.1%}" == "95.6%"


def test_the_credit_stands_by_itself(found: dict[str, Coverage]) -> None:
    credit = found["Credit"]

    assert (credit.allocated, credit.total, credit.ratio) == (Decimal(0), Decimal("-2.61370000000"), None)
