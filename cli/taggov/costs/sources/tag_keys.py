"""Spellings of a tag key: letter case, and the prefixes that AWS writes before keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cost_allocation.query import CostQuery, tag_key

RESOURCE = ("resourcetags/", "user:")
"""Prefixes of resource tags, as in `resourceTags/user:team`. With or without them, the key names the same tag."""
OTHERS = ("userattribute/", "accounttag/", "iamprincipal/")
"""Prefixes of tags on something other than the resource. They are used where the resource has no such tag. A requested
key that has one of these prefixes matches that spelling only. See
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2-tags.html"""


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """Tag keys found in the costs."""

    names: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()
    """Requested keys of which `names` has all spellings."""


NO_KEYS = KnownKeys()


def asked_keys(query: CostQuery) -> list[str]:
    """List the tag keys that a query groups or filters by, each once."""
    used = (*query.dimensions, *(chosen.dimension for chosen in query.filters))
    return [key for name in dict.fromkeys(used) if (key := tag_key(name))]


def filtered_keys(query: CostQuery) -> list[str]:
    """List the tag keys that a query filters by."""
    return [key for chosen in query.filters if (key := tag_key(chosen.dimension))]


def folded_spellings(key: str) -> tuple[str, ...]:
    """List all lower-case spellings of a tag key, in order of precedence."""
    name = key.lower()
    if name.startswith(OTHERS):
        return (name,)
    for prefix in RESOURCE:
        name = name.removeprefix(prefix)
    resource, user = RESOURCE
    return (name, resource + user + name, resource + name, user + name, *(prefix + name for prefix in OTHERS))


def spellings(key: str, known: Collection[str]) -> list[str]:
    """List the known spellings of a key. The key itself comes first, even if it is unknown."""
    ranks = {name: rank for rank, name in enumerate(folded_spellings(key))}
    others = [name for name in known if name != key and name.lower() in ranks]
    return [key, *sorted(others, key=lambda name: (ranks[name.lower()], name))]


def spelling_notices(query: CostQuery, known: Collection[str]) -> list[str]:
    """Build a notice for each key of which several spellings were merged. Spellings requested separately are left out.

    The texts differ from `about_tag` on purpose: that one marks warnings about tags without values.
    """
    asked = [] if query.exact_keys else asked_keys(query)
    others = {key: [name for name in spellings(key, known) if name not in asked] for key in asked}
    return [
        f'tag key "{key}" is also spelled {quoted_list(names)}: all spellings count as one key'
        for key, names in others.items()
        if names
    ]


def quoted_list(names: Sequence[str]) -> str:
    """Quote names and separate them by commas."""
    return ", ".join(f'"{name}"' for name in names)
