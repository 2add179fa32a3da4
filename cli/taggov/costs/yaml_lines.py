"""YAML that remembers its lines, refuses a key that is written twice, and takes scalars as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

Path = tuple[str | int, ...]

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
# YAML 1.1 would make an octal number of account 012345678901, and a number of any other.
_ACCOUNT = re.compile(r"[0-9]{12}")
_DEEPEST = 50
_MOST = 1_000_000


class NotYaml(Exception):
    """The text is no YAML, or says a thing twice. The message begins with the line."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where it says it."""

    value: Any
    """Mappings, lists, texts, numbers (int or Decimal), booleans and None; days stay texts."""
    lines: Mapping[Path, int]
    """Line of each key and list item, from 1."""

    def line(self, path: Path) -> int:
        """The line of a place, or of the nearest thing around it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str) -> Document:
    """Read a document.

    Raises:
        NotYaml: with the line and what is wrong with it.
    """
    lines: dict[Path, int] = {}
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        value = None if root is None else _Builder(loader, lines).value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise NotYaml(f"line {line}: {error.problem or error.context or 'not YAML'}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotYaml(f"line {line}: the character #x{error.character:04x} is not allowed in YAML") from None
    return Document(value, lines)


class _Builder:
    def __init__(self, loader: yaml.SafeLoader, lines: dict[Path, int]) -> None:
        self._loader, self._lines, self._left = loader, lines, _MOST

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._left -= 1
        if self._left < 0 or len(path) > _DEEPEST:
            raise _refused("too much, or nested too deeply: do anchors repeat each other?", node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self._lines[(*path, index)] = item.start_mark.line + 1
                items.append(self.value(item, (*path, index)))
            return items
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refused("a key must be a plain text", key)
            line = key.start_mark.line + 1
            if first.setdefault(key.value, line) != line:
                raise _refused(f'"{key.value}" is written twice, first on line {first[key.value]}', key)
        # Merge keys (<<): what they bring comes first, and the mapping's own keys override it.
        self._loader.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key, value in node.value:
            self._lines[(*path, key.value)] = key.start_mark.line + 1
            result[key.value] = self.value(value, (*path, key.value))
        return result


def _scalar(node: Any) -> Any:
    """A value as it is written; what stands in quotes is a text."""
    text: str = node.value
    if node.style is not None or _ACCOUNT.fullmatch(text):
        return text
    if _NUMBER.fullmatch(text):
        return Decimal(text) if "." in text or "e" in text.lower() else int(text)
    if text in ("true", "True", "false", "False"):
        return text.lower() == "true"
    return None if text in ("", "~", "null", "Null", "NULL") else text


def _refused(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
