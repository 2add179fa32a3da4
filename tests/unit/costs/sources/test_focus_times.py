"""The time when a charge began is in UTC, however the file writes it and wherever the program runs."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from cost_allocation.query import CostQuery, Granularity
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

DAYS = CostQuery("BilledCost", None, None, Granularity.DAY)


def days(path: Path) -> list[date]:
    return [row.period for row in FocusFiles([str(path)]).fetch(DAYS).rows]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-05-10T00:00:00Z", 10),
        ("2026-05-10T23:59:59.999999Z", 10),
        ("2026-05-10T23:59:59.1234567Z", 10),
        ("2026-05-10 12:00:00", 10),
        ("2026-05-10T00:00Z", 10),
        ("2026-05-10", 10),
        ("2026-05-10T00:30:00+02:00", 9),
        ("2026-05-10T23:30:00-0500", 11),
        ("2026-05-10 00:00:00.000 UTC", 10),
    ],
)
def test_texts_are_read_as_utc(tmp_path: Path, written: str, day: int) -> None:
    row = charge("1", ChargePeriodStart=written)
    assert days(write_focus(tmp_path / "x.csv", row)) == [date(2026, 5, day)]
    assert days(write_parquet(tmp_path / "x.parquet", row, ChargePeriodStart="varchar")) == [date(2026, 5, day)]


@pytest.mark.parametrize("declared", ["timestamp", "timestamp_ns", "timestamp_ms", "date", "timestamptz"])
def test_types_of_parquet_are_read_as_utc(tmp_path: Path, declared: str) -> None:
    row = charge("1", ChargePeriodStart="2026-05-10")
    assert days(write_parquet(tmp_path / "x.parquet", row, ChargePeriodStart=declared)) == [date(2026, 5, 10)]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_time_zone_of_the_machine_changes_nothing(tmp_path: Path, zone: str) -> None:
    rows = [charge("1", ChargePeriodStart=its) for its in ("2026-05-10 00:00:00", "2026-05-10T23:59:59Z")]
    write_focus(tmp_path / "x.csv", *rows)
    write_parquet(tmp_path / "x.parquet", *rows)
    write_parquet(tmp_path / "zoned.parquet", rows[0], ChargePeriodStart="timestamptz")
    program = (
        "import sys; from cost_allocation.query import CostQuery, Granularity\n"
        "from taggov.costs.sources.focus.files import FocusFiles\n"
        "table = FocusFiles([sys.argv[1]]).fetch(CostQuery('BilledCost', None, None, Granularity.DAY))\n"
        "print([(str(row.period), row.rows) for row in table.rows])"
    )
    environment = {"TZ": zone, "PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path)}
    run = [sys.executable, "-c", program, str(tmp_path)]
    result = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[('2026-05-10', 5)]"


@pytest.mark.parametrize(
    "written",
    [
        "10/05/2026",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "",
        "NULL",
        "99999-12-31T00:00:00Z",
        "9999-12-31",
        "2100-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "0044-03-15 (BC)",
        "2026-05-01 (BC)",
        "infinity",
        "-infinity",
        "epoch",
        "now",
        "1778371200000000000",
    ],
)
def test_what_is_no_time_is_refused_with_its_line(tmp_path: Path, written: str) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"), charge("1", ChargePeriodStart=written))
    with pytest.raises(SourceError) as refused:
        FocusFiles([str(path)]).fetch(CostQuery("BilledCost", date(2026, 5, 1), date(2026, 6, 1)))
    its = "empty" if written in {"", "NULL"} else repr(written)
    expected = f"{path}, line 3: ChargePeriodStart is {its}, expected a time like 2026-05-01T00:00:00Z, in 2000 to 2099"
    assert str(refused.value) == expected


def test_an_absent_time_in_parquet_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("1"), charge("1", ChargePeriodStart=""))
    with pytest.raises(SourceError, match=r"x\.parquet: ChargePeriodStart is empty"):
        FocusFiles([str(path)]).fetch(CostQuery("BilledCost", date(2026, 5, 1), date(2026, 6, 1)))
