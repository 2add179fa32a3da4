"""Recognition of the module calls that call this module."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from taggov.lint.configuration import Call
from taggov.lint.interface import Interface, packaged_interface, read_interface
from taggov.lint.syntax import NotTerraform
from taggov.lint.values import entries, written

_NAME = re.compile(r"tag[-_]governance", re.IGNORECASE)
_SUBMODULE = re.compile(r"(?<!:)//.*\bmodules/(?!tag[-_]governance)", re.IGNORECASE)
_SIGNS = frozenset({"tags", "scopes", "exemptions"})
_OWN_FIELDS = frozenset({"allowed_values", "derive_from", "deny_create_without", "key_aliases", "report_required_for"})
"""Fields of a tag that hardly another module has."""


def interface_of_call(call: Call) -> Interface | None:
    """Find the variables that a call can set, when it is one of this module; None for any other module.

    A folder is read: it may hold another version. Any other source is known by its name, or by what the call looks
    like, because companies keep modules under names of their own.
    """
    if call.source is not None and call.source.startswith((".", "/")):
        return _of_folder((call.folder / call.source).resolve())
    named = call.source is not None and is_named(call.source)
    if named and _SUBMODULE.search(call.source or ""):
        return None
    return packaged_interface() if named or _looks_alike(call) else None


def is_named(text: str) -> bool:
    """Say if a text has the name of this module in it."""
    return bool(_NAME.search(text))


@cache
def _of_folder(folder: Path) -> Interface | None:
    try:
        # Parsing every module of a large repository would take most of the time.
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
        for option in (written(tags.value) if tags else ())
        for tag in entries(option).values()
        for inner in written(tag.value)
        for name in entries(inner)
    }
    return bool(fields & _OWN_FIELDS) and known * 2 > len(call.arguments)
