"""Regular expressions of a policy, matched with a time limit.

Terraform checks patterns with RE2, which takes linear time. Python's `re` can take exponential time for the same
pattern: `([a-z0-9]+-?)+` takes minutes for 33 characters. A timer on processor time ends such a match.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import FrameType
from typing import NoReturn

MATCH_SECONDS = 0.05
"""Processor time for one match: a thousand times what a sensible pattern needs for 256 characters."""
_MATCH_CACHE_SIZE = 4_096


class PatternTooSlow(Exception):
    """Error: a pattern takes too long for a value. The message names the pattern."""


def matches(pattern: re.Pattern[str], value: str) -> bool:
    """Match the whole value.

    Raises:
        PatternTooSlow: the match takes more than `MATCH_SECONDS` of processor time.
    """
    answer = _cached_match(pattern, value)
    if answer is None:
        raise PatternTooSlow(
            f"pattern {pattern.pattern!r} takes too long to match; write it without a + or * inside another"
        )
    return answer


@lru_cache(_MATCH_CACHE_SIZE)
def _cached_match(pattern: re.Pattern[str], value: str) -> bool | None:
    """Match the whole value. Return None if the match takes too long."""
    # The cache matches each value once: a launch can give hundreds of resources the same value.
    try:
        with _timer():
            return pattern.fullmatch(value) is not None
    except _MatchTimeout:
        return None


class _MatchTimeout(Exception):
    """Error: the timer expired."""


def _raise_match_timeout(number: int, frame: FrameType | None) -> NoReturn:
    raise _MatchTimeout


@contextmanager
def _timer() -> Iterator[None]:
    # Lambda runs handlers in the main thread. Only that thread receives signals, and `re` checks for them while it
    # matches. In other threads, for example in tests, matches have no time limit.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _raise_match_timeout)
    signal.setitimer(signal.ITIMER_VIRTUAL, MATCH_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
