"""The catalogue as a document: entries in the format that Terraform and the function read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .creations import Creation, Resolver, Unresolved, by_type
from .guardrails import groups, request_tag_actions
from .naming import either, merged
from .overrides import Overrides, Retired, load_overrides, load_tag_policy_types
from .related import related_of
from .sources import IamReference, all_services, versions
from .tagging import Tagging, tagging_of

VERSION = 1

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Generated:
    """The document, and what did not make it into it."""

    document: dict[str, Any]
    unresolved: list[Unresolved]


def generate() -> Generated:
    """Generate the catalogue from what is installed."""
    overrides = load_overrides()
    reference = IamReference(overrides.resources)
    resolver = Resolver(reference, overrides)
    catalogue = by_type(creation for service in all_services() for creation in resolver.creations(service))
    tag_policy_types = load_tag_policy_types()
    actions = {
        name: sorted({action for c in creations for action in request_tag_actions(c, reference)})
        for name, creations in catalogue.items()
    }
    resources = {name: creations[0].resource for name, creations in catalogue.items()}
    group_of = groups(actions, resources, reference)
    unresolved = list(resolver.unresolved)
    entries: list[Entry] = []
    for name, creations in sorted(catalogue.items()):
        tagging = tagging_of(
            creations[0].resource, overrides.type(name), [overrides.service(c.service) for c in creations], reference
        )
        if not tagging.is_native_known:
            unresolved.append(Unresolved(name, "tagged by the Tagging API, but no action of the service tags it"))
        if not actions[name]:
            unresolved.append(Unresolved(name, "no SCP can ask for its tags: no action takes them on its ARN"))
        entries.append(
            {
                **_identity(name, creations),
                "request_tag_actions": actions[name],
                "request_tag_group": group_of[name],
                **_tagging(tagging),
                "region": creations[0].region,
                "case_sensitive_keys": overrides.type(name).case_sensitive_keys,
                "tag_policy_type": tag_policy_types.get(name),
                "attached_to": overrides.type(name).attached_to,
                "related": _related(name, creations, catalogue, overrides),
                "stop": None,
                "delete": None,
            }
        )
    entries += [_retired(name, row, reference, overrides) for name, row in overrides.retired.items()]
    _add_unmodelled(entries, reference, overrides)
    entries.sort(key=lambda entry: str(entry["type"]))
    return Generated({"version": VERSION, "generated_from": versions(), "types": entries}, _sorted(unresolved))


def _retired(name: str, row: Retired, reference: IamReference, overrides: Overrides) -> Entry:
    return _alone(name, [_event(row.event, {}, row.arn, row.tags)], reference, overrides)


def _add_unmodelled(entries: list[Entry], reference: IamReference, overrides: Overrides) -> None:
    """The events of calls that no model has: of types that are there already, or of types of their own."""
    known = {entry["type"]: entry for entry in entries}
    for event, row in overrides.unmodelled.items():
        if row.type not in known:
            known[row.type] = _alone(row.type, [], reference, overrides)
            entries.append(known[row.type])
        known[row.type]["create"].append(_event(event, row.id, row.arn, row.tags))


def _event(event: str, ids: Mapping[str, str], arn: str | None, tags: str | None) -> Entry:
    source, _, name = event.partition(" ")
    return {"event_source": source, "event_name": name, "dated": False, "id": dict(ids), "arn": arn, "tags": tags}


def _alone(name: str, create: list[Entry], reference: IamReference, overrides: Overrides) -> Entry:
    """The entry of a type that no operation of a model creates."""
    prefix, _, resource_name = name.partition(":")
    resource = reference.service(prefix).resources[resource_name]
    return {
        "type": name,
        "arn": resource.arn,
        "create": create,
        "request_tag_actions": [],
        "request_tag_group": 0,
        **_tagging(tagging_of(resource, overrides.type(name), [], reference)),
        "region": None,
        "case_sensitive_keys": True,
        "tag_policy_type": None,
        "attached_to": None,
        "related": [],
        "stop": None,
        "delete": None,
    }


def _identity(name: str, creations: list[Creation]) -> Entry:
    return {"type": name, "arn": creations[0].resource.arn, "create": _events(creations)}


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


def _tagging(tagging: Tagging) -> Entry:
    return {
        "tag_api": tagging.api,
        "tag_actions": tagging.tag_actions,
        "untag_actions": tagging.untag_actions,
        "read_actions": tagging.read_actions,
    }


def _related(
    name: str, creations: list[Creation], catalogue: Mapping[str, list[Creation]], overrides: Overrides
) -> list[dict[str, object]]:
    """What a type is related to: what the override says, else what the rules find."""
    told = overrides.type(name).related
    return [dict(row) for row in told] if told is not None else related_of(creations, catalogue, overrides)


def _sorted(unresolved: list[Unresolved]) -> list[Unresolved]:
    """In a stable order."""
    return sorted(unresolved, key=lambda row: (row.what, row.reason))


def rendered(document: Mapping[str, Any]) -> str:
    """The document as text: one type a line, so that it is small and its changes can be read."""
    head = {key: value for key, value in document.items() if key != "types"}
    lines = ",\n".join(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) for entry in document["types"])
    return f'{json.dumps(head)[:-1]}, "types": [\n{lines}\n]}}\n'
