"""Waits with a deadline, without fixed sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_SECONDS = 0.2


class DeadlineExceededError(Exception):
    """Error: a condition was not met in time. The message names the condition and the deadline."""


def wait_until(what: str, check: Callable[[], T | None], deadline_seconds: float) -> T:
    """Call `check` until it returns a true value, and return that value.

    Raises:
        DeadlineExceededError: it did not within `deadline_seconds`.
    """
    end = time.monotonic() + deadline_seconds
    while True:
        if answer := check():
            return answer
        if time.monotonic() >= end:
            raise DeadlineExceededError(f"{what}: not within {deadline_seconds:g} s")
        time.sleep(INTERVAL_SECONDS)
