"""Result of one resource in one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tag_governance.domain.entry import Change
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import Status, Verdict, Violation


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a resource in a batch, or the reason why its message is retried.

    `status` is the status after the changes. `changes` are those made now, or found to have been made before.
    """

    verdict: Verdict
    status: Status
    changes: tuple[Change, ...] = ()
    remaining_violations: tuple[Violation, ...] = ()
    cause: str = ""
    """Reason why AWS refused a change or a read."""
    retry_reason: Failure | None = None
    """Reason why the resource is not finished and its message is retried."""

    undeliverable: bool = False
    """True if the topic refuses the notice about it."""

    @property
    def written_tags(self) -> Mapping[str, str]:
        """Tags that were written."""
        return {key: value for change in self.changes for key, value in change.after.items()}
