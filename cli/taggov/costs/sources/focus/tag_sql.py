"""Values of tags in SQL: in the letter case that each row has them, and those of a provider's own split first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cost_allocation.query import CostQuery, tag_key
from taggov.costs.sources.focus.columns import ALLOCATED_TAGS, TAG_COLUMNS, TAGS, Column, ColumnType, Layout
from taggov.costs.sources.focus.literals import quoted, text
from taggov.costs.sources.tag_keys import KnownKeys, asked_keys, folded_spellings, spellings

NOTHING = "cast(null as varchar)"
SEPARATOR = "\x1f"
"""Stands between keys; see `pieces`."""
_MOST_KNOWN = 100


def tag_value(query: CostQuery, layout: Layout, key: str) -> str:
    """Write the value of a tag: by `AllocatedTags`, else by a column of its own, else by `Tags`.

    `AllocatedTags` leave out what `Tags` have, so they are asked key by key. But when they name an owner by one key,
    an owner that `Tags` name by a key of higher preference is that of the shared resource.
    """
    allocated = layout.column(ALLOCATED_TAGS)
    own = _first([*map(text, _columns(query, layout, key)), *_by_key(query, layout, layout.column(TAGS), key)])
    if allocated and (later := query.owner_keys_after(key)):
        others = _first(value for other in later for value in _by_key(query, layout, allocated, other))
        own = f"case when coalesce({others}, '') = '' then {own} end"
    return _first([*_by_key(query, layout, allocated, key), own])


def plain_values(query: CostQuery, layout: Layout) -> dict[tuple[str, str], str]:
    """Write the values of the tags that are asked for, under the keys as the query spells them.

    They are looked at several times; as columns of a relation they are worked out once: see `Layout.tag_values`.
    """
    keys = [key for dimension in query.dimensions if (key := tag_key(dimension))]
    return {(its.sql, key): _of(layout, its, key) for its in tag_columns(layout) for key in dict.fromkeys(keys)}


def broken_tags(query: CostQuery, layout: Layout) -> str | None:
    """Write the condition of rows whose tags are not JSON; None where they need not be."""
    columns = [its for its in tag_columns(layout) if its.type is not ColumnType.MAP] if asked_keys(query) else []
    return " or ".join(f"is_broken_json({text(its)})" for its in columns) or None


def unseen_spellings(query: CostQuery, layout: Layout) -> str | None:
    """Write the condition of rows that have a tag in a spelling that `tag_value` does not know of.

    None where all are known. Rows that have the tag as it is asked for are left out: they take less time so.
    """
    asked = asked_keys(query)
    keys = [] if query.exact_keys else [key for key in asked if key not in layout.keys.complete]
    conditions = [
        f"case when {_lacking(layout, its, keys)} then has_{_others(its, keys, layout, asked)} else false end"
        for its in tag_columns(layout)
        if keys
    ]
    return " or ".join(conditions) or None


def all_spellings(layout: Layout, keys: Sequence[str], condition: str) -> Iterator[str]:
    """Write statements for the spellings that are not known yet, several in a row with `SEPARATOR` between them."""
    for its in tag_columns(layout):
        others = _others(its, keys, layout, ())
        yield f"select distinct {others} from {layout.relation} where ({condition}) and {others} <> ''"


def learned(known: KnownKeys, keys: Iterable[str], rows: Iterable[tuple[str]]) -> KnownKeys:
    """Add to the known keys what the statements of `all_spellings` gave."""
    names = {name for (joined,) in rows for name in joined.split(SEPARATOR)}
    return KnownKeys(known.names | names, known.complete | set(keys))


def known_names(layouts: Iterable[Layout]) -> set[str]:
    """The keys that are known, those of columns among them."""
    return {name for its in layouts for name in (*its.keys.names, *(name for name, _ in its.tag_columns()))}


def keys_of(tags: Column) -> str:
    """Write the keys of a column with tags, as a list."""
    return f"map_keys({tags.sql})" if tags.type is ColumnType.MAP else f"keys_of_json({text(tags)})"


def tag_columns(layout: Layout) -> list[Column]:
    """The columns that hold tags under their keys."""
    return [column for name in TAG_COLUMNS if (column := layout.column(name))]


def _by_key(query: CostQuery, layout: Layout, tags: Column | None, key: str) -> list[str]:
    """The values under each spelling of a key."""
    if tags is None:
        return []
    known = [key] if query.exact_keys else spellings(key, layout.keys.names.union(asked_keys(query)))
    return [_of(layout, tags, spelling) for spelling in known]


def _of(layout: Layout, tags: Column, key: str) -> str:
    if its := layout.tag_values.get((tags.sql, key)):
        return its
    if tags.type is ColumnType.MAP:
        return f"tag_of_map({tags.sql}, {quoted(key)})"
    return f"tag_of_json({text(tags)}, {quoted(key)})"


def _columns(query: CostQuery, layout: Layout, key: str) -> list[Column]:
    """Columns of that key alone. Athena has only lower-case ones, so some other letter case is better than none."""
    named = list(layout.tag_columns())
    known = spellings(key, {name for name, _ in named})
    found = [column for spelling in known for name, column in named if name == spelling]
    return found[:1] if query.exact_keys else found


def _lacking(layout: Layout, tags: Column, keys: Iterable[str]) -> str:
    """The condition of rows that may have a key in another spelling."""
    values = [_of(layout, tags, key) for key in keys]
    absent = " or ".join(f"{its} is null or {its} = ''" for its in values)
    present = f"has_keys({tags.sql})" if tags.type is ColumnType.MAP else f"{text(tags)} <> ''"
    return f"({absent}) and {present}"


def _others(tags: Column, keys: Sequence[str], layout: Layout, asked: Iterable[str]) -> str:
    """Spellings of keys that are neither known nor asked for by themselves."""
    folded = dict.fromkeys(name for key in keys for name in folded_spellings(key))
    # Other keys spare their rows the closer look.
    names = sorted(layout.keys.names, key=lambda name: (name.lower() not in folded, name))
    known = dict.fromkeys((*asked, *names[:_MOST_KNOWN]))
    return f"other_keys({keys_of(tags)}, {_list(folded)}, {_list(known)})"


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, words))}]"


def _first(values: Iterable[str]) -> str:
    """The first of the values that is not empty."""
    *others, last = [*values] or [NOTHING]
    for its in reversed(others):
        last = f"case when {its} <> '' then {its} else {last} end"
    return last
