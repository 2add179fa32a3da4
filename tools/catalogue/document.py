"""The catalogue as a document: entries in the format that Terraform and the function read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .creations import Creation, Resolver, Unresolved, by_type
from .guardrails import groups, request_tag_actions
from .naming import either, merged
from .overrides import Overrides, TaggingApi, load_overrides, load_tagging_api
from .related import related_of
from .sources import IamReference, all_services, versions
from .tag_policies import FIELDS, load_tag_policies
from .tagging import tagging_of

VERSION = 1

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Generated:
    """The document, and what did not make it into it."""

    document: dict[str, Any]
    unresolved: list[Unresolved]
    gaps: list[Unresolved]
    """What is in it, but not for every layer."""


def generate() -> Generated:
    """Generate the catalogue from what is installed."""
    overrides, tag_policies, tagging_api = load_overrides(), load_tag_policies(), load_tagging_api()
    reference = IamReference(overrides.resources)
    resolver = Resolver(reference, overrides)
    catalogue = by_type(creation for service in all_services() for creation in resolver.creations(service))
    actions = {
        name: sorted({action for c in creations for action in request_tag_actions(c, reference)})
        for name, creations in catalogue.items()
    }
    group_of = groups(actions, {name: creations[0].resource for name, creations in catalogue.items()}, reference)
    entries = [
        _entry(
            name,
            arn=creations[0].resource.arn,
            create=_events(creations),
            request_tag_actions=actions[name],
            request_tag_group=group_of[name],
            **tagging_of(creations[0].resource, _services(creations), overrides, reference, tagging_api).entry(),
            region=creations[0].region,
            case_sensitive_keys=overrides.type(name).case_sensitive_keys,
            **tag_policies.entry(creations[0].resource),
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
        "all_supported": {field: tag_policies.whole_services(field, entries) for field in FIELDS},
    }
    return Generated({**head, "types": entries}, _sorted(resolver.unresolved), _sorted(_gaps(entries)))


def _gaps(entries: Iterable[Entry]) -> Iterator[Unresolved]:
    """What the layers above the catalogue can not do for its types."""
    for entry in entries:
        if entry["tag_api"] is None:
            yield Unresolved(entry["type"], "found and reported only: no API writes its tags alone")
        if not entry["request_tag_actions"]:
            yield Unresolved(entry["type"], "no SCP can ask for its tags: no action takes them on its ARN")


def _unscoped(entries: Iterable[Entry], reference: IamReference) -> list[str]:
    """The actions on tags that IAM evaluates on no resource: a permission for them names none either."""
    kinds = ("tag_actions", "untag_actions", "read_actions")
    actions = {name: reference.action(name) for entry in entries for kind in kinds for name in entry[kind]}
    return sorted(name for name, action in actions.items() if action is not None and not action.resources)


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
            known[row.type] = _entry(row.type, arn=resource.arn, create=[], **tagging.entry())
            entries.append(known[row.type])
        source, _, name = event.partition(" ")
        create = {"event_source": source, "event_name": name, "dated": False, "id": dict(row.id)}
        known[row.type]["create"].append({**create, "arn": row.arn, "tags": row.tags})


def _entry(name: str, **told: Any) -> Entry:
    """A row of the catalogue; what it does not say is null, or nothing."""
    return {
        "type": name,
        "arn": None,
        "create": [],
        "request_tag_actions": [],
        "request_tag_group": 0,
        "tag_api": None,
        "native": None,
        "tag_actions": [],
        "untag_actions": [],
        "read_actions": [],
        "region": None,
        "case_sensitive_keys": True,
        **dict.fromkeys(FIELDS),
        "attached_to": None,
        "related": [],
        "stop": None,
        "delete": None,
        **told,
    }


def _events(creations: list[Creation]) -> list[Entry]:
    """One row for each event; two services with one event source share it (API Gateway's two APIs)."""
    rows: dict[tuple[str, str], Entry] = {}
    for c in creations:
        row = {
            "event_source": c.event_source,
            "event_name": c.event_name,
            "dated": c.dated,
            "id": dict(sorted(c.id.items())),
            "arn": c.arn,
            "tags": c.tags,
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
    }


def _either(*paths: str | None) -> str | None:
    """One expression for several, each of which may consist of alternatives already."""
    return either([part for path in paths if path for part in path.split(" || ")]) or None


def _related(
    name: str, creations: list[Creation], catalogue: Mapping[str, list[Creation]], overrides: Overrides
) -> list[dict[str, object]]:
    """What a type is related to: what the override says, else what the rules find."""
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
