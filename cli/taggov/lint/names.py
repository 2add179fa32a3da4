"""Names that look like a slip for another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_LONG = 8
_MEANT = {
    "account": "accounts",
    "account_id": "target_id",
    "aliases": "key_aliases",
    "enforced": "enforced_for",
    "enum": "allowed_values",
    "expiry": "expires",
    "mandatory": "required",
    "optional": "required",
    "ou_id": "target_id",
    "regex": "pattern",
    "regexp": "pattern",
    "until": "expires",
    "values": "allowed_values",
}
"""Words that other tools have for fields, and the field."""


def field_meant(given: str, fields: Iterable[str]) -> str | None:
    """Find the field that an unknown name probably stands for."""
    known = list(fields)
    if _MEANT.get(given.lower()) in known:
        return _MEANT[given.lower()]
    near = get_close_matches(_folded(given), {_folded(name): name for name in known}, n=1)
    return next(name for name in known if _folded(name) == near[0]) if near else None


def key_meant(given: str, keys: Iterable[str]) -> str | None:
    """Find the tag key that another one probably misspells: one letter too many, missing, wrong, or two exchanged."""
    return next((key for key in keys if key != given and is_slip(given, key)), None)


def same_but_for_signs(one: str, other: str) -> bool:
    """Say if two keys differ in nothing but letter case, blanks, hyphens and the like."""
    return _folded(one) == _folded(other)


def is_slip(one: str, other: str) -> bool:
    """Say if one key is probably a misspelling of the other, and not a key of its own like `Team1` and `Team2`."""
    a, b = _folded(one), _folded(other)
    if a == b:
        return True
    runs = [
        (a[i1:i2], b[j1:j2])
        for kind, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    shortest = min(len(a), len(b))
    if shortest < 4 or any(len(x) > 1 or len(y) > 1 or (x + y).isdigit() for x, y in runs):
        return False
    if len(runs) == 1:
        # Short words with another letter are words: Cost and Host.
        return shortest >= 6 or not all(runs[0])
    return len(runs) == 2 and (shortest >= _LONG or sorted(a) == sorted(b))


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
