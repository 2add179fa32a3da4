"""Time that is left of an invocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

CALL_SECONDS = 13
"""The longest that one AWS call takes, retries included; see `aws.clients.CONFIG`."""


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


class OutOfTime(Exception):
    """A step was not begun, because it no longer fits into the time of the invocation."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Says whether a step may begin.

    A batch reads, claims, writes, tells and concludes. A step begins only when the longest call that it makes, and one
    of each later step, still fit: then nothing is left half done by the clock.
    """

    remaining: Callable[[], float]
    """Seconds until Lambda ends the process."""

    @classmethod
    def of(cls, context: Context | None) -> Budget:
        """Build the budget of an invocation; without a context (a test, a terminal) there is no limit."""
        if context is None:
            return cls(lambda: float("inf"))
        return cls(lambda: context.get_remaining_time_in_millis() / 1000)

    def allows(self, calls: int) -> bool:
        """Say if this many calls fit one after the other, however slow each is."""
        return self.remaining() >= calls * CALL_SECONDS


READ, CLAIM, WRITE, TELL, CONCLUDE = 5, 4, 3, 2, 1
"""Calls that have to fit before a step begins: its own, and one for each step after it."""
