"""The lint rules. Each checks one module call. They are pure: the current date is an argument."""

from __future__ import annotations

from collections.abc import Iterator

from taggov.lint.context import CallContext
from taggov.lint.fields import unknown_fields
from taggov.lint.findings import Finding
from taggov.lint.keys import similar_keys
from taggov.lint.overrides import dead_overrides
from taggov.lint.uses import ending_exemptions, unread_tags, unused_scopes

_RULES = (unknown_fields, similar_keys, dead_overrides, unused_scopes, unread_tags, ending_exemptions)


def findings(checked: CallContext) -> Iterator[Finding]:
    """Yield the findings of all rules in a call."""
    for rule in _RULES:
        yield from rule(checked)
