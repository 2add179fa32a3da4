"""The catalogue as a document: entries in the format that Terraform and the function read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.catalogue.creations import Creation, Resolver, Unresolved, by_type
from tools.catalogue.guardrails import Guards, NoGuard, groups
from tools.catalogue.naming import either, merged
from tools.catalogue.overrides import Overrides, TaggingApi, load_overrides, load_tagging_api
from tools.catalogue.related import related_of
from tools.catalogue.sources import IamReference, all_services, versions
from tools.catalogue.tag_policies import FIELDS, load_tag_policies
from tools.catalogue.tagging import keyless, of_any_key, tagging_of

VERSION = 1

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Generated:
    """The document, and what did not make it into it."""

    document: dict[str, Any]
    unresolved: list[Unresolved]
    gaps: list[Unresolved]
    """Types that are in it, but not for every layer."""
    created_untagged: Mapping[str, str]
    """Type -> who creates it without tags."""


def generate() -> Generated:
    """Generate the catalogue from what is installed."""
    overrides, tag_policies, tagging_api = load_overrides(), load_tag_policies(), load_tagging_api()
    reference = IamReference(overrides.resources)
    resolver = Resolver(reference, overrides)
    catalogue = by_type(creation for service in all_services() for creation in resolver.creations(service))
    guards = Guards((c for creations in catalogue.values() for c in creations), reference, overrides.guards)
    actions = {name: _actions(creations, guards) for name, creations in catalogue.items()}
    group_of = groups(actions, reference)
    entries = [
        _entry(
            name,
            arn=creations[0].resource.arn,
            arn_values={variable: list(values) for variable, values in overrides.type(name).arn_values.items()},
            spellings=_spellings(creations, overrides),
            create=_events(creations),
            notifications=[row.entry() for row in overrides.notifications if row.type == name],
            request_tag_actions=actions[name],
            request_tag_group=group_of[name],
            **tagging_of(creations[0].resource, _services(creations), overrides, reference, tagging_api).entry(),
            regions=_regions(creations),
            case_sensitive_keys=overrides.type(name).case_sensitive_keys,
            **tag_policies.entry(creations[0].resource),
            describe=_describe(name, overrides),
            attached_to=overrides.type(name).attached_to,
            related=_related(name, creations, catalogue, overrides),
        )
        for name, creations in catalogue.items()
    ]
    _add_unmodelled(entries, overrides, reference, tagging_api)
    entries.sort(key=lambda entry: str(entry["type"]))
    head = {
        "version": VERSION,
        "generated_from": versions(),
        "unscoped_actions": _unscoped(entries, reference),
        "any_key_actions": of_any_key(entries, reference),
        "keyless_untag_actions": keyless(entries, reference, overrides),
        "unguarded": _unguarded(entries, catalogue, guards),
        "all_supported": {field: tag_policies.whole_services(field, entries) for field in FIELDS},
    }
    gaps = _sorted(_gaps(entries, catalogue, guards))
    return Generated({**head, "types": entries}, _sorted(resolver.unresolved), gaps, overrides.created_untagged)


def _actions(creations: Iterable[Creation], guards: Guards) -> dict[str, str]:
    """Map each action that can be denied without the tags of the type to the ARN template or `*` to deny it on."""
    found = (guards.of(creation) for creation in creations)
    return dict(sorted((guard.action, guard.resource) for guard in found if not isinstance(guard, NoGuard)))


def _gaps(entries: Iterable[Entry], catalogue: Mapping[str, list[Creation]], guards: Guards) -> Iterator[Unresolved]:
    """Find what the layers above the catalogue can not do for its types."""
    for entry in entries:
        name = entry["type"]
        if entry["tag_api"] is None:
            yield Unresolved(name, "found and reported only: no API writes its tags alone")
        if name not in catalogue:
            yield Unresolved(name, "no SCP can ask for its tags: the calls that create it are in no service model")
            continue
        unguarded = _reasons(catalogue[name], guards)
        some = "an SCP does not reach" if entry["request_tag_actions"] else "no SCP can ask for its tags:"
        yield from (Unresolved(name, f"{some} {reason}") for reason in unguarded)


def _reasons(creations: Iterable[Creation], guards: Guards) -> list[str]:
    """List the calls that create a type and cannot be denied, each with the reason."""
    judged = {f"{c.service}.{c.event_name}": guards.of(c) for c in creations}
    return [f"{call}: {guard.reason}" for call, guard in judged.items() if isinstance(guard, NoGuard)]


def _unguarded(entries: Iterable[Entry], catalogue: Mapping[str, list[Creation]], guards: Guards) -> dict[str, str]:
    """Map each type whose tags no service control policy can require to the reason."""
    return {
        entry["type"]: "; ".join(_reasons(catalogue.get(entry["type"], []), guards))
        or "the calls that create it are in no service model"
        for entry in entries
        if not entry["request_tag_actions"]
    }


def _unscoped(entries: Iterable[Entry], reference: IamReference) -> list[str]:
    """The actions on tags that IAM evaluates on no resource: a permission for them names none either."""
    kinds = ("tag_actions", "untag_actions", "read_actions")
    actions = {name: reference.action(name) for entry in entries for kind in kinds for name in entry[kind]}
    return sorted(name for name, action in actions.items() if action is not None and not action.resources)


def _spellings(creations: list[Creation], overrides: Overrides) -> dict[str, str]:
    """Map the other ways in which AWS writes the ARN to that of the ledger, as templates."""
    resource = creations[0].resource
    told = overrides.type(resource.type).spellings
    if told is not None:
        return {**told}
    *front, account, name = resource.arn.split(":", 5)
    with_account = any(overrides.service(creation.service).with_account for creation in creations)
    return {":".join([*front, "${Account}", name]): resource.arn} if with_account and not account else {}


def _regions(creations: list[Creation]) -> dict[str, str]:
    """Map each partition to the only region of the type; empty if any of its services creates it in several."""
    first, *others = (dict(creation.regions) for creation in creations)
    return first if all(regions == first for regions in others) else {}


def _services(creations: list[Creation]) -> list[str]:
    return list(dict.fromkeys(creation.service for creation in creations))


def _add_unmodelled(
    entries: list[Entry], overrides: Overrides, reference: IamReference, tagging_api: TaggingApi
) -> None:
    """The events of calls that no model has: of types that are there already, or of types of their own."""
    known = {entry["type"]: entry for entry in entries}
    for event, row in overrides.unmodelled.items():
        if row.type not in known:
            prefix, _, name = row.type.partition(":")
            resource = reference.service(prefix).resources[name]
            tagging = tagging_of(resource, [], overrides, reference, tagging_api)
            spellings = {**(overrides.type(row.type).spellings or {})}
            known[row.type] = _entry(row.type, arn=resource.arn, spellings=spellings, create=[], **tagging.entry())
            entries.append(known[row.type])
        source, _, name = event.partition(" ")
        create = {"event_source": source, "event_name": name, "dated": False, "id": dict(row.id)}
        known[row.type]["create"].append({**create, "arn": row.arn, "tags": row.tags, "nothing": None})


def _entry(name: str, **told: Any) -> Entry:
    """A row of the catalogue; what it does not say is null, or nothing."""
    return {
        "type": name,
        "arn": None,
        "arn_values": {},
        "spellings": {},
        "create": [],
        "notifications": [],
        "request_tag_actions": {},
        "request_tag_group": 0,
        "tag_api": None,
        "native": None,
        "tag_actions": [],
        "untag_actions": [],
        "read_actions": [],
        "regions": {},
        "case_sensitive_keys": True,
        **dict.fromkeys(FIELDS),
        "describe": None,
        "attached_to": None,
        "related": [],
        "stop": None,
        "delete": None,
        **told,
    }


def _events(creations: list[Creation]) -> list[Entry]:
    """Build one row for each event; two services with one event source share it (API Gateway's two APIs)."""
    rows: dict[tuple[str, str], Entry] = {}
    for c in creations:
        row = {
            "event_source": c.event_source,
            "event_name": c.event_name,
            "dated": c.dated,
            "id": dict(sorted(c.id.items())),
            "arn": c.arn,
            "tags": c.tags,
            "nothing": c.nothing,
        }
        known = rows.get((c.event_source, c.event_name))
        rows[c.event_source, c.event_name] = row if known is None else _both(known, row)
    return list(rows.values())


def _both(one: Entry, other: Entry) -> Entry:
    return {
        **one,
        "id": merged(one["id"], other["id"]),
        "arn": _either(one["arn"], other["arn"]),
        "tags": _either(one["tags"], other["tags"]),
        "nothing": " || ".join(dict.fromkeys(filter(None, (one["nothing"], other["nothing"])))) or None,
    }


def _either(*paths: str | None) -> str | None:
    """Join several expressions, each of which may consist of alternatives already, into one."""
    return either([part for path in paths if path for part in path.split(" || ")]) or None


def _describe(name: str, overrides: Overrides) -> dict[str, object] | None:
    told = overrides.type(name).describe
    return None if told is None else {"service": name.partition(":")[0], "filter": None, "also": {}, **told}


def _related(
    name: str, creations: list[Creation], catalogue: Mapping[str, list[Creation]], overrides: Overrides
) -> list[dict[str, object]]:
    """Find what a type is related to: what the override says, else what the rules find."""
    told = overrides.type(name).related
    return [dict(row) for row in told] if told is not None else related_of(creations, catalogue, overrides)


def _sorted(unresolved: Iterable[Unresolved]) -> list[Unresolved]:
    """In a stable order."""
    return sorted(unresolved, key=lambda row: (row.what, row.reason))


def rendered(document: Mapping[str, Any]) -> str:
    """The document as text: one type a line, so that it is small and its changes can be read."""
    head = {key: value for key, value in document.items() if key != "types"}
    lines = ",\n".join(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) for entry in document["types"])
    return f'{json.dumps(head)[:-1]}, "types": [\n{lines}\n]}}\n'
