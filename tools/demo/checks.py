"""Expectations of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """An expectation and its result; `found` explains a failure."""

    expectation: str
    met: bool
    found: str = ""


@dataclass
class Checks:
    """All checks in the order in which they were made."""

    results: list[Check] = field(default_factory=list)

    def expect(self, expectation: str, met: bool, found: object = "") -> None:
        """Record a check. The demonstration continues after a failure."""
        self.results.append(Check(expectation, met, "" if met else str(found)))

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.results if not check.met]
