"""Tag keys that look like typos."""

from __future__ import annotations

from collections.abc import Iterator

from taggov.lint.context import CallContext, field_of, text_of
from taggov.lint.findings import Finding
from taggov.lint.names import closest_key, same_but_for_signs
from taggov.lint.values import Entry, Items, entries, is_complete


def similar_keys(checked: CallContext) -> Iterator[Finding]:
    """Find keys that are probably typos of another key."""
    known = entries(checked.tags)
    keys = list(known)
    for i, key in enumerate(keys):
        twin = next((other for other in keys[:i] if same_but_for_signs(key, other)), None)
        if twin:
            yield Finding(
                known[key].place,
                f'tags["{key}"]',
                "similar-key",
                f'the key differs from "{twin}" only by letter case and signs',
                "Keep one of them, and list the other in its key_aliases.",
            )
    if not is_complete(checked.tags):
        return
    aliases = {alias.casefold() for tag in known.values() for alias in _aliases(tag)}
    for subject, used, key in _used_keys(checked):
        # The plan reports aliases that are used as keys.
        meant = None if key in known or key.casefold() in aliases else closest_key(key, keys)
        if meant:
            yield Finding(used.place, subject, "similar-key", f'"{key}" is no key of tags', f'Did you mean "{meant}"?')


def _aliases(tag: Entry) -> Iterator[str]:
    listed = field_of(tag.value, "key_aliases")
    for alias in listed.items if isinstance(listed, Items) else ():
        yield text_of(alias) or ""


def _used_keys(checked: CallContext) -> Iterator[tuple[str, Entry, str]]:
    """Yield the uses of schema keys: address, entry in the files, and key."""
    for scope_name, scope in checked.scopes.items():
        for key, entry in entries(field_of(scope.value, "tags")).items():
            yield f'scopes["{scope_name}"].tags["{key}"]', entry, key
    for exemption_name, exemption in entries(checked.argument("exemptions")).items():
        for key, entry in entries(field_of(exemption.value, "tags")).items():
            yield f'exemptions["{exemption_name}"].tags["{key}"]', entry, key
    owner = entries(checked.argument("notifications")).get("owner_tag")
    name = text_of(owner.value) if owner else None
    if owner and name is not None:
        yield "notifications.owner_tag", owner, name
