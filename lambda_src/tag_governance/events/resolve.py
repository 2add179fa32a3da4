"""The resources that an event is about: their ARNs and tags, found with the paths of the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.catalogue import Catalogue, Creation, ResourceType, path
from tag_governance.domain.model import Tags
from tag_governance.domain.tags import is_hidden, parse_tags, scalar
from tag_governance.events.event import API_CALL, TAG_CHANGE, MalformedEvent, Place, parts_of, place_of, text_of

_LONGEST_ID = 1024


class UnknownResource(MalformedEvent):
    """The event is about a resource of a type that the catalogue does not have."""


class UnknownCreation(MalformedEvent):
    """The event is none that creates anything the catalogue has."""


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that an event is about."""

    resource_type: ResourceType
    arn: str
    """Its own; that of `attached_to` where the event does not name the resource itself."""
    account: str
    region: str
    """Where the event happened."""
    tags: Tags | None
    """None where the event does not say."""
    attached_to: str | None = None
    """ARN of the new resource it hangs on, by which it is to be found."""


def resolve(event: object, catalogue: Catalogue, types: Container[str] | None = None) -> list[Found]:
    """The resources that one EventBridge event created, or whose tags it changed.

    Args:
        types: names of the resource types to look for; None for all.

    Returns:
        One entry per resource; none for a call that failed, or when the event is of other types.

    Raises:
        MalformedEvent: a part is missing or of the wrong type, the event is not one that creates or tags, or it
            carries no id (CloudTrail leaves large fields out): what was created stays unknown.
    """
    envelope, detail = parts_of(event)
    kind = envelope.get("detail-type")
    if kind == API_CALL:
        return _created(envelope, detail, catalogue, types)
    if kind == TAG_CHANGE:
        return _tags_changed(envelope, detail, catalogue, types)
    raise MalformedEvent(f"detail-type is {kind!r}, expected {API_CALL!r} or {TAG_CHANGE!r}")


def _created(
    envelope: Mapping[str, Any], detail: Mapping[str, Any], catalogue: Catalogue, types: Container[str] | None
) -> list[Found]:
    if detail.get("errorCode") is not None:
        return []
    source, name = text_of(detail, "eventSource"), text_of(detail, "eventName")
    known = catalogue.creations(source, name)
    if not known:
        raise UnknownCreation(f"{source} {name} creates nothing that the catalogue knows")
    wanted = [(t, creation) for t, creation in known if types is None or t.name in types]
    place = place_of(envelope)
    arns = {t.name: _arns(detail, t, creation, place, sole=len(known) == 1) for t, creation in known}
    if wanted and not any(arns.values()):
        raise MalformedEvent(f"{source} {name} carries no id of what it created")
    found: list[Found] = []
    for resource_type, creation in wanted:
        own = arns[resource_type.name]
        # Attachments of a new resource are often not named in its event; they are found by it later.
        holders = arns.get(resource_type.attached_to or "", []) if not own else []
        tags = tags_in(detail, creation)
        found += [Found(resource_type, arn, place.account, place.region, tags) for arn in own]
        found += [Found(resource_type, arn, place.account, place.region, tags, attached_to=arn) for arn in holders]
    return found


def _tags_changed(
    envelope: Mapping[str, Any], detail: Mapping[str, Any], catalogue: Catalogue, types: Container[str] | None
) -> list[Found]:
    resources = envelope.get("resources")
    if not isinstance(resources, list) or not resources or not isinstance(resources[0], str):
        raise MalformedEvent(f"resources is {resources!r}, expected a list with one ARN")
    arn = resources[0]
    resource_type = catalogue.type_of_arn(arn, types)
    if resource_type is None:
        raise UnknownResource(f"{arn} is of no type that the catalogue knows")
    if types is not None and resource_type.name not in types:
        return []
    tags = parse_tags(detail.get("tags"))
    if tags is None:
        raise MalformedEvent(f"detail.tags of {arn} is not a map of tags")
    place = place_of(envelope)
    return [Found(resource_type, resource_type.canonical(arn), place.account, place.region, tags)]


def tags_in(detail: Mapping[str, Any], creation: Creation) -> Tags | None:
    """What an event says of the tags of what it created; None where it does not say."""
    # An empty answer is no evidence: many services tag after creation or do not log the tags they were given.
    return None if creation.tags is None else parse_tags(path(creation.tags).search(detail)) or None


def _arns(detail: Mapping[str, Any], known: ResourceType, creation: Creation, place: Place, sole: bool) -> list[str]:
    """The ARNs that an event states, else those made from ids. `sole`: it is the only type that the call creates."""
    found = path(creation.arn).search(detail) if creation.arn else None
    stated = [a for a in (found if isinstance(found, list) else [found]) if isinstance(a, str)]
    own = [a for a in stated if known.arn_pattern.fullmatch(a)]
    if not own and (others := [a for a in stated if known.shares_service(a)]):
        # Of another type, or in a form that the template does not know: one made from ids would contradict it.
        return [a for a in others if sole and a.split(":")[4] in {"", place.account}]
    return list(dict.fromkeys(own)) or arns_from_ids(detail, known, creation.id, place)


def arns_from_ids(detail: Mapping[str, Any], known: ResourceType, ids: Mapping[str, str], place: Place) -> list[str]:
    """ARNs made from ids: a variable may have many; one that is an ARN is taken whole; False is a condition unmet."""
    values: dict[str, list[str]] = {}
    for variable, expression in ids.items():
        found = path(expression).search(detail)
        texts = [scalar(item) for item in (found if isinstance(found, list) else [found]) if item is not False]
        values[variable] = [t for t in texts if t and not is_hidden(t) and len(t) <= _LONGEST_ID and t.isprintable()]
    if not all(values.values()) or (known.last_variable and not values):
        return []
    count = max(map(len, values.values()), default=1)  # an account has one of what has no variable
    arns: dict[str, None] = {}
    for i in range(count):
        row = {name: texts[i] if len(texts) == count else texts[0] for name, texts in values.items()}
        last = row.get(known.last_variable, "")
        whole = last if last.startswith("arn:") else None
        if whole is None and any(text.startswith("arn:") for text in row.values()):
            continue  # a parent known by its ARN: the part of it that is wanted is not known
        arn = whole or known.arn(place.partition, place.region, place.account, row)
        if known.arn_pattern.fullmatch(arn):
            arns[arn] = None
    return list(arns)
