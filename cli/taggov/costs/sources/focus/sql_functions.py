"""SQL functions that sqlglot cannot translate: each has an expression for DuckDB and one for Athena."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from types import MappingProxyType
from typing import NamedTuple


class SqlFunction(NamedTuple):
    """Expressions of a function in both dialects, with `$name` for each argument."""

    arguments: tuple[str, ...]
    duckdb: str
    athena: str


# Azure omits the braces around the members of the object.
_JSON = (
    "case when $tags in ('', 'null') then null "
    "when starts_with(ltrim($tags), '{') then $tags "
    "when starts_with(ltrim($tags), '[') then PAIRS "
    "else '{' || $tags || '}' end"
)
# Lists of pairs name their members in any letter case: `[{"Key": "team", "Value": "shop"}]`. The pattern cannot match
# inside a text, because quotes are escaped there.
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

SQL_FUNCTIONS: Mapping[str, SqlFunction] = MappingProxyType(
    {
        "json_text": SqlFunction(("tags",), _DUCKDB_TEXT, _ATHENA_TEXT),
        "tag_of_map": SqlFunction(("tags", "key"), "$tags[$key]", "element_at($tags, $key)"),
        "tag_of_json": SqlFunction(
            ("tags", "key"),
            "case when not json_valid(json_text($tags)) then null "
            "when starts_with(ltrim($tags), '[') "
            f'then list_filter({_DUCKDB_PAIRS}, lambda pair: pair."key" = $key)[1]."value" '
            f"else json_extract_string(json_text($tags), {_POINTER}) end",
            f"coalesce(element_at({_ATHENA_MAP}, $key), "
            f"element_at(filter({_ATHENA_PAIRS}, pair -> pair.key = $key), 1).value)",
        ),
        "is_broken_json": SqlFunction(
            ("tags",),
            "json_text($tags) is not null and (not json_valid(json_text($tags)) or starts_with(ltrim($tags), '[') "
            # Elements that are not pairs have become pairs without a key.
            f'and coalesce(list_contains([pair."key" is null for pair in {_DUCKDB_PAIRS}], true), true))',
            f"{_ATHENA_TEXT} is not null and {_ATHENA_MAP} is null "
            f"and coalesce(cardinality(filter({_ATHENA_PAIRS}, pair -> pair.key is null)) > 0, true)",
        ),
        "keys_of_json": SqlFunction(
            ("tags",),
            "case when not json_valid(json_text($tags)) then [] "
            f"when starts_with(ltrim($tags), '[') then list_transform({_DUCKDB_PAIRS}, lambda pair: pair.\"key\") "
            "else json_keys(json_text($tags)) end",
            f"coalesce(map_keys({_ATHENA_MAP}), transform({_ATHENA_PAIRS}, pair -> pair.key))",
        ),
        "has_other_keys": SqlFunction(
            ("keys", "folded", "known"), f"len({_DUCKDB_OTHERS}) > 0", f"{_ATHENA_OTHERS} <> array[]"
        ),
        # The separator is `tag_sql.SEPARATOR`.
        "other_keys": SqlFunction(
            ("keys", "folded", "known"),
            f"array_to_string({_DUCKDB_OTHERS}, chr(31))",
            f"array_join({_ATHENA_OTHERS}, chr(31))",
        ),
        "has_keys": SqlFunction(("tags",), "cardinality($tags) > 0", "map_keys($tags) <> array[]"),
        # Both dialects use the time zone of the session, UTC, for times without a zone.
        "utc_of_text": SqlFunction(
            ("time",),
            "try_cast($time as timestamptz) at time zone 'UTC'",
            "cast(try(from_iso8601_timestamp(replace(trim($time), ' ', 'T'))) at time zone 'UTC' as timestamp)",
        ),
        "utc_of_zoned": SqlFunction(
            ("time",), "$time at time zone 'UTC'", "cast($time at time zone 'UTC' as timestamp)"
        ),
    }
)
"""Functions by their name in DuckDB statements."""


def duckdb_macros() -> list[str]:
    """Write the statements that create the functions in DuckDB."""
    return [
        f"create macro {name}({', '.join(function.arguments)}) as "
        + Template(function.duckdb).substitute({argument: argument for argument in function.arguments})
        for name, function in SQL_FUNCTIONS.items()
    ]
