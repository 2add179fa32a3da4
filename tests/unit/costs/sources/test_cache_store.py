"""The folder and the Redis that answers are kept in."""

from __future__ import annotations

import pickle
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import diskcache
import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cache.store import DiskStore, default_folder, open_store
from tests.support.debian import need
from tests.support.processes import end

LONG = "x" * 100_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = need("redis-server", "redis-server")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        # Its own retries wait until the server is up.
        redis.Redis(port=port, retry=Retry(ConstantBackoff(0.05), 200)).ping()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        end(process)


@pytest.fixture(params=["disk", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str | None, Path]:
    """Return what names the store: the URL or None, and the folder."""
    return (request.getfixturevalue("redis_url") if request.param == "redis" else None, tmp_path / "taggov")


@pytest.mark.parametrize("text", ["", "{}", "caf\u00e9 \U0001f680", LONG])
def test_a_text_is_there_for_the_next_process_too(store: tuple[str | None, Path], text: str) -> None:
    open_store(*store).set("key", text, None)
    assert open_store(*store).get("key") == text


def test_a_text_is_replaced(store: tuple[str | None, Path]) -> None:
    kept = open_store(*store)
    kept.set("key", LONG, 100)
    kept.set("key", "short", None)
    assert kept.get("key") == "short"


def test_a_key_nobody_set_has_no_text(store: tuple[str | None, Path]) -> None:
    assert open_store(*store).get("nothing") is None


def test_redis_forgets_what_is_short_lived_and_nothing_else(redis_url: str, tmp_path: Path) -> None:
    kept = open_store(redis_url, tmp_path)
    kept.set("short", "x", 3600)
    kept.set("long", "x", None)
    server = redis.Redis.from_url(redis_url)
    assert 3590 < int(str(server.ttl("short"))) <= 3600
    assert server.ttl("long") == -1


def test_the_folder_forgets_what_is_short_lived_and_nothing_else(tmp_path: Path) -> None:
    kept = open_store(None, tmp_path / "taggov")
    kept.set("short", LONG, 0)
    kept.set("long", LONG, None)
    assert (kept.get("short"), kept.get("long")) == (None, LONG)


def test_a_full_folder_keeps_closed_months(tmp_path: Path) -> None:
    diskcache.Cache(str(tmp_path / "taggov"), size_limit=1)
    kept = open_store(None, tmp_path / "taggov")
    for number in range(20):
        kept.set(str(number), LONG, None)
    assert [kept.get(str(number)) for number in range(20)] == [LONG] * 20


def test_the_folder_is_private(tmp_path: Path) -> None:
    DiskStore(tmp_path / "deep" / "taggov")
    assert stat.S_IMODE((tmp_path / "deep" / "taggov").stat().st_mode) == 0o700


def test_the_default_folder_is_where_the_desktop_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for given, folder in {"": ".cache/taggov", "relative": ".cache/taggov", str(tmp_path / "x"): "x/taggov"}.items():
        monkeypatch.setenv("XDG_CACHE_HOME", given)
        assert default_folder() == tmp_path / folder


def test_an_entry_whose_file_is_gone_or_not_text_is_missing(tmp_path: Path) -> None:
    kept = open_store(None, tmp_path)
    kept.set("gone", LONG, None)
    next(tmp_path.rglob("*.val")).unlink()
    kept.set("bytes", LONG, None)
    next(tmp_path.rglob("*.val")).write_bytes(b"\xff\xfe\xfd")
    assert (kept.get("gone"), kept.get("bytes")) == (None, None)


class _Exploding:
    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (Path("exploded"),)


def test_a_pickle_in_the_folder_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache = diskcache.Cache(str(tmp_path / "taggov"))
    cache.set("key", _Exploding())
    assert open_store(None, tmp_path / "taggov").get("key") is None
    assert not (tmp_path / "exploded").exists()
    pickle.loads(pickle.dumps(_Exploding()))
    assert (tmp_path / "exploded").exists()


def test_a_folder_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "taggov").write_text("")
    with pytest.raises(SourceError, match=f"cache folder {tmp_path}/taggov cannot be used .*File exists"):
        open_store(None, tmp_path / "taggov")


def test_a_database_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "cache.db").write_text("not a database" * 100)
    with pytest.raises(SourceError, match=r"cannot be used .*not a database.*delete it"):
        open_store(None, tmp_path)


def test_a_database_that_breaks_later_is_one_clear_line(tmp_path: Path) -> None:
    kept = open_store(None, tmp_path)
    with sqlite3.connect(tmp_path / "cache.db") as database:
        database.execute("DROP TABLE Cache")
    with pytest.raises(SourceError, match=r"cache folder .* cannot be used"):
        kept.get("key")
    with pytest.raises(SourceError, match=r"cache folder .* cannot be used"):
        kept.set("key", "x", None)


def test_a_redis_that_does_not_answer_is_one_clear_line_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(SourceError, match=rf"cache redis://127.0.0.1:{port}/3 cannot be used") as raised:
        open_store(f"redis://user:secret@127.0.0.1:{port}/3?password=secret", tmp_path)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["memcached://u:secret@h", "localhost:6379", "", "redis://[", "redis://h:port"])
def test_a_url_that_is_not_one_of_redis_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^cache ") as raised:
        open_store(url, tmp_path)
    assert "secret" not in str(raised.value)


def test_another_value_under_the_key_in_redis_is_missing_or_told(redis_url: str, tmp_path: Path) -> None:
    server = redis.Redis.from_url(redis_url)
    server.set("bytes", b"\xff\xfe")
    server.rpush("list", "x")
    kept = open_store(redis_url, tmp_path)
    assert kept.get("bytes") is None
    with pytest.raises(SourceError, match="WRONGTYPE"):
        kept.get("list")
