"""YAML reader with line numbers. It rejects duplicate keys, and does not convert scalars in surprising ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

Path = tuple[str | int, ...]

_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]{0,99})(\.[0-9]{1,99})?|\.[0-9]{1,99})([eE][-+]?[0-9]{1,9})?")
"""Numbers, without the octal and other forms of YAML 1.1: 012345678901 is an account id."""
_ACCOUNT = re.compile(r"[0-9]{12}")
_KINDS = frozenset({"null", "bool", "int", "float", "str", "timestamp", "merge", "value", "seq", "map"})
_CORE = "tag:yaml.org,2002:"
_MERGE = _CORE + "merge"
_TOO_MUCH = "too large, or nested too deeply: do anchors repeat each other?"
_DEEPEST = 50
_MOST = 500_000
_MESSAGES = {
    "but found another document": "another document begins; a file has one",
    "found character '\\t' that cannot start any token": "a tab; indent with spaces",
    "second occurrence": "the anchor is written twice",
}
"""Better messages for errors of the parser."""


class NotYaml(Exception):
    """The text is not valid YAML, or has a duplicate key. The message begins with the line."""


@dataclass(frozen=True, slots=True)
class Document:
    """Content of a file with line numbers."""

    value: Any
    """Mappings, lists, texts, numbers (int or Decimal), booleans and None. Dates stay texts."""
    lines: Mapping[Path, int]
    """Line of each key and list item, from 1."""

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest parent in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str) -> Document:
    """Read a document.

    Raises:
        NotYaml: the message has the line and the problem.
    """
    lines: dict[Path, int] = {}
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        value = None if root is None else _Builder(lines).value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or error.context or "not YAML"
        raise NotYaml(f"line {line}: {_MESSAGES.get(problem, problem)}") from None
    except RecursionError:
        # The parser recurses for each level, before the limits here apply.
        raise NotYaml(f"line 1: {_TOO_MUCH}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotYaml(f"line {line}: the character #x{error.character:04x} is not allowed in YAML") from None
    return Document(value, lines)


class _Builder:
    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines, self._left = lines, _MOST

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._count(node, len(path))
        if node.tag.removeprefix(_CORE) not in _KINDS:
            raise _yaml_error(f"{node.tag} is not allowed; write the value itself", node)
        if isinstance(node, yaml.MappingNode):
            result = {}
            for name, (key, value) in self._entries(node, len(path)).items():
                self._lines[(*path, name)] = key.start_mark.line + 1
                result[name] = self.value(value, (*path, name))
            return result
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self._lines[(*path, index)] = item.start_mark.line + 1
                items.append(self.value(item, (*path, index)))
            return items
        return _scalar(node, in_list=bool(path) and isinstance(path[-1], int))

    def _entries(self, node: yaml.MappingNode, depth: int) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return keys and values by name: those of the mapping, and merged ones (<<) that it does not override."""
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            self._count(key, depth)
            if not isinstance(key, yaml.ScalarNode):
                raise _yaml_error("a key must be a plain text", key)
            if key.value in own:
                line = own[key.value][0].start_mark.line + 1
                raise _yaml_error(f'"{key.value}" is written twice, first on line {line}', key)
            own[key.value] = (key, value)
        if (merge := own.get("<<")) and merge[0].tag == _MERGE:
            del own["<<"]
            several = merge[1].value if isinstance(merge[1], yaml.SequenceNode) else [merge[1]]
            for other in several:
                if not isinstance(other, yaml.MappingNode):
                    raise _yaml_error("<< takes a mapping, or a list of them", other)
                merged = self._entries(other, depth + 1) | merged
        return merged | own

    def _count(self, node: yaml.Node, depth: int) -> None:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise _yaml_error(_TOO_MUCH, node)


def _scalar(node: Any, in_list: bool) -> Any:
    """Convert a scalar. Quoted scalars are texts, and so are account ids in lists."""
    text: str = node.value
    if node.style is not None or (in_list and _ACCOUNT.fullmatch(text)):
        return text
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("+-").isdecimal() else Decimal(text)
    if text in ("true", "True", "false", "False"):
        return text.lower() == "true"
    return None if text in ("", "~", "null", "Null", "NULL") else text


def _yaml_error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
