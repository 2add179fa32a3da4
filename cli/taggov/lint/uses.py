"""Scopes, tags and exemptions that have no effect, or soon have none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from taggov.lint.context import CallContext, field_of, is_empty, text_of
from taggov.lint.findings import Finding
from taggov.lint.names import closest_key
from taggov.lint.values import Entry, NotKnown, Value, entries, is_complete, is_null, known_entries, known_field, plain

_WITHOUT_EFFECT = frozenset({"description", "resource_types", "replace_key_aliases", "default", "derive_from"})
"""Fields that have no effect if the tag is optional and no other field is set."""


def unused_scopes(checked: CallContext) -> Iterator[Finding]:
    """Find scopes without a target or without effect."""
    organization = checked.argument("organization")
    for name, scope in checked.scopes.items():
        subject, fields = f'scopes["{name}"]', entries(scope.value)
        if not is_complete(scope.value) or is_null(scope.value):
            continue
        target = fields["target_id"].value if "target_id" in fields else None
        if target is None or is_null(target) or text_of(target) == "":
            message = "the scope has no target_id, so that it applies to nothing"
            yield Finding(
                scope.place, subject, "unused-scope", message, "Name a root, an OU or an account, or remove it."
            )
        elif is_null(organization) and (text := text_of(target)) and re.match("r-|ou-", text):
            message = f'target_id is "{text}", but organization is not set, so that no account is known to be in it'
            yield Finding(scope.place, subject, "unused-scope", message, "Set organization, or target an account.")
        elif is_null(organization) and is_empty(fields.get("mode")) and is_empty(fields.get("tags")):
            message = "the scope sets neither mode nor tags, and no policy is attached to it"
            yield Finding(scope.place, subject, "unused-scope", message, "Remove it.")


def unread_tags(checked: CallContext) -> Iterator[Finding]:
    """Find tags that no policy and no rule uses."""
    try:
        declared = _declarations(checked)
        read = {key.casefold() for key in (*_keys_read(checked), *(checked.cost_tags or ()))}
    except NotKnown:
        return
    for key, places in declared.items():
        if key not in entries(checked.tags) and closest_key(key, entries(checked.tags)):
            continue  # It is reported as a typo.
        if key.casefold() in read or any(
            _has_effect(checked, entry.value, i == 0) for i, (_, entry) in enumerate(places)
        ):
            continue
        subject, entry = places[0]
        costs = "no cost rule reads it" if checked.cost_tags is not None else "no cost rules were given (--rules)"
        message = f"the tag is optional, has no rule for its value, no policy is made from it, and {costs}"
        yield Finding(entry.place, subject, "unread-tag", message, "Say what it is for, or remove it.")


def _declarations(checked: CallContext) -> dict[str, list[tuple[str, Entry]]]:
    """Return the places where each key is defined: first in tags, then in scopes.

    Raises:
        NotKnown: there may be more places.
    """
    declared: dict[str, list[tuple[str, Entry]]] = {}
    for key, entry in known_entries(checked.tags).items():
        declared.setdefault(key, []).append((f'tags["{key}"]', entry))
    for name, scope in known_entries(checked.argument("scopes")).items():
        for key, entry in known_entries(known_field(scope.value, "tags")).items():
            declared.setdefault(key, []).append((f'scopes["{name}"].tags["{key}"]', entry))
    return declared


def _keys_read(checked: CallContext) -> Iterator[str]:
    """Yield the keys that something other than their own tag uses.

    Raises:
        NotKnown: there may be more.
    """
    yield plain(known_field(checked.argument("notifications"), "owner_tag")) or ""
    for exemption in known_entries(checked.argument("exemptions")).values():
        yield from known_entries(known_field(exemption.value, "tags"))
    for places in _declarations(checked).values():
        for _, tag in places:
            for source in plain(known_field(tag.value, "derive_from")) or ():
                yield str(source).partition(":")[2]


def _has_effect(checked: CallContext, tag: Value, first: bool) -> bool:
    """Return True if a tag is required or something depends on its value. `first`: missing fields have defaults."""
    if not is_complete(tag):
        return True
    for field, known in checked.tag_fields.items():
        if field in _WITHOUT_EFFECT:
            continue
        value = field_of(tag, field)
        try:
            content = plain(value) if value is not None else None
        except NotKnown:
            return True
        if known.default if content is None and first else content:
            return True
    return False


def ending_exemptions(checked: CallContext) -> Iterator[Finding]:
    """Find exemptions that have ended or end soon."""
    for name, exemption in entries(checked.argument("exemptions")).items():
        entry = entries(exemption.value).get("expires")
        text = text_of(entry.value) if entry else None
        if entry is None or text is None:
            continue
        subject = f'exemptions["{name}"].expires'
        last = _date(text)
        if last is None:
            message = f'"{text}" is not a valid date'
            yield Finding(entry.place, subject, "exemption-date", message, "Write it as YYYY-MM-DD.")
            continue
        if last < checked.today:
            message = f"the exemption ended on {text}; the plan fails"
            yield Finding(entry.place, subject, "exemption-ended", message, "Remove it, or agree on a new date.")
        elif last - checked.today <= timedelta(days=checked.notice_days):
            message = f"the exemption ends on {text}, in {(last - checked.today).days} days"
            yield Finding(
                entry.place, subject, "exemption-ends", message, "Tag what it covers, or agree on a new date."
            )


def _date(text: str) -> date | None:
    """Parse a date in the form `YYYY-MM-DD`; return None for other forms."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None
