"""The rules of lint, each over one call of the module. Pure: the day of today comes as an argument."""

from __future__ import annotations

from collections.abc import Iterator

from .checked import Checked
from .fields import unknown_fields
from .findings import Finding
from .keys import similar_keys
from .overrides import dead_overrides
from .uses import ending_exemptions, unread_tags, unused_scopes

_RULES = (unknown_fields, similar_keys, dead_overrides, unused_scopes, unread_tags, ending_exemptions)


def findings(checked: Checked) -> Iterator[Finding]:
    """List all findings of all rules in a call."""
    for rule in _RULES:
        yield from rule(checked)
