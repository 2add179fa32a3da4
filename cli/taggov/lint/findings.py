"""Findings of lint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taggov.lint.values import Place


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Probable mistake in a configuration."""

    place: Place
    subject: str
    """Address in the configuration, as in a plan: `scopes["sandbox"].tags["Ownr"]`."""
    rule: str
    message: str
    suggestion: str | None = None
    """Advice on what to do, as a sentence."""

    @property
    def line(self) -> str:
        """The finding in one line, in the format of compilers."""
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.place.file}:{self.place.line}: {self.subject}: {self.message}.{hint} [{self.rule}]"

    @property
    def document(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "rule": self.rule,
            "subject": self.subject,
            "message": self.message,
            "suggestion": self.suggestion,
        }
