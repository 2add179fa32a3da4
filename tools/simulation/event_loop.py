"""Clock and event loop of the simulation. Everything is an event at a time, and invocations of the function take turns.

An invocation is a greenlet. Each AWS call returns control to the loop, which resumes the invocation when the answer is
ready. So copies of the function run concurrently, and the same seed always gives the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet


class Killed(BaseException):
    """Error: the process of an invocation ended, because of its timeout or its host."""


class EventLoop:
    """Event loop that runs events in the order of their times.

    Args:
        start: the start of the history.
    """

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()
        self._main = getcurrent()

    def at(self, time: datetime, action: Callable[[], None]) -> None:
        """Schedule an action at a time."""
        heapq.heappush(self._events, (max(time, self.now), next(self._number), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedule an action after some seconds."""
        self.at(self.now + timedelta(seconds=seconds), action)

    def run(self, until: datetime) -> None:
        """Run all events up to a time."""
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
        """Suspend the current invocation. Others continue."""
        current = getcurrent()
        self.after(seconds, lambda: _resume(current))
        self._main.switch()

    def kill(self, runner: greenlet) -> None:
        """End a suspended invocation."""
        if not runner.dead:
            runner.throw(Killed)


def _resume(runner: Any) -> None:
    if not runner.dead:
        runner.switch()
