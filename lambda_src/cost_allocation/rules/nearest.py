"""Search for the most similar name."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

_SIMILARITY = 0.6
_MANY = 1_000
"""Number of names up to which all are compared. Of more names, only alphabetical neighbours are compared."""
_NEIGHBOURS = 100


class Nearest:
    """Finds the known name that is most similar to a text, ignoring letter case.

    Args:
        known: the names, or a mapping of spellings to names.
    """

    def __init__(self, known: Iterable[str] | Mapping[str, str]) -> None:
        names = known if isinstance(known, Mapping) else {name: name for name in known}
        self._names: dict[str, str] = {}
        for spelling, name in sorted(names.items()):
            self._names.setdefault(spelling.casefold(), name)
        self._forward = sorted(self._names)
        self._backward = sorted(name[::-1] for name in self._names)

    def find(self, written: str) -> str | None:
        """Return the nearest name. A pattern that ends in a star is compared with prefixes of names."""
        stem = written.strip("*").casefold()
        length = len(stem) if written.endswith("*") and stem else None
        folded: dict[str, str] = {}
        for name in self._candidates(stem):
            folded.setdefault(name[:length], name)
        found = get_close_matches(stem, folded, n=1, cutoff=_SIMILARITY)
        return self._names[folded[found[0]]] if found else None

    def _candidates(self, stem: str) -> Iterable[str]:
        if len(self._forward) <= _MANY:
            return self._forward
        behind = (name[::-1] for name in _neighbours(self._backward, stem[::-1]))
        return dict.fromkeys((*_neighbours(self._forward, stem), *behind))


def _neighbours(names: Sequence[str], stem: str) -> Sequence[str]:
    at = bisect(names, stem)
    return names[max(at - _NEIGHBOURS, 0) : at + _NEIGHBOURS]
