"""Recognition of calls of this module."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from taggov.lint.configuration import Call
from taggov.lint.interface import Interface, packaged_interface, read_interface
from taggov.lint.syntax import NotTerraform
from taggov.lint.values import entries, possible_values

_NAME = re.compile(r"tag[-_]governance", re.IGNORECASE)
_SUBMODULE = re.compile(r"(?<!:)//.*\bmodules/(?!tag[-_]governance)", re.IGNORECASE)
_SIGNS = frozenset({"tags", "scopes", "exemptions"})
_OWN_FIELDS = frozenset({"allowed_values", "derive_from", "deny_create_without", "key_aliases", "report_required_for"})
"""Fields of a tag that other modules rarely have."""


def interface_of_call(call: Call) -> Interface | None:
    """Return the variables of the module if a call is for this module; None for other modules.

    A local folder is read, because it may have another version. Other sources are recognized by name, or by the
    arguments, because companies rename modules.
    """
    if call.source is not None and call.source.startswith((".", "/")):
        return _of_folder((call.folder / call.source).resolve())
    named = call.source is not None and is_named(call.source)
    if named and _SUBMODULE.search(call.source or ""):
        return None
    return packaged_interface() if named or _looks_alike(call) else None


def is_named(text: str) -> bool:
    """Return True if a text contains the name of this module."""
    return bool(_NAME.search(text))


@cache
def _of_folder(folder: Path) -> Interface | None:
    try:
        # Check the text first, because parsing every module of a large repository is slow.
        text = b"".join(path.read_bytes() for path in folder.glob("*.tf"))
        if not all(f'"{name}"'.encode() in text for name in _SIGNS):
            return None
        interface = read_interface(folder)
    except (NotTerraform, OSError):
        return None
    return interface if interface.keys() >= _SIGNS else None


def _looks_alike(call: Call) -> bool:
    known = sum(name in packaged_interface() for name in call.arguments)
    tags = call.arguments.get("tags")
    fields = {
        name
        for option in (possible_values(tags.value) if tags else ())
        for tag in entries(option).values()
        for inner in possible_values(tag.value)
        for name in entries(inner)
    }
    return bool(fields & _OWN_FIELDS) and known * 2 > len(call.arguments)
