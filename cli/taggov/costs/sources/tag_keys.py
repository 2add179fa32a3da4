"""Spellings of a tag key: letter case, and the prefixes that AWS writes before keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cost_allocation.query import CostQuery, tag_key

RESOURCE = ("resourcetags/", "user:")
"""Before the keys of resource tags, as in `resourceTags/user:team`: the key without them is the same tag."""
OTHERS = ("userattribute/", "accounttag/", "iamprincipal/")
"""Before keys of what is tagged in place of a resource: they serve where the resource itself does not say. A key that
is asked for with one of them means that alone. See
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2-tags.html"""


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """Tag keys that were found in costs."""

    names: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()
    """Keys of queries all of whose spellings are among the names."""


NO_KEYS = KnownKeys()


def asked_keys(query: CostQuery) -> list[str]:
    """The tag keys that a query asks for or filters by, each once."""
    used = (*query.dimensions, *(chosen.dimension for chosen in query.filters))
    return [key for name in dict.fromkeys(used) if (key := tag_key(name))]


def filtered_keys(query: CostQuery) -> list[str]:
    """The tag keys that a query filters by."""
    return [key for chosen in query.filters if (key := tag_key(chosen.dimension))]


def folded_spellings(key: str) -> tuple[str, ...]:
    """Spell a tag key, in lower case, in every way that stands for it; what counts most comes first."""
    name = key.lower()
    if name.startswith(OTHERS):
        return (name,)
    for prefix in RESOURCE:
        name = name.removeprefix(prefix)
    resource, user = RESOURCE
    return (name, resource + user + name, resource + name, user + name, *(prefix + name for prefix in OTHERS))


def spellings(key: str, known: Collection[str]) -> list[str]:
    """Choose those of the known keys that stand for a key: itself first, whether known or not."""
    ranks = {name: rank for rank, name in enumerate(folded_spellings(key))}
    others = [name for name in known if name != key and name.lower() in ranks]
    return [key, *sorted(others, key=lambda name: (ranks[name.lower()], name))]


def spelling_notices(query: CostQuery, known: Collection[str]) -> list[str]:
    """Name the spellings that were read as one key, unless each is asked for by itself.

    The words differ from those of `about_tag`, which are about tags without any value.
    """
    asked = [] if query.exact_keys else asked_keys(query)
    others = {key: [name for name in spellings(key, known) if name not in asked] for key in asked}
    return [
        f'tag key "{key}" is spelled {listed(names)} in some rows: all are read as one'
        for key, names in others.items()
        if names
    ]


def listed(names: Sequence[str]) -> str:
    """Quote names and separate them by commas."""
    return ", ".join(f'"{name}"' for name in names)
