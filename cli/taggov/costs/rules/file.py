"""Reading of `allocation_rules.yaml`. Every error message names line and field."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cost_allocation.rules.document import RATES, read_rules
from cost_allocation.rules.impossible import impossible_conditions
from cost_allocation.rules.model import Problem, Rules, RulesError
from taggov.costs.rules.lines import Document, NotYaml, load

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


_RATE_FIELDS = ("month", "currency", "rate")
_RATE = re.compile(r"[0-9]{1,18}(\.[0-9]{1,30})?")
_LONGEST = 60
"""Maximum number of characters of a text in a message."""


class RulesFileError(Exception):
    """The file is invalid. `problems` has one line for each error."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems[0])
        self.problems = problems


def read_rules_file(path: Path) -> Rules:
    """Read a rules file, and the file with currency rates that it names.

    Raises:
        RulesFileError: the file cannot be read, is not YAML, or is not valid.
    """
    return _read(_load(path), str(path), path.parent)


def check_rules_file(path: Path) -> Rules:
    """Read a rules file, and check that no rule is impossible to match.

    Raises:
        RulesFileError: see `read_rules_file`; or a rule can never match.
    """
    document = _load(path)
    rules = _read(document, str(path), path.parent)
    if problems := impossible_conditions(rules):
        raise _rules_file_error(problems, document, str(path))
    return rules


def read_rules_text(text: str, name: str) -> Rules:
    """Read rules from a text, which cannot refer to other files. `name` is its name in error messages.

    Raises:
        RulesFileError: see `read_rules_file`.
    """
    return _read(_parse(text, name), name, None)


