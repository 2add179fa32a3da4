"""A table of small expressions that the two dialects of SQL write too differently for a translator."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from types import MappingProxyType
from typing import NamedTuple


class Piece(NamedTuple):
    """Operation, with `$name` for each of its arguments."""

    arguments: tuple[str, ...]
    duckdb: str
    athena: str


# Azure leaves out the braces around the members of its object.
_JSON = (
    "case when $tags in ('', 'null') then null "
    "when starts_with(ltrim($tags), '{') then $tags "
    "when starts_with(ltrim($tags), '[') then PAIRS "
    "else '{' || $tags || '}' end"
)
# Lists of pairs name their members in any letter case: `[{"Key": "team", "Value": "shop"}]`. A quote, the name and a
# quote before a colon can be nothing else: inside of a text the quotes have backslashes.
_NAME = r'"({})"\s*:'
_DUCKDB_TEXT = _JSON.replace(
    "PAIRS",
    f"regexp_replace(regexp_replace($tags, '{_NAME.format('key')}', '\"key\":', 'gi'), "
    f"'{_NAME.format('value')}', '\"value\":', 'gi')",
)
_ATHENA_TEXT = _JSON.replace(
    "PAIRS",
    f"regexp_replace(regexp_replace($tags, '(?i){_NAME.format('key')}', '\"key\":'), "
    f"'(?i){_NAME.format('value')}', '\"value\":')",
)
# A JSON pointer has no wildcards, and two characters to escape (RFC 6901).
_POINTER = "'/' || replace(replace($key, '~', '~0'), '/', '~1')"
_DUCKDB_PAIRS = 'try_cast(cast(json_text($tags) as json) as struct("key" varchar, "value" varchar)[])'
_ATHENA_JSON = f"try(json_parse({_ATHENA_TEXT}))"
_ATHENA_MAP = f"try_cast({_ATHENA_JSON} as map(varchar, varchar))"
_ATHENA_PAIRS = f"try_cast({_ATHENA_JSON} as array(row(key varchar, value varchar)))"
_DUCKDB_OTHERS = (
    "list_filter($keys, "
    "lambda key: case when list_contains($known, key) then false else list_contains($folded, lower(key)) end)"
)
_ATHENA_OTHERS = "filter($keys, key -> contains($folded, lower(key)) and not contains($known, key))"

PIECES: Mapping[str, Piece] = MappingProxyType(
    {
        "json_text": Piece(("tags",), _DUCKDB_TEXT, _ATHENA_TEXT),
        "tag_of_map": Piece(("tags", "key"), "$tags[$key]", "element_at($tags, $key)"),
        "tag_of_json": Piece(
            ("tags", "key"),
            "case when not json_valid(json_text($tags)) then null "
            "when starts_with(ltrim($tags), '[') "
            f'then list_filter({_DUCKDB_PAIRS}, lambda pair: pair."key" = $key)[1]."value" '
            f"else json_extract_string(json_text($tags), {_POINTER}) end",
            f"coalesce(element_at({_ATHENA_MAP}, $key), "
            f"element_at(filter({_ATHENA_PAIRS}, pair -> pair.key = $key), 1).value)",
        ),
        "is_broken_json": Piece(
            ("tags",),
            "json_text($tags) is not null and (not json_valid(json_text($tags)) or starts_with(ltrim($tags), '[') "
            # An element that is no pair has become one without a key.
            f'and coalesce(list_contains([pair."key" is null for pair in {_DUCKDB_PAIRS}], true), true))',
            f"{_ATHENA_TEXT} is not null and {_ATHENA_MAP} is null "
            f"and coalesce(cardinality(filter({_ATHENA_PAIRS}, pair -> pair.key is null)) > 0, true)",
        ),
        "keys_of_json": Piece(
            ("tags",),
            "case when not json_valid(json_text($tags)) then [] "
            f"when starts_with(ltrim($tags), '[') then list_transform({_DUCKDB_PAIRS}, lambda pair: pair.\"key\") "
            "else json_keys(json_text($tags)) end",
            f"coalesce(map_keys({_ATHENA_MAP}), transform({_ATHENA_PAIRS}, pair -> pair.key))",
        ),
        "has_other_keys": Piece(
            ("keys", "folded", "known"), f"len({_DUCKDB_OTHERS}) > 0", f"{_ATHENA_OTHERS} <> array[]"
        ),
        # The separator is `tag_sql.SEPARATOR`.
        "other_keys": Piece(
            ("keys", "folded", "known"),
            f"array_to_string({_DUCKDB_OTHERS}, chr(31))",
            f"array_join({_ATHENA_OTHERS}, chr(31))",
        ),
        "has_keys": Piece(("tags",), "cardinality($tags) > 0", "map_keys($tags) <> array[]"),
        # Both read a time without zone as the time zone of the session, which is UTC.
        "utc_of_text": Piece(
            ("time",),
            "try_cast($time as timestamptz) at time zone 'UTC'",
            "cast(try(from_iso8601_timestamp(replace(trim($time), ' ', 'T'))) at time zone 'UTC' as timestamp)",
        ),
        "utc_of_zoned": Piece(("time",), "$time at time zone 'UTC'", "cast($time at time zone 'UTC' as timestamp)"),
    }
)
"""By the name of the function that stands for it in the DuckDB text."""


def duckdb_macros() -> list[str]:
    """Statements that make every piece a function of a DuckDB database."""
    return [
        f"create macro {name}({', '.join(piece.arguments)}) as "
        + Template(piece.duckdb).substitute({argument: argument for argument in piece.arguments})
        for name, piece in PIECES.items()
    ]
