"""SQL for tag values, in all spellings of the keys. Tags of a split by the provider take precedence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cost_allocation.query import CostQuery, tag_key
from taggov.costs.sources.focus.columns import ALLOCATED_TAGS, TAG_COLUMNS, TAGS, Column, ColumnType, Layout
from taggov.costs.sources.focus.literals import quote, text
from taggov.costs.sources.tag_keys import KnownKeys, asked_keys, folded_spellings, spellings

NOTHING = "cast(null as varchar)"
SEPARATOR = "\x1f"
"""Separator between keys; see `sql_functions`."""
_MOST_KNOWN = 100


def tag_value(query: CostQuery, layout: Layout, key: str) -> str:
    """Write the value of a tag: from `AllocatedTags`, else from a column for the key, else from `Tags`.

    `AllocatedTags` omit tags that `Tags` have, so each key is looked up separately. But if `AllocatedTags` name an
    owner by one key, an owner in `Tags` under a preferred key is the owner of the shared resource, and is ignored.
    """
    allocated = layout.column(ALLOCATED_TAGS)
    own = _first_value([*map(text, _columns(query, layout, key)), *_by_key(query, layout, layout.column(TAGS), key)])
    if allocated and (later := query.owner_keys_after(key)):
        others = _first_value(value for other in later for value in _by_key(query, layout, allocated, other))
        own = f"case when coalesce({others}, '') = '' then {own} end"
    return _first_value([*_by_key(query, layout, allocated, key), own])


def plain_values(query: CostQuery, layout: Layout) -> dict[tuple[str, str], str]:
    """Write the values of the requested tags, under the spelling of the query.

    Statements use them several times. As columns of a relation they are computed once: see `Layout.tag_values`.
    """
    keys = [key for dimension in query.dimensions if (key := tag_key(dimension))]
    return {
        (its.sql, key): _tag_expression(layout, its, key) for its in tag_columns(layout) for key in dict.fromkeys(keys)
    }


def broken_tags(query: CostQuery, layout: Layout) -> str | None:
    """Write the condition for rows whose tags are invalid JSON; None if tags are not JSON or not requested."""
    columns = [its for its in tag_columns(layout) if its.type is not ColumnType.MAP] if asked_keys(query) else []
    return " or ".join(f"is_broken_json({text(its)})" for its in columns) or None


def unseen_spellings(query: CostQuery, layout: Layout) -> str | None:
    """Write the condition for rows that have a tag in an unknown spelling; None if all spellings are known.

    Rows that have the tag in the requested spelling are skipped, to save time.
    """
    asked = asked_keys(query)
    keys = [] if query.exact_keys else [key for key in asked if key not in layout.keys.complete]
    conditions = [
        f"case when {_lacks_keys(layout, its, keys)} "
        f"then has_{_other_spellings(its, keys, layout, asked)} else false end"
        for its in tag_columns(layout)
        if keys
    ]
    return " or ".join(conditions) or None


def all_spellings(layout: Layout, keys: Sequence[str], condition: str) -> Iterator[str]:
    """Write statements that return unknown spellings. A row has several, joined by `SEPARATOR`."""
    for its in tag_columns(layout):
        others = _other_spellings(its, keys, layout, ())
        yield f"select distinct {others} from {layout.relation} where ({condition}) and {others} <> ''"


def add_keys(known: KnownKeys, keys: Iterable[str], rows: Iterable[tuple[str]]) -> KnownKeys:
    """Add the results of the statements of `all_spellings` to the known keys."""
    names = {name for (joined,) in rows for name in joined.split(SEPARATOR)}
    return KnownKeys(known.names | names, known.complete | set(keys))


def known_names(layouts: Iterable[Layout]) -> set[str]:
    """Return the known keys, including those of columns."""
    return {name for its in layouts for name in (*its.keys.names, *(name for name, _ in its.tag_columns()))}


def keys_of(tags: Column) -> str:
    """Write the list of keys in a tag column."""
    return f"map_keys({tags.sql})" if tags.type is ColumnType.MAP else f"keys_of_json({text(tags)})"


def tag_columns(layout: Layout) -> list[Column]:
    """Return the columns with maps of tags."""
    return [column for name in TAG_COLUMNS if (column := layout.column(name))]


def _by_key(query: CostQuery, layout: Layout, tags: Column | None, key: str) -> list[str]:
    """Write the value for each spelling of a key."""
    if tags is None:
        return []
    known = [key] if query.exact_keys else spellings(key, layout.keys.names.union(asked_keys(query)))
    return [_tag_expression(layout, tags, spelling) for spelling in known]


def _tag_expression(layout: Layout, tags: Column, key: str) -> str:
    if its := layout.tag_values.get((tags.sql, key)):
        return its
    if tags.type is ColumnType.MAP:
        return f"tag_of_map({tags.sql}, {quote(key)})"
    return f"tag_of_json({text(tags)}, {quote(key)})"


def _columns(query: CostQuery, layout: Layout, key: str) -> list[Column]:
    """Return the columns for a single key. Letter case may differ: Athena has only lower-case columns."""
    named = list(layout.tag_columns())
    known = spellings(key, {name for name, _ in named})
    found = [column for spelling in known for name, column in named if name == spelling]
    return found[:1] if query.exact_keys else found


def _lacks_keys(layout: Layout, tags: Column, keys: Iterable[str]) -> str:
    """Write the condition for rows that may have a key in another spelling."""
    values = [_tag_expression(layout, tags, key) for key in keys]
    absent = " or ".join(f"{its} is null or {its} = ''" for its in values)
    present = f"has_keys({tags.sql})" if tags.type is ColumnType.MAP else f"{text(tags)} <> ''"
    return f"({absent}) and {present}"


def _other_spellings(tags: Column, keys: Sequence[str], layout: Layout, asked: Iterable[str]) -> str:
    """Write the list of spellings that are neither known nor requested."""
    folded = dict.fromkeys(name for key in keys for name in folded_spellings(key))
    # Known other keys are excluded too, which is faster.
    names = sorted(layout.keys.names, key=lambda name: (name.lower() not in folded, name))
    known = dict.fromkeys((*asked, *names[:_MOST_KNOWN]))
    return f"other_keys({keys_of(tags)}, {_list(folded)}, {_list(known)})"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quote, texts))}]"


def _first_value(values: Iterable[str]) -> str:
    """Write the first value that is not empty."""
    *others, last = [*values] or [NOTHING]
    for its in reversed(others):
        last = f"case when {its} <> '' then {its} else {last} end"
    return last
