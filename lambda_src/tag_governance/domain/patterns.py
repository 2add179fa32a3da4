"""Regular expressions of a policy, matched within a bound.

Terraform checks patterns with RE2, which never runs away; Python's `re` does, on the same pattern: `([a-z0-9]+-?)+`
takes minutes for 33 characters. A timer of the processor time ends such a match.
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
_KEPT_ANSWERS = 4_096


class PatternTooSlow(Exception):
    """A pattern needs too long for a value. The message names the pattern."""


def matches(pattern: re.Pattern[str], value: str) -> bool:
    """Match the whole value.

    Raises:
        PatternTooSlow: it takes more than `MATCH_SECONDS` of processor time.
    """
    answer = _answer(pattern, value)
    if answer is None:
        raise PatternTooSlow(
            f"pattern {pattern.pattern!r} takes too long to match; write it without a + or * inside another"
        )
    return answer


@lru_cache(_KEPT_ANSWERS)
def _answer(pattern: re.Pattern[str], value: str) -> bool | None:
    """Match the whole value; None where the match takes too long."""
    # A launch gives hundreds of resources the same value: each value is matched once.
    try:
        with _timer():
            return pattern.fullmatch(value) is not None
    except _Expired:
        return None


class _Expired(Exception):
    """The timer went off."""


def _expire(number: int, frame: FrameType | None) -> NoReturn:
    raise _Expired


@contextmanager
def _timer() -> Iterator[None]:
    # Lambda runs handlers in the main thread, the only one that receives signals; `re` looks for them while it matches.
    # In another thread (of a terminal, of a test) nobody else waits for the match, and it is not timed.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, MATCH_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
