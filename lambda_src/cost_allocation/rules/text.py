"""Rules as YAML in one line, for people to paste into their file in place of an entry of the same name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def project(value: str, team: str, aliases: Iterable[str] = ()) -> str:
    """The value of a project tag and whose it is, with all its aliases."""
    spelled = ", ".join(quoted(alias) for alias in aliases)
    entry = f"{{team: {quoted(team)}, aliases: [{spelled}]}}" if spelled else quoted(team)
    return f"projects: {{{quoted(value)}: {entry}}}"


def team(name: str) -> str:
    """A team that the default owner answers for."""
    return f"teams: {{{quoted(name)}: null}}"


def account(number: str, team: str) -> str:
    """An account and whose it is."""
    return f"accounts: {{{quoted(number)}: {quoted(team)}}}"


def service_pool(name: str, service: str, shared: Mapping[str, Fraction]) -> str:
    """A pool that takes a service and goes to every team.

    Args:
        shared: weights of the pool `shared`, where it is the only one. The file may have them straight below `shared`,
            beside which no other pool can stand: they are written out.
    """
    weights = ", ".join(f"{quoted(target)}: {weight}" for target, weight in shared.items())
    first = f"shared: {{to: {{{weights}}}}}, " if weights else ""
    # Brackets, stars and question marks mean themselves.
    pattern = re.sub(r"([*?[])", r"[\1]", service)
    return f"shared: {{{first}{quoted(name)}: {{match: {{services: [{quoted(pattern)}]}}, split: even}}}}"


def quoted(text: str) -> str:
    """A scalar of YAML that can be nothing but this text."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08X}"
