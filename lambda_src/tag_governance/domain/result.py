"""The outcome of one resource in one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tag_governance.domain.entry import Change
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import Status, Verdict, Violation


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a resource in a batch, or the reason why its message comes back.

    `status` is the status after what was done; `made` are the changes that were made, or found to have been made.
    """

    verdict: Verdict
    status: Status
    made: tuple[Change, ...] = ()
    remaining: tuple[Violation, ...] = ()
    cause: str = ""
    """Reason why AWS refused a change, or a look."""
    again: Failure | None = None
    """Reason why it is not at its end: its message is tried again."""

    undeliverable: bool = False
    """The topic does not take the notice about it."""

    @property
    def changed(self) -> Mapping[str, str]:
        """The tags that were written."""
        return {key: value for change in self.made for key, value in change.after.items()}
