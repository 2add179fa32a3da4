"""Recognition of typos in names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_LONG = 8
_SYNONYMS = {
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
"""Names of fields in other tools, and the field of the module."""


def closest_field(given: str, fields: Iterable[str]) -> str | None:
    """Return the field that an unknown name probably means."""
    known = list(fields)
    if _SYNONYMS.get(given.lower()) in known:
        return _SYNONYMS[given.lower()]
    near = get_close_matches(_fold(given), {_fold(name): name for name in known}, n=1)
    return next(name for name in known if _fold(name) == near[0]) if near else None


def closest_key(given: str, keys: Iterable[str]) -> str | None:
    """Return the tag key that a key is probably a typo of: one letter added, missing or wrong, or two exchanged."""
    return next((key for key in keys if key != given and is_typo(given, key)), None)


def same_but_for_signs(one: str, other: str) -> bool:
    """Return True if two keys differ only in letter case, blanks and punctuation."""
    return _fold(one) == _fold(other)


def is_typo(one: str, other: str) -> bool:
    """Return True if one key is probably a typo of the other. `Team1` and `Team2` are different keys."""
    a, b = _fold(one), _fold(other)
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
        # Short words with another letter are usually other words: Cost and Host.
        return shortest >= 6 or not all(runs[0])
    return len(runs) == 2 and (shortest >= _LONG or sorted(a) == sorted(b))


def _fold(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
