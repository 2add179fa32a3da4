"""The files that are written, whatever the company: how many rows, in which form, and the same every time."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from taggov.costs.sample.generate import TagFormat, generate


def rows_of(file: Path, columns: str = "*") -> list[Any]:
    return duckdb.execute(f"SELECT {columns} FROM '{file}'").fetchall()


def fingerprint(file: Path) -> str:
    return sha256(repr(rows_of(file)).encode()).hexdigest()[:16]


def test_a_seed_gives_the_same_rows_on_every_machine(tmp_path: Path) -> None:
    generate(tmp_path / "costs.parquet", 5000, seed=1)

    assert fingerprint(tmp_path / "costs.parquet") == "3edefc3832614e5b"


def test_another_seed_gives_other_rows(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / f"{seed}.parquet", 1000, seed=seed)

    assert fingerprint(tmp_path / "1.parquet") != fingerprint(tmp_path / "2.parquet")


def test_the_number_of_threads_does_not_matter(tmp_path: Path) -> None:
    for threads in (1, 4):
        generate(tmp_path / f"{threads}.parquet", 400_000, threads=threads)

    one, four = (
        rows_of(
            tmp_path / f"{threads}.parquet", "count(*), sum(hash(ResourceId, ChargePeriodStart, BilledCost)::HUGEINT)"
        )
        for threads in (1, 4)
    )
    assert one == four


@pytest.mark.parametrize("rows", [1, 5, 61, 12_345])
def test_there_are_as_many_rows_as_asked_for(tmp_path: Path, rows: int) -> None:
    generate(tmp_path / "costs.parquet", rows)

    assert len(rows_of(tmp_path / "costs.parquet", "1")) == rows


def test_parquet_and_csv_hold_the_same_rows(tmp_path: Path) -> None:
    for suffix in ("parquet", "csv"):
        generate(tmp_path / f"costs.{suffix}", 3000, tags=TagFormat.JSON)
    described = duckdb.execute(f"DESCRIBE FROM '{tmp_path}/costs.parquet'").fetchall()
    typed = ", ".join(f"{name}::{kind} AS {name}" for name, kind, *_ in described)

    from_csv = duckdb.execute(f"SELECT {typed} FROM read_csv('{tmp_path}/costs.csv', all_varchar = true)").fetchall()

    assert from_csv == rows_of(tmp_path / "costs.parquet")


def test_csv_has_days_and_hours_as_focus_writes_them(tmp_path: Path) -> None:
    generate(tmp_path / "costs.csv", 100)

    [(start,)] = duckdb.execute(
        f"SELECT ChargePeriodStart FROM read_csv('{tmp_path}/costs.csv', all_varchar = true) LIMIT 1"
    ).fetchall()
    assert re.fullmatch(r"2026-05-01T\d\d:00:00Z", start)


def test_tags_are_the_same_as_a_map_and_as_json(tmp_path: Path) -> None:
    for form in TagFormat:
        generate(tmp_path / f"{form}.parquet", 2000, tags=form)

    as_map = rows_of(tmp_path / "map.parquet", "Tags")
    as_json = rows_of(tmp_path / "json.parquet", "Tags::JSON::MAP(VARCHAR, VARCHAR)")
    assert as_map == as_json
    assert any(tags for (tags,) in as_map)


def test_months_follow_the_calendar_and_share_the_rows(tmp_path: Path) -> None:
    generate(tmp_path / "costs.parquet", 300, start=date(2027, 12, 1), months=3)

    months = duckdb.execute(
        "SELECT BillingPeriodStart, BillingPeriodEnd, count(*), "
        "bool_and(BillingPeriodStart <= ChargePeriodStart AND ChargePeriodStart < ChargePeriodEnd"
        " AND ChargePeriodEnd <= BillingPeriodEnd) "
        f"FROM '{tmp_path}/costs.parquet' GROUP BY ALL ORDER BY 1"
    ).fetchall()
    first_days = [datetime(2027, 12, 1), datetime(2028, 1, 1), datetime(2028, 2, 1), datetime(2028, 3, 1)]
    assert months == [(start, end, 100, True) for start, end in pairwise(first_days)]


def test_sums_of_duckdb_and_of_decimals_are_equal(tmp_path: Path) -> None:
    generate(tmp_path / "costs.parquet", 20_000)

    [(total,)] = rows_of(tmp_path / "costs.parquet", "sum(BilledCost)")
    assert total == sum((cost for (cost,) in rows_of(tmp_path / "costs.parquet", "BilledCost")), Decimal(0))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"rows": 0}, "rows: 0 is not allowed; allowed are 1 to 100000000"),
        ({"rows": 100_000_001}, "rows: 100000001 is not allowed; allowed are 1 to 100000000"),
        ({"seed": -1}, "seed: -1 is not allowed; allowed are 0 and above"),
        ({"months": 0}, "months: 0 is not allowed; allowed are 1 to 120"),
        ({"months": 121}, "months: 121 is not allowed; allowed are 1 to 120"),
        ({"start": date(2026, 5, 17)}, "start: 2026-05-17 is not allowed; it must be the first day of a month"),
        ({"projects": 3}, "projects: 3 is not allowed; from 45 to 245 are"),
        ({"path": Path("costs.xlsx")}, "path: costs.xlsx is not allowed; the name must end in .parquet or .csv"),
        ({"path": Path("nowhere/costs.csv")}, "path: nowhere/costs.csv is not allowed; there is no folder nowhere"),
    ],
)
def test_what_is_not_allowed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)

    usual: dict[str, Any] = {"path": Path("costs.csv"), "rows": 10}

    with pytest.raises(ValueError, match=re.escape(complaint)):
        generate(**usual | arguments)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").mkdir()

    with pytest.raises(ValueError, match="it is a folder"):
        generate(tmp_path / "costs.csv", 10)


def test_an_interrupt_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("old")

    def interrupt(done: int, total: int | None, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "costs.csv", 10, progress=interrupt)

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("costs.csv", "old")]


def test_progress_ends_when_all_rows_are_written(tmp_path: Path) -> None:
    told = []

    generate(tmp_path / "costs.csv", 10, progress=lambda done, total, what: told.append((done, total, what)))

    assert told[-1] == (10, 10, "rows")


def test_a_path_may_have_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "o'clock"
    folder.mkdir()

    generate(folder / "costs.csv", 10)

    assert [file.name for file in folder.iterdir()] == ["costs.csv"]
