"""Overrides in scopes without effect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from taggov.lint.context import CallContext, comparable, field_of, text_of, value_of
from taggov.lint.findings import Finding
from taggov.lint.values import Entry, NotKnown, Pairs, Value, entries, is_complete, is_null, known_entries, known_field

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"r-[0-9a-z]+")


def dead_overrides(checked: CallContext) -> Iterator[Finding]:
    """Find fields of scopes that would have the same value without the scope."""
    for name, scope in checked.scopes.items():
        mode = entries(scope.value).get("mode")
        if mode and _is_inherited(checked, name, (), mode.value, checked.argument("mode"), "mode"):
            yield _dead(f'scopes["{name}"].mode', mode, "the mode is the same above")
        for key, override in entries(field_of(scope.value, "tags")).items():
            yield from _dead_fields(checked, name, key, override)


def _dead_fields(checked: CallContext, scope: str, key: str, override: Entry) -> Iterator[Finding]:
    subject = f'scopes["{scope}"].tags["{key}"]'
    base = entries(checked.tags).get(key)
    if base is None:
        return
    if isinstance(override.value, Pairs) and override.value.complete and not override.value.entries:
        yield _dead(subject, override, "the override sets no field")
    for field, entry in entries(override.value).items():
        if field not in checked.tag_fields:
            continue
        if is_null(entry.value):
            yield _dead(f"{subject}.{field}", entry, "null keeps the value from above")
            continue
        above = entries(base.value).get(field)
        if above is None and not is_complete(base.value):
            continue
        default = value_of(checked.tag_fields[field].default, checked.call)
        inherited = default if above is None or is_null(above.value) else above.value
        if _is_inherited(checked, scope, (key,), entry.value, inherited, field):
            yield _dead(f"{subject}.{field}", entry, f'the value is the same in tags["{key}"]')


def _dead(subject: str, entry: Entry, message: str) -> Finding:
    return Finding(entry.place, subject, "dead-override", f"{message}, so that it changes nothing", "Remove it.")


def _is_inherited(
    checked: CallContext, scope: str, key: tuple[str, ...], value: Value, inherited: Value, field: str
) -> bool:
    """Return True if a field has the value that it would inherit from any possible parent scope."""
    try:
        wanted = comparable(value)
        if wanted != comparable(inherited):
            return False
        above = [comparable(other) for other in _values_above(checked, scope, key, field)]
    except NotKnown:
        return False
    return all(other in (None, wanted) for other in above)


def _values_above(checked: CallContext, scope: str, key: tuple[str, ...], field: str) -> Iterator[Value]:
    """Yield the values of a field in all possible parent scopes. The files do not show the hierarchy.

    Raises:
        NotKnown: there may be unknown scopes, keys or fields.
    """
    scopes = known_entries(checked.argument("scopes"))
    own = text_of(field_of(scopes[scope].value, "target_id"))
    if own is not None and _ROOT.fullmatch(own):
        return
    for name, other in scopes.items():
        target = text_of(field_of(other.value, "target_id"))
        if name == scope or (target is not None and _ACCOUNT.fullmatch(target)):
            continue
        place = other.value
        for step in ("tags", *key) if key else ():
            place = known_field(place, step)
        yield known_field(place, field)
