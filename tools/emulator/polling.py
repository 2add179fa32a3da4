"""Waiting with a deadline, never by a fixed sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_SECONDS = 0.2


class DeadlineExceededError(Exception):
    """The error of a wait: what was awaited did not happen in time. The message says what, and after how long."""


def wait_until(what: str, check: Callable[[], T | None], deadline_seconds: float) -> T:
    """Ask `check` until it answers something true, and return that.

    Raises:
        DeadlineExceededError: it never did within `deadline_seconds`.
    """
    end = time.monotonic() + deadline_seconds
    while True:
        if answer := check():
            return answer
        if time.monotonic() >= end:
            raise DeadlineExceededError(f"{what}: not within {deadline_seconds:g} s")
        time.sleep(INTERVAL_SECONDS)