def _load(path: Path) -> Document:
    return _parse(_text(path), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RulesFileError([f"{path}, line {line}: not UTF-8 (byte 0x{error.object[error.start]:02x})"]) from None
    except (OSError, ValueError) as error:
        raise RulesFileError([f"{path}: {getattr(error, 'strerror', None) or error}"]) from None


def _parse(text: str, name: str) -> Document:
    try:
        return load(text)
    except NotYaml as error:
        raise RulesFileError([_one_line(f"{name}, {error}")]) from None


def _read(document: Document, name: str, folder: Path | None) -> Rules:
    """Read the rules of a document.

    Args:
        folder: folder of the files that it refers to; None if it cannot refer to files.
    """
    problems = list(dict.fromkeys(_structure(document, schema())))
    if not problems:
        value = document.value or {}
        if folder is not None and isinstance(rates := value.get(RATES), str):
            value = {**value, RATES: _rates(folder / rates)}
        try:
            return read_rules(value)
        except RulesError as error:
            problems = list(error.problems)
    raise _rules_file_error(problems, document, name)


def _rates(path: Path) -> Any:
    """Read currency rates by month: a CSV with the columns month, currency and rate, or YAML as in the rules."""
    text, by_month = _text(path), schema()["$defs"]["rates_by_month"]
    document = _rates_table(text, path) if path.suffix.lower() == ".csv" else _parse(text, str(path))
    if problems := list(_structure(document, by_month)):
        raise _rules_file_error(problems, document, str(path))
    if not document.value:
        raise RulesFileError([f"{path}: has no currency rates"])
    return document.value


def _rates_table(text: str, path: Path) -> Document:
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        return _rates_document(table, path)
    except csv.Error as error:
        raise RulesFileError([f"{path}, line {table.line_num}: {error}"]) from None


def _rates_document(table: csv.DictReader[str], path: Path) -> Document:
    if missing := [name for name in _RATE_FIELDS if name not in (table.fieldnames or ())]:
        raise RulesFileError(
            [f"{path}: no column {', '.join(missing)}; the first line must be {','.join(_RATE_FIELDS)}"]
        )
    rates: dict[str, dict[str, Any]] = {}
    lines: dict[tuple[str | int, ...], int] = {}
    for row in table:
        month, currency, rate = ((row[name] or "").strip() for name in _RATE_FIELDS)
        place = (month, currency)
        if place in lines:
            raise RulesFileError([f"{path}, line {table.line_num}: {currency} of {month} occurs twice"])
        lines[place] = table.line_num
        lines.setdefault((month,), table.line_num)
        rates.setdefault(month, {})[currency] = Decimal(rate) if _RATE.fullmatch(rate) else rate
    return Document(rates, lines)


def _rules_file_error(problems: Sequence[Problem], document: Document, name: str) -> RulesFileError:
    found = sorted(problems, key=lambda problem: document.line(problem.path))
    return RulesFileError(
        [
            _one_line(f"{name}, line {document.line(problem.path)}: {problem.place}: {problem.message}")
            for problem in found
        ]
    )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the rules file."""
    loaded: dict[str, Any] = json.loads(files("cost_allocation.rules").joinpath("schema.json").read_text("utf-8"))
    return loaded


def _structure(document: Document, wanted: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the violations of a schema."""
    if document.value is None:
        return
    for error in Draft202012Validator(wanted).iter_errors(document.value):
        yield from _problems(error, ())


def _problems(error: ValidationError, above: tuple[str | int, ...]) -> Iterator[Problem]:
    """Convert a validation error. If several forms are allowed, use the one that is most similar to the value."""
    path = (*above, *error.relative_path)
    if error.context:
        branches: dict[object, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        meant = [found for found in branches.values() if not any(_wrong_type(inner) for inner in found)]
        if meant:
            for inner in min(meant, key=_distance):
                yield from _problems(inner, path)
            return
    if error.validator == "additionalProperties":
        yield from _unknown_fields(error, path)
    else:
        yield Problem(path, _message(error))


def _unknown_fields(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[Problem]:
    given: Any = error.instance
    known = list(_keywords(error)["properties"])
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"allowed are {', '.join(known)}"
            yield Problem((*path, name), f"unknown field; {hint}")


def _wrong_type(error: ValidationError) -> bool:
    """Return True if the value has another type than this form."""
    if error.context:
        return all(_wrong_type(inner) for inner in error.context)
    return error.validator == "type" and not error.relative_path


def _distance(errors: list[ValidationError]) -> tuple[bool, int]:
    """Rate how different a value is from a form: first if it has none of its fields, then the number of errors."""
    given = errors[0].parent.instance if errors[0].parent else None
    known = _keywords(errors[0]).get("properties", {})
    strange = isinstance(given, Mapping) and bool(known) and not any(get_close_matches(name, known) for name in given)
    return strange, len(errors)


def _message(error: ValidationError) -> str:
    given: Any = error.instance
    wanted = _keywords(error)[str(error.validator)]
    if "propertyNames" in error.absolute_schema_path:
        described = _keywords(error).get("description") if error.validator in ("pattern", "not") else None
        return f"{_describe(given)} is not a valid name; a name must be {described or 'a text that is not blank'}"
    messages: dict[str, Callable[[], str]] = {
        "required": lambda: f"{', '.join(name for name in wanted if name not in given)} is missing",
        "enum": lambda: f"must be one of {', '.join(wanted)}, not {_describe(given)}",
        "const": lambda: f"must be {wanted}, not {_describe(given)}",
        "minItems": lambda: "must not be empty",
        "minProperties": lambda: "must not be empty",
        "minLength": lambda: "must not be empty",
        "uniqueItems": lambda: f"has {_describe(next(one for one in given if given.count(one) > 1))} twice",
        "maxItems": lambda: f"must not have more than {wanted} values",
        "minimum": lambda: f"must not be negative: {_describe(given)}",
        "exclusiveMinimum": lambda: f"must be more than {wanted}: {_describe(given)}",
        "pattern": lambda: (
            f"must be {_keywords(error).get('description', 'a text that is not blank')}, not {_describe(given)}"
        ),
    }
    if message := messages.get(str(error.validator)):
        return message()
    kinds = _kinds(error)
    if kinds == [_TYPES["string"]] and isinstance(given, int | Decimal):
        return f"must be a text; put it in quotes: {_describe(str(given).lower())}"
    return f"must be {' or '.join(kinds)}, not {_describe(given)}"


def _kinds(error: ValidationError) -> list[str]:
    """List the types of value that are allowed."""
    if error.context:
        return list(dict.fromkeys(kind for inner in error.context for kind in _kinds(inner)))
    keywords = _keywords(error)
    return [_TYPES[keywords["type"]] if error.validator == "type" else keywords.get("description", "something else")]


def _keywords(error: ValidationError) -> Mapping[str, Any]:
    """Return the part of the schema that is violated."""
    return error.schema if isinstance(error.schema, Mapping) else {}


def _describe(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else f'"{value}"'
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}..."'


def _one_line(text: str) -> str:
    """Replace line breaks and control characters."""
    return "".join(character if character.isprintable() else " " for character in text)
