"""Parsers for the forms of tags and texts in events and answers of AWS. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_KEY = 128
LONGEST_VALUE = 256
"""Characters of a tag. Source: AWS tagging best practices."""

_SURROGATE = re.compile("[\ud800-\udfff]")

is_hidden = re.compile(r"HIDDEN_\w+_SECURITY_REASONS|\*{3,}", re.IGNORECASE).fullmatch
"""Texts that CloudTrail writes instead of secret values."""


def parse_tags(value: object) -> dict[str, str] | None:
    """Parse tags in any form that CloudTrail uses: a map, or lists of Key/Value, key/value or tagKey/tagValue.

    Return None if the value contains no tags: it is absent, redacted, or something else (a key of more than 128
    characters, a value of more than 256).
    """
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[object, object]] = value.items()
    elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        pairs = [_pair(item) for item in value]
    else:
        return None
    tags: dict[str, str] = {}
    for key, raw in pairs:
        text = scalar(raw)
        if not isinstance(key, str) or text is None or is_hidden(text) or not _is_tag(key, text):
            return None
        tags[key] = text
    return tags


def _is_tag(key: str, value: str) -> bool:
    # JSON can contain half of a surrogate pair, which cannot be encoded as UTF-8.
    return len(key) <= LONGEST_KEY and len(value) <= LONGEST_VALUE and not _SURROGATE.search(key + value)


def _pair(item: Mapping[str, Any]) -> tuple[object, object]:
    folded = {str(name).lower(): value for name, value in item.items()}
    return folded.get("key", folded.get("tagkey")), folded.get("value", folded.get("tagvalue", ""))


def scalar(value: object) -> str | None:
    """Convert a value of CloudTrail to text: JSON booleans and numbers, `{tag, content}`, null for empty."""
    if isinstance(value, Mapping) and "content" in value:
        value = value["content"]
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None
