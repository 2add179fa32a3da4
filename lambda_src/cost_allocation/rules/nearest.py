"""The name that was probably meant."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

_ALIKE = 0.6
_MANY = 1_000
"""Names up to which all are compared; of more, only neighbours in the alphabet, from the front and from the back."""
_NEIGHBOURS = 100


class Nearest:
    """Finds among known names the one that is most like a written one, whatever its letter case.

    Args:
        known: the names; or what may be written for them, and the names.
    """

    def __init__(self, known: Iterable[str] | Mapping[str, str]) -> None:
        names = known if isinstance(known, Mapping) else {name: name for name in known}
        self._names: dict[str, str] = {}
        for spelling, name in sorted(names.items()):
            self._names.setdefault(spelling.casefold(), name)
        self._forward = sorted(self._names)
        self._backward = sorted(name[::-1] for name in self._names)

    def find(self, written: str) -> str | None:
        """Find the nearest name; a shell pattern with a star at its end is compared with the beginnings of names."""
        stem = written.strip("*").casefold()
        length = len(stem) if written.endswith("*") and stem else None
        folded: dict[str, str] = {}
        for name in self._candidates(stem):
            folded.setdefault(name[:length], name)
        found = get_close_matches(stem, folded, n=1, cutoff=_ALIKE)
        return self._names[folded[found[0]]] if found else None

    def _candidates(self, stem: str) -> Iterable[str]:
        if len(self._forward) <= _MANY:
            return self._forward
        behind = (name[::-1] for name in _around(self._backward, stem[::-1]))
        return dict.fromkeys((*_around(self._forward, stem), *behind))


def _around(names: Sequence[str], stem: str) -> Sequence[str]:
    at = bisect(names, stem)
    return names[max(at - _NEIGHBOURS, 0) : at + _NEIGHBOURS]
