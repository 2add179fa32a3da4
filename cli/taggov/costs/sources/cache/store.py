"""Storage of cached answers: a folder of the user, or a Redis server shared by a team."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Protocol

import diskcache
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from taggov.costs.sources.base import SourceError

_SCHEMES = ("redis", "rediss")
_TIMEOUT = 5.0
"""Timeout in seconds. A slower cache is useless."""


class Store(Protocol):
    """Key-value store of texts."""

    def get(self, key: str) -> str | None:
        """Return the text of a key; None if it is missing or unreadable.

        Raises:
            SourceError: the store cannot be reached.
        """

    def set(self, key: str, text: str, seconds: int | None) -> None:
        """Store a text for some seconds, or forever if `seconds` is None.

        Raises:
            SourceError: the store cannot be reached, or is full.
        """


def default_folder() -> Path:
    """Return the folder `taggov` in the cache folder of the user (XDG Base Directory: relative paths are ignored)."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "taggov"


def open_store(url: str | None, folder: Path) -> Store:
    """Open the Redis server at a URL (`redis://HOST:PORT/DB`, `rediss://` for TLS), or the folder without a URL.

    Raises:
        SourceError: the URL is not a Redis URL, or the store cannot be used.
    """
    if url is None:
        return DiskStore(folder)
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES:
        allowed = " or ".join(f"{one}://HOST:PORT/DB" for one in _SCHEMES)
        raise SourceError(f'cache URL "{_without_password(url)}" is not a Redis URL; allowed: {allowed}')
    return RedisStore(url)


class _TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """A disk cache that never unpickles, so that files written by somebody else cannot run code."""

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> object:
        if mode not in (diskcache.core.MODE_RAW, diskcache.core.MODE_TEXT):
            raise ValueError("not text")
        return super().fetch(mode, filename, value, read)


class DiskStore:
    """A cache folder that only the user can read."""

    def __init__(self, folder: Path) -> None:
        """Create the folder if it does not exist.

        Raises:
            SourceError: the folder cannot be created or used.
        """
        self._folder = folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._cache = diskcache.Cache(str(folder), disk=_TextDisk, eviction_policy="none")
        except (OSError, sqlite3.Error, diskcache.Timeout) as error:
            raise self._error(error) from error

    def get(self, key: str) -> str | None:
        """See `Store.get`."""
        try:
            text = self._cache.get(key)
        except (OSError, ValueError):
            return None
        except (sqlite3.Error, diskcache.Timeout) as error:
            raise self._error(error) from error
        return text if isinstance(text, str) else None

    def set(self, key: str, text: str, seconds: int | None) -> None:
        """See `Store`."""
        try:
            self._cache.set(key, text, expire=seconds)
        except (OSError, sqlite3.Error, diskcache.Timeout) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> SourceError:
        return SourceError(f"cache folder {self._folder} cannot be used ({error}): delete it, or name another one")


class RedisStore:
    """A Redis server as cache."""

    def __init__(self, url: str) -> None:
        """Connect to the server.

        Raises:
            SourceError: it does not answer.
        """
        self._name = _without_password(url)
        try:
            self._redis = redis.Redis.from_url(
                url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 1)
            )
            self._redis.ping()
        except (redis.RedisError, ValueError) as error:
            raise self._error(error) from error

    def get(self, key: str) -> str | None:
        """See `Store`."""
        try:
            text = self._redis.get(key)
        except redis.RedisError as error:
            raise self._error(error) from error
        try:
            return text.decode() if isinstance(text, bytes) else None
        except UnicodeDecodeError:
            return None

    def set(self, key: str, text: str, seconds: int | None) -> None:
        """See `Store`."""
        try:
            self._redis.set(key, text, ex=seconds)
        except redis.RedisError as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> SourceError:
        return SourceError(f"cache {self._name} cannot be used ({error}): start it, or leave out its URL")


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("?")[0].rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
