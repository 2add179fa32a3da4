"""CloudZero's Common Bill Format."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from cost_allocation.model import Allocation
from cost_allocation.query import Granularity
from taggov.costs.exports import cbf
from taggov.costs.reports.atomic import OutputError
from tests.support.allocated import JUNE, RULES, allocated, bill, charge


def write(allocation: Allocation, path: Path) -> list[dict[str, str]]:
    cbf.write_cbf(allocation, RULES, Granularity.MONTH, path)
    lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines))


def test_a_row_says_what_and_whose_it_is(tmp_path: Path) -> None:
    table = bill(charge("12.50", "web", environment="prod", customer="acme"))

    (row,) = write(allocated(table), tmp_path / "cbf.csv")

    kind, _, name = row.pop("resource/id").partition("/")
    assert kind == "allocation"
    assert len(name) == 32
    assert row == {
        "lineitem/type": "Usage",
        "lineitem/description": "",
        "lineitem/cloud_provider": "AWS",
        "time/usage_start": "2026-05-01T00:00:00Z",
        "time/usage_end": "2026-06-01T00:00:00Z",
        "resource/service": "Amazon EC2",
        "resource/account": "111122223333",
        "resource/region": "eu-west-1",
        "resource/tag:team": "dev",
        "resource/tag:owner": "ana@example.com",
        "resource/tag:project": "web",
        "resource/tag:pool": "",
        "resource/tag:environment": "prod",
        "resource/tag:customer": "acme",
        "cost/cost": "12.5",
    }


def test_a_resource_has_one_value_for_each_tag_in_every_file(tmp_path: Path) -> None:
    same = charge("1", "web", environment="prod"), charge("2", "web", environment="prod", charge_category="Tax")
    other = charge("1", "web", environment="test"), charge("1", "network", environment="prod")

    may = write(allocated(bill(*same, *other)), tmp_path / "may.csv")
    june = write(allocated(bill(charge("9", "web", JUNE, environment="prod"))), tmp_path / "june.csv")

    tags_by_resource: dict[str, set[tuple[str, ...]]] = {}
    for row in (*may, *june):
        tags = tuple(value for name, value in row.items() if name.startswith("resource/tag:"))
        tags_by_resource.setdefault(row["resource/id"], set()).add(tags)
    assert all(len(tags) == 1 for tags in tags_by_resource.values())
    assert len(tags_by_resource) == 4
    assert june[0]["resource/id"] in {row["resource/id"] for row in may}


@pytest.mark.parametrize(
    ("category", "kind"),
    [("Usage", "Usage"), ("Tax", "Tax"), ("Credit", "Credit"), ("Adjustment", "Adjustment"), ("Purchase", "Purchase")],
)
def test_charge_categories_are_types_of_line_items(tmp_path: Path, category: str, kind: str) -> None:
    (row,) = write(allocated(bill(charge("-1", charge_category=category))), tmp_path / "cbf.csv")

    assert (row["lineitem/type"], row["cost/cost"]) == (kind, "-1")


def test_the_rows_add_up(tmp_path: Path) -> None:
    allocation = allocated(bill(charge("0.01", "network"), charge("-7.3", "web"), charge("5", service="Support")))

    rows = write(allocation, tmp_path / "cbf.csv")

    assert sum(Decimal(row["cost/cost"]) for row in rows) == allocation.totals["USD"].output == Decimal("-7.29")


def test_two_currencies_are_refused(tmp_path: Path) -> None:
    allocation = allocated(bill(charge("1"), charge("1", currency="EUR")))

    with pytest.raises(OutputError, match=r"the costs are in EUR, USD; choose one with --currency$"):
        write(allocation, tmp_path / "cbf.csv")

    assert not list(tmp_path.iterdir())


def test_two_months_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds one month, and the costs are of 2026-05 to 2026-06"):
        write(allocated(bill(charge("1"), charge("1", period=JUNE))), tmp_path / "cbf.csv")


def test_more_rows_than_cloudzero_takes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbf, "MOST_ROWS", 1)

    with pytest.raises(OutputError, match="holds 1 rows, and there are 2"):
        write(allocated(bill(charge("1", "web"), charge("1", "api"))), tmp_path / "cbf.csv")


def test_gz_is_what_a_file_drop_wants(tmp_path: Path) -> None:
    cbf.write_cbf(allocated(bill(charge("1"))), RULES, Granularity.DAY, tmp_path / "cbf.csv.gz")

    assert gzip.decompress((tmp_path / "cbf.csv.gz").read_bytes()).decode().startswith("lineitem/type,")
