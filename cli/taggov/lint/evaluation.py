"""Evaluation of expressions. Uncertain values stay unknown, because an unknown value is better than a wrong one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from lark import Token, Tree

from taggov.lint.syntax import Expression, Node, branches, json_string, line_of, parse_expression, unescape
from taggov.lint.values import Entry, Items, Known, Pairs, Place, Unknown, Value

_WHOLE_TEMPLATE = re.compile(r"\$\{((?:[^{}\"]|\"[^\"{}]*\")*)\}")
_TEMPLATE = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")
_SAME = frozenset({"tolist", "tomap", "toset"})
"""Functions that change only the type."""
_DECODERS = frozenset({"jsondecode", "yamldecode"})
_DEEPEST = 100


class Names(Protocol):
    """Values of `local.NAME` and `var.NAME`."""

    def local(self, name: str) -> Value | None:
        """Return the value of a local; None if unknown."""

    def variable(self, name: str) -> Value | None:
        """Return the value of a variable; None if unknown."""

    def variable_default(self, name: str) -> Value | None:
        """Return the default of a variable, which may be overridden."""

    def file(self, path: str) -> Value | None:
        """Read a YAML or JSON file; None if it cannot be read."""


class NoNames:
    """Scope without names, as in a variable file."""

    def local(self, name: str) -> Value | None:
        """Return None: no local is known."""
        return None

    def variable(self, name: str) -> Value | None:
        """Return None: no variable has a value."""
        return None

    def variable_default(self, name: str) -> Value | None:
        """Return None: no variable has a default."""
        return None

    def file(self, path: str) -> Value | None:
        """Return None: no file is read."""
        return None


def evaluate(expression: Expression, names: Names) -> Value:
    """Evaluate an expression as far as possible."""
    reader = _Json if expression.language == "json" else _Hcl
    try:
        return reader(expression.place, names).value(expression.node, 0)
    except (RecursionError, ValueError):
        # Nested too deeply, or a number with too many digits.
        return Unknown(expression.place)


class _Json:
    def __init__(self, place: Place, names: Names) -> None:
        self._place, self._names = place, names

    def value(self, node: Node | Token, depth: int) -> Value:
        place = Place(self._place.file, line_of(node, self._place.line))
        if depth > _DEEPEST:
            return Unknown(place)
        if isinstance(node, Token):
            return self._string(json_string(node), place) if node.type == "STRING" else Known(place, json.loads(node))
        if node.data == "array":
            return Items(place, tuple(self.value(item, depth + 1) for item in node.children if item is not None))
        entries = {}
        for pair in node.children:
            if isinstance(pair, Tree):
                key, value = pair.children
                key_place = Place(place.file, line_of(pair, place.line))
                entries[json_string(key)] = Entry(key_place, self.value(value, depth + 1))
        return Pairs(place, entries)

    def _string(self, text: str, place: Place) -> Value:
        if not _TEMPLATE.search(text):
            return Known(place, text.replace("$${", "${").replace("%%{", "%{"))
        whole = _WHOLE_TEMPLATE.fullmatch(text)
        inner = parse_expression(whole[1], place) if whole else None
        # Its line numbers are relative to the text, not to the file.
        return _Hcl(place, self._names, fixed=True).value(inner.node, 0) if inner else Unknown(place)


class _Hcl:
    def __init__(self, place: Place, names: Names, fixed: bool = False) -> None:
        self._place, self._names, self._fixed = place, names, fixed
        self._readers: dict[str, Callable[[Node, Place, int], Value]] = {
            "expr_term": self._term,
            "literal_value": self._literal,
            "int_lit": self._number,
            "float_lit": self._number,
            "string": self._string,
            "tuple": self._tuple,
            "object": self._object,
            "function_call": self._call,
            "get_attr_expr_term": self._reference,
            "index_expr_term": self._reference,
            "conditional": self._conditional,
            "for_object_expr": self._for_object,
            "for_tuple_expr": self._for_tuple,
        }

    def value(self, node: Node | Token, depth: int) -> Value:
        place = self._at(node)
        if isinstance(node, Token) or depth > _DEEPEST:
            return Unknown(place)
        reader = self._readers.get(node.data)
        return reader(node, place, depth + 1) if reader else Unknown(place)

    def _at(self, node: Node | Token) -> Place:
        return self._place if self._fixed else Place(self._place.file, line_of(node, self._place.line))

    def _term(self, node: Node, place: Place, depth: int) -> Value:
        inner = branches(node)
        return self.value(inner[0], depth) if len(inner) == 1 else Unknown(place)

    def _literal(self, node: Node, place: Place, depth: int) -> Value:
        return Known(place, {"true": True, "false": False, "null": None}[str(node.children[0])])

    def _number(self, node: Node, place: Place, depth: int) -> Value:
        text = str(node.children[0])
        return Known(place, int(text) if node.data == "int_lit" else float(text))

    def _string(self, node: Node, place: Place, depth: int) -> Value:
        parts: list[Value] = []
        for part in branches(node):
            content = part.children[0]
            if isinstance(content, Token):
                parts.append(Known(place, unescape(content)))
            elif content.data == "interpolation":
                parts.append(self.value(branches(content)[0], depth))
            else:
                return Unknown(place)
        if len(parts) == 1:
            return parts[0]
        texts = [part.content for part in parts if isinstance(part, Known) and isinstance(part.content, str)]
        return Known(place, "".join(texts)) if len(texts) == len(parts) else Unknown(place)

    def _tuple(self, node: Node, place: Place, depth: int) -> Value:
        return Items(place, tuple(self.value(item, depth) for item in branches(node)))

    def _object(self, node: Node, place: Place, depth: int) -> Value:
        entries: dict[str, Entry] = {}
        others: list[Value] = []
        for element in branches(node):
            key = self._key(branches(element)[0], depth)
            value = self.value(element.children[-1], depth)
            if key is None:
                others.append(value)
            else:
                entries[key] = Entry(self._at(element), value)
        return Pairs(place, entries, complete=not others, others=tuple(others))

    def _key(self, node: Node, depth: int) -> str | None:
        """Return the text of a key. A bare name is a text unless it is in parentheses."""
        inner = node.children[0]
        if isinstance(inner, Token):
            return str(inner)
        if inner.data == "keyword":
            return str(inner.children[0])
        if inner.data == "expr_term":
            term = inner.children[0]
            if isinstance(term, Tree) and term.data in ("identifier", "literal_value", "int_lit"):
                return str(term.children[0])
        value = self.value(inner, depth)
        return value.content if isinstance(value, Known) and isinstance(value.content, str) else None

    def _call(self, node: Node, place: Place, depth: int) -> Value:
        name = ":".join(str(part.children[0]) for part in branches(node) if part.data == "identifier")
        arguments = next((part for part in branches(node) if part.data == "arguments"), None)
        if name in _DECODERS:
            return self._decode(branches(arguments) if arguments else [], place, depth)
        values = [self.value(part, depth) for part in branches(arguments)] if arguments else []
        spread = arguments is not None and "..." in arguments.children
        if name == "merge" and not spread:
            return _merge(values, place)
        if name == "concat" and not spread and all(isinstance(value, Items) for value in values):
            return Items(place, tuple(item for value in values if isinstance(value, Items) for item in value.items))
        if name in _SAME and len(values) == 1:
            return values[0]
        return Unknown(place)

    def _decode(self, arguments: Sequence[Node], place: Place, depth: int) -> Value:
        """Read the file that `yamldecode(file("schema.yaml"))` names."""
        inner = [part for argument in arguments for part in argument.children]
        if len(inner) == 1 and isinstance(inner[0], Tree) and inner[0].data == "function_call":
            function, *rest = branches(inner[0])
            path = self.value(branches(rest[0])[0], depth) if rest and function.children[0] == "file" else None
            if isinstance(path, Known) and isinstance(path.content, str):
                return self._names.file(path.content) or Unknown(place)
        return Unknown(place)

    def _conditional(self, node: Node, place: Place, depth: int) -> Value:
        _, yes, no = branches(node)
        return Unknown(place, (self.value(yes, depth), self.value(no, depth)))

    def _for_object(self, node: Node, place: Place, depth: int) -> Value:
        # for_intro, key, value and, where there is one, for_cond
        return Pairs(place, {}, complete=False, others=(self.value(branches(node)[2], depth),))

    def _for_tuple(self, node: Node, place: Place, depth: int) -> Value:
        return Unknown(place, (Items(place, (self.value(branches(node)[1], depth),)),))

    def _reference(self, node: Node, place: Place, depth: int) -> Value:
        path = self._path(node, depth)
        match path:
            case ["path", "module" | "root" | "cwd"]:
                return Known(place, ".")
            case ["local", str(name), *steps]:
                found = self._names.local(name)
                return _follow(found, steps, place) if found else Unknown(place)
            case ["var", str(name), *steps]:
                given = self._names.variable(name)
                if given is not None:
                    return _follow(given, steps, place)
                default = self._names.variable_default(name)
                found = _follow(default, steps, place) if default else Unknown(place)
                # Scalar defaults are usually overridden, but maps usually are the schema itself.
                return Unknown(place, (found,)) if isinstance(found, Known) else found
        return Unknown(place)

    def _path(self, node: Node | Token, depth: int) -> list[str | int] | None:
        """Split a path such as `local.a["b"][0]` into its steps; None for any other expression."""
        if isinstance(node, Token):
            return None
        inner = branches(node)
        if node.data == "expr_term" and len(inner) == 1:
            return self._path(inner[0], depth)
        if node.data == "identifier":
            return [str(node.children[0])]
        if node.data not in ("get_attr_expr_term", "index_expr_term") or len(inner) != 2:
            return None
        base = self._path(inner[0], depth)
        step = self._step(inner[1], depth)
        return [*base, step] if base is not None and step is not None else None

    def _step(self, node: Node, depth: int) -> str | int | None:
        if node.data == "get_attr":
            (name,) = branches(node)
            return str(name.children[0])
        if node.data == "short_index":
            return int(str(node.children[-1]))
        value = self.value(branches(node)[0], depth)
        return value.content if isinstance(value, Known) and isinstance(value.content, str | int) else None


def _merge(values: Sequence[Value], place: Place) -> Value:
    """Merge maps; later ones win. An unknown map may have replaced any entry of earlier maps."""
    entries: dict[str, Entry] = {}
    others: list[Value] = []
    complete = True
    for value in values:
        if isinstance(value, Pairs):
            if not value.complete:
                entries = {key: _make_uncertain(entry) for key, entry in entries.items()}
            entries |= value.entries
            others += value.others
            complete = complete and value.complete
        elif not (isinstance(value, Known) and value.content is None):
            entries = {key: _make_uncertain(entry) for key, entry in entries.items()}
            others += _values_of(value)
            complete = False
    return Pairs(place, entries, complete, tuple(others))


def _make_uncertain(entry: Entry) -> Entry:
    return Entry(entry.place, Unknown(entry.place, (entry.value,)))


def _values_of(value: Value) -> list[Value]:
    options = value.maybe if isinstance(value, Unknown) else ()
    return [entry.value for option in options if isinstance(option, Pairs) for entry in option.entries.values()]


def _follow(value: Value, steps: Sequence[str | int], place: Place) -> Value:
    for step in steps:
        if isinstance(value, Pairs) and step in value.entries:
            value = value.entries[str(step)].value
        elif isinstance(value, Items) and isinstance(step, int) and 0 <= step < len(value.items):
            value = value.items[step]
        else:
            return Unknown(place)
    return value
