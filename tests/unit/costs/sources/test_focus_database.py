"""The contents of files can make the database do nothing but read them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from taggov.costs.sources.focus.database import database
from tests.support.focus import charge, write_focus

FORBIDDEN = {
    "another file": "from read_csv('{folder}/other.csv')",
    "a folder": "from glob('{folder}/*')",
    "the network": "from read_csv('https://example.com/x.csv')",
    "writing": "copy (select 1) to '{folder}/new.csv'",
    "another database": "attach '{folder}/new.db'",
    "an extension": "install httpfs",
    "loading an extension": "load httpfs",
    "more freedom": "set enable_external_access = true",
    "another time zone": "set TimeZone = 'Asia/Tokyo'",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_it_is_forbidden(tmp_path: Path, statement: str) -> None:
    allowed = write_focus(tmp_path / "x.csv", charge("1"))
    write_focus(tmp_path / "other.csv", charge("1"))
    own = tmp_path / "own"
    own.mkdir()
    with database([allowed], own) as opened, opened.cursor() as cursor:
        assert cursor.execute(f"from read_csv('{allowed}')").fetchall()
        with pytest.raises(duckdb.Error):
            cursor.execute(statement.format(folder=tmp_path)).fetchall()
    assert not list(tmp_path.glob("new*"))


def test_no_threads_read_ahead(tmp_path: Path) -> None:
    with database([], tmp_path) as opened:
        readers = opened.execute("select value from duckdb_settings() where name = 'async_threads'").fetchall()
    # DuckDB 1 has no such threads.
    assert readers in ([("0",)], [])
