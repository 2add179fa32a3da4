"""The clock and the order of things: whatever happens is an event at a time, and invocations of the function take
turns.

An invocation is a greenlet. Each AWS call it makes hands control to the hub, which takes it up again when the answer is
there: so copies of the function run beside each other, and the same seed always gives the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet


class Killed(BaseException):
    """The process of an invocation ended, as it does when its time is over or its machine goes away."""


class Hub:
    """Runs events in the order of their times.

    Args:
        start: when the history begins.
    """

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()
        self._main = getcurrent()

    def at(self, time: datetime, action: Callable[[], None]) -> None:
        """Let something happen at a time."""
        heapq.heappush(self._events, (max(time, self.now), next(self._number), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen in a while."""
        self.at(self.now + timedelta(seconds=seconds), action)

    def run(self, until: datetime) -> None:
        """Let everything happen that is due by then."""
        while self._events and self._events[0][0] <= until:
            time, _, action = heapq.heappop(self._events)
            self.now = max(self.now, time)
            action()
        self.now = max(self.now, until)

    def spawn(self, body: Callable[[], None]) -> greenlet:
        """Start an invocation at once."""
        runner = greenlet(body, parent=self._main)
        runner.switch()
        return runner

    def sleep(self, seconds: float) -> None:
        """Let the current invocation wait; everybody else goes on."""
        current = getcurrent()
        self.after(seconds, lambda: _resume(current))
        self._main.switch()

    def kill(self, runner: greenlet) -> None:
        """End an invocation where it waits."""
        if not runner.dead:
            runner.throw(Killed)


def _resume(runner: Any) -> None:
    if not runner.dead:
        runner.switch()
