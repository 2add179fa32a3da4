"""Expectations that the demonstration has of itself: each one checked, remembered, and shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """An expectation and whether it was met; `found` explains a failure."""

    expectation: str
    met: bool
    found: str = ""


@dataclass
class Checks:
    """All of them, in the order they were made."""

    made: list[Check] = field(default_factory=list)

    def that(self, expectation: str, met: bool, found: object = "") -> None:
        """Remember one. A failure does not stop the demonstration: the rest is worth seeing too."""
        self.made.append(Check(expectation, met, "" if met else str(found)))

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.made if not check.met]
