"""Time that is left in an invocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

CALL_SECONDS = 13
"""Longest time of one AWS call with its retries; see `aws.clients.CONFIG`."""


class Context(Protocol):
    """The used part of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int: ...


class OutOfTime(Exception):
    """Error: a step was not started, because it no longer fits into the time of the invocation."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Time budget of an invocation, checked before each step.

    A batch reads, claims, writes, notifies and concludes. A step starts only if the longest call of this step and of
    each later step still fit, so that the timeout of the function never interrupts a change.
    """

    remaining: Callable[[], float]
    """Seconds until Lambda stops the process."""

    @classmethod
    def of(cls, context: Context | None) -> Budget:
        """Build the budget of an invocation. Without a context (tests, a terminal) there is no limit."""
        if context is None:
            return cls(lambda: float("inf"))
        return cls(lambda: context.get_remaining_time_in_millis() / 1000)

    def allows(self, calls: int) -> bool:
        """Check if this number of calls fits, one after the other and each as slow as possible."""
        return self.remaining() >= calls * CALL_SECONDS


READ, CLAIM, WRITE, TELL, CONCLUDE = 5, 4, 3, 2, 1
"""Calls that must fit into the time before a step starts: its own, and one for each later step."""
