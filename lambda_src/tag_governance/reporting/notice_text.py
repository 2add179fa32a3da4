"""Text of notices for people: what happened, where, since when, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tag_governance.domain.entry import Entry
from tag_governance.domain.model import Mode, Problem, Violation

_LONGEST_VALUE = 256
_REASONS: Mapping[str, str] = {
    "default": "the default of the schema",
    "key_spelling": "copied from another spelling of the key",
    "value_spelling": "the correct spelling of the value",
    "kept": "the value that it had before",
    "restored": "the value that another change had set",
}
_PROBLEMS: Mapping[Problem, str] = {
    Problem.MISSING: "{key} is missing{found}. Add the tag{proposed}.",
    Problem.MISSPELT_KEY: "{key} has a misspelt key{found}. Use the key {key}{proposed}.",
    Problem.AMBIGUOUS_KEY: "{key} has misspelt keys with different values{found}. Set {key} and remove the other keys.",
    Problem.OLD_KEY_LEFT: "{key} is set, but a misspelt key could not be removed{found}. Remove that key.",
    Problem.MISSPELT_VALUE: "{key} has a misspelt value{found}. Correct the value{target}.",
    Problem.VALUE_NOT_ALLOWED: "{key} has a value that is not allowed{found}. Set an allowed value.",
    Problem.NO_ROOM: "{key} is missing{found}, and the resource has no room for more tags. Remove a tag and add {key}.",
    Problem.CONTESTED: "{key} is contested{found}{changed_back}. The function stopped correcting it. "
    "Find out who changes it, and set an allowed value.",
    Problem.OVERWRITTEN: "{key} may have lost a value that somebody set{found}. Set the value that is right.",
}


def single_line(text: str) -> str:
    """Convert a text to one printable line: tag values must not add lines or reverse the text direction."""
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_VALUE]


def text_of(title: str, entries: Iterable[Entry]) -> str:
    """Write the text of a notice: a title, and a paragraph for each resource."""
    return "\n".join([title, *(line for entry in entries for line in ("", *_lines(entry)))])


def _lines(entry: Entry) -> Iterator[str]:
    yield single_line(entry.arn)
    yield f"  {entry.resource_type} in account {entry.account}, region {entry.region}"
    for change in entry.changes:
        for key, value in change.after.items():
            why = change.why.get(key, "")
            reason = single_line(_REASONS.get(why, why))
            yield f"  Changed: {single_line(key)} was set to {single_line(value)!r} ({reason})."
    for violation in entry.violations:
        yield f"  Violation: {_problem(violation, entry)}"
    if entry.violations:
        yield f"  {_outlook(entry)}"
    if entry.reason:
        yield f"  Reason: {single_line(entry.reason)}"


def _problem(violation: Violation, entry: Entry) -> str:
    correction = entry.corrections.get(violation.key)
    principal = correction.contested_by if correction is not None else None
    proposed = violation.fix.value if violation.fix is not None else None
    return _PROBLEMS[violation.problem].format(
        key=single_line(violation.key),
        found="" if violation.found is None else f" (found {single_line(violation.found)!r})",
        proposed="" if proposed is None else f", for example with the value {single_line(proposed)!r}",
        target="" if proposed is None else f" to {single_line(proposed)!r}",
        changed_back="" if principal is None else f", changed back by {single_line(principal)}",
    )


def _outlook(entry: Entry) -> str:
    since = "" if entry.first_seen is None else f"Open since {entry.first_seen:%Y-%m-%d %H:%M} UTC. "
    unchanged = "" if entry.mode is Mode.REMEDIATE else f"The function changes no tags in mode {entry.mode.value}. "
    return f"{since}{unchanged}The finding is closed when its tags comply."
