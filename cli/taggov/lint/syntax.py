"""Parsing of HCL and Terraform JSON into blocks and attributes. Errors have file and line.

HCL is parsed by python-hcl2. Its parse tree is used directly, because it has line numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hcl2.api import parses_to_tree
from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from taggov.lint.values import Place

Node = Tree[Token]
_SHOWN = 20

_JSON = r"""
    start: value
    ?value: object | array | STRING | NUMBER | TRUE | FALSE | NULL
    object: "{" [pair ("," pair)*] "}"
    pair: STRING ":" value
    array: "[" [value ("," value)*] "]"
    STRING: /"([^"\\\x00-\x1f]|\\.)*"/
    NUMBER: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/
    TRUE: "true"
    FALSE: "false"
    NULL: "null"
    %ignore /[ \t\r\n]+/
"""
"""RFC 8259, in the order of its sections."""


class NotTerraform(Exception):
    """A file cannot be parsed. `place` is the place of the error, `text` the content of the file."""

    def __init__(self, place: Place, message: str, text: str = "") -> None:
        super().__init__(f"{place.file}:{place.line}: {message}")
        self.place = place
        self.message = message
        self.text = text


@dataclass(frozen=True, slots=True)
class Expression:
    """Value of an attribute, as a node of a parse tree."""

    node: Node | Token
    place: Place
    language: str
    """`hcl` or `json`."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = expression`. `place` is the place of the name."""

    place: Place
    expression: Expression


@dataclass(frozen=True, slots=True)
class Body:
    """Content of a file, or of a block between its braces."""

    attributes: dict[str, Attribute]
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" { body }`."""

    kind: str
    labels: tuple[str, ...]
    place: Place
    body: Body


def read_body(path: Path, shown: str) -> Body:
    """Read a file of either language.

    Args:
        path: the file. The name of a JSON file ends in `.json`.
        shown: name in messages.

    Raises:
        NotTerraform: the file cannot be opened, is not UTF-8, or has a syntax error.
    """
    text = _text(path, shown)
    language = "JSON" if path.suffix == ".json" else "HCL"
    try:
        if language == "JSON":
            return _json_body(_json_parser().parse(text), shown)
        return _hcl_body(parses_to_tree(text), shown)
    except LarkError as error:
        raise _syntax_error(error, text, shown, language) from None
    except RecursionError:
        raise NotTerraform(Place(shown, 1), "nested too deeply", text) from None


def parse_expression(text: str, place: Place) -> Expression | None:
    """Parse an HCL expression inside a text, such as `${...}` in JSON; None when it is no expression."""
    try:
        (body,) = parses_to_tree(f"x = {text}").children
    except (LarkError, RecursionError):
        return None
    nodes = [node for node in body.children if isinstance(node, Tree) and node.data == "attribute"]
    return Expression(nodes[0].children[-1], place, "hcl") if len(nodes) == 1 else None


