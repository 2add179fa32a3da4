"""Suggested rules as one line of YAML. They replace entries with the same name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def project(value: str, team: str, aliases: Iterable[str] = ()) -> str:
    """Write a project with its team and all its aliases."""
    spelled = ", ".join(quote(alias) for alias in aliases)
    entry = f"{{team: {quote(team)}, aliases: [{spelled}]}}" if spelled else quote(team)
    return f"projects: {{{quote(value)}: {entry}}}"


def team(name: str) -> str:
    """Write a team with the default owner."""
    return f"teams: {{{quote(name)}: null}}"


def account(number: str, team: str) -> str:
    """Write an account with its team."""
    return f"accounts: {{{quote(number)}: {quote(team)}}}"


def service_pool(name: str, service: str, shared: Mapping[str, Fraction]) -> str:
    """Write a pool that takes a service and is shared by every team.

    Args:
        shared: weights of the pool `shared`, if it is the only one. The file may have them directly below `shared`,
            where no other pool is possible, so they are written as a named pool.
    """
    weights = ", ".join(f"{quote(target)}: {weight}" for target, weight in shared.items())
    first = f"shared: {{to: {{{weights}}}}}, " if weights else ""
    # Escape wildcards.
    pattern = re.sub(r"([*?[])", r"[\1]", service)
    return f"shared: {{{first}{quote(name)}: {{match: {{services: [{quote(pattern)}]}}, split: even}}}}"


def quote(text: str) -> str:
    """Quote a text for YAML if needed."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08X}"