def branches(node: Node) -> list[Node]:
    """Return the child nodes without punctuation and comments."""
    return [child for child in node.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def line_of(node: Node | Token, otherwise: int) -> int:
    """Return the first line of a node."""
    if isinstance(node, Token):
        return node.line or otherwise
    return otherwise if node.meta.empty else node.meta.line


def string_text(node: Node) -> str | None:
    """Read a string of HCL without interpolation; None with it."""
    parts = [part for part in node.children if isinstance(part, Tree)]
    tokens = [token for part in parts for token in part.children]
    if not all(isinstance(token, Token) for token in tokens):
        return None
    return "".join(unescape(token) for token in tokens if isinstance(token, Token))


def unescape(token: Token) -> str:
    """Replace the escape sequences in a part of a string."""
    if token.type in ("ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"):
        return str(token)[1:]
    try:
        # The escapes of HCL are those of JSON, and \U with eight digits.
        return str(json.loads(f'"{_long_escapes(token)}"', strict=False))
    except (ValueError, OverflowError):
        return str(token)


def _long_escapes(text: str) -> str:
    head, *rest = text.split("\\U")
    return head + "".join(json.dumps(chr(int(part[:8], 16)))[1:-1] + part[8:] for part in rest)


def _text(path: Path, shown: str) -> str:
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise NotTerraform(Place(shown, 1), getattr(error, "strerror", None) or str(error)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotTerraform(
            Place(shown, line), f"not UTF-8 (byte 0x{data[error.start]:02x})", data.decode("latin-1")
        ) from None


@cache
def _json_parser() -> Lark:
    return Lark(_JSON, parser="lalr", propagate_positions=True)


def _syntax_error(error: LarkError, text: str, shown: str, language: str) -> NotTerraform:
    last = text.count("\n", 0, len(text.rstrip())) + 1
    line = error.line if isinstance(error, UnexpectedInput) and error.line > 0 else last
    what = "the end of the file"
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        # Text that matches no rule is one token up to the end of the file.
        found = error.token.split("\n")[0].strip()[:_SHOWN]
        what = f'"{found}"' if found else "the end of the line"
    elif isinstance(error, UnexpectedCharacters):
        what = f'"{error.char}"'
    return NotTerraform(Place(shown, min(line, last)), f"not valid {language}: {what} is not expected here", text)


def _hcl_body(start: Node, shown: str) -> Body:
    (body,) = start.children
    return _inner(body, shown)


def _inner(node: Node | Token, shown: str) -> Body:
    found = Body({}, [])
    for child in node.children if isinstance(node, Tree) else ():
        if not isinstance(child, Tree):
            continue
        line = line_of(child, 1)
        if child.data == "attribute":
            name, value = child.children[0], child.children[-1]
            place = Place(shown, line_of(value, line))
            found.attributes[_word(name)] = Attribute(Place(shown, line), Expression(value, place, "hcl"))
        elif child.data == "block":
            words = [part for part in child.children if isinstance(part, Tree) and part.data in _WORDS]
            kind, *labels = (_word(word) for word in words)
            body = next(part for part in child.children if isinstance(part, Tree) and part.data == "body")
            found.blocks.append(Block(kind, tuple(labels), Place(shown, line), _inner(body, shown)))
    return found


_WORDS = frozenset({"identifier", "keyword", "literal_value", "string"})


def _word(node: Node | Token) -> str:
    """Read a name, with or without quotes."""
    if isinstance(node, Token):
        return str(node)
    return string_text(node) or "" if node.data == "string" else "".join(map(str, node.children))


_LABELS = {"module": 1, "variable": 1, "locals": 0, "output": 1}
"""Blocks to read from Terraform JSON, with their number of labels."""


def _json_body(start: Node, shown: str) -> Body:
    (root,) = start.children
    body = Body({}, [])
    for attribute, node in _members(root, shown):
        name, expression = attribute
        body.attributes[name] = expression
        if name in _LABELS:
            for labels, inner in _labelled_blocks(node, _LABELS[name], shown):
                attributes = {key: found for (key, found), _ in _members(inner, shown)}
                body.blocks.append(Block(name, labels, Place(shown, line_of(inner, 1)), Body(attributes, [])))
    return body


def _labelled_blocks(node: Node | Token, depth: int, shown: str) -> Iterator[tuple[tuple[str, ...], Node | Token]]:
    """Yield the blocks below a name. A list has several blocks."""
    if isinstance(node, Tree) and node.data == "array":
        for item in node.children:
            if item is not None:
                yield from _labelled_blocks(item, depth, shown)
    elif depth == 0:
        yield (), node
    else:
        for (name, _), inner in _members(node, shown):
            for labels, found in _labelled_blocks(inner, depth - 1, shown):
                yield (name, *labels), found


def _members(node: Node | Token, shown: str) -> Iterator[tuple[tuple[str, Attribute], Node | Token]]:
    if not isinstance(node, Tree) or node.data != "object":
        return
    for pair in node.children:
        if isinstance(pair, Tree):
            key, value = pair.children
            name, line = json_string(key), line_of(pair, 1)
            # "//" is a comment in Terraform JSON.
            if name != "//":
                expression = Expression(value, Place(shown, line_of(value, line)), "json")
                yield (name, Attribute(Place(shown, line), expression)), value


def json_string(token: Node | Token) -> str:
    """Replace the escape sequences in a string of JSON; keep the text as it is when they are not valid."""
    try:
        return str(json.loads(str(token), strict=False))
    except ValueError:
        return str(token)[1:-1]
