"""Resources of an event: ARNs and tags, found with the paths of the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.catalogue import Catalogue, Creation, Notification, ResourceType, path
from tag_governance.domain.model import Tags
from tag_governance.domain.tags import is_hidden, parse_tags, scalar
from tag_governance.events.event import API_CALL, TAG_CHANGE, MalformedEvent, Place, parts_of, place_of, text_of

_LONGEST_ID = 1024


class UnknownResource(MalformedEvent):
    """Error: the event is about a resource type that the catalogue does not contain."""


class UnknownCreation(MalformedEvent):
    """Error: the event does not create a resource that the catalogue contains."""


@dataclass(frozen=True, slots=True)
class ResolvedResource:
    """Resource that an event is about."""

    resource_type: ResourceType
    arn: str
    """Its own ARN, or that of `attached_to` if the event does not name the resource itself."""
    account: str
    region: str
    """Region in which it is governed: the region of the ARN, or the single region of a global service."""
    tags: Tags | None
    """None if the event does not contain them."""
    attached_to: str | None = None
    """ARN of the new parent resource, through which the resource is found."""


def resolve(event: object, catalogue: Catalogue, types: Container[str] | None = None) -> list[ResolvedResource]:
    """Find the resources that an EventBridge event created, or whose tags or state it changed.

    Args:
        types: names of the resource types to find; None for all.

    Returns:
        One entry per resource. The list is empty for a call that failed or created nothing, and for other types.

    Raises:
        MalformedEvent: a part is missing or has the wrong type, the event is of an unknown kind, or it contains no id
            (CloudTrail omits large fields), so that the created resource is unknown.
    """
    envelope, detail = parts_of(event)
    kind = envelope.get("detail-type")
    if kind == API_CALL:
        return _created_resources(envelope, detail, catalogue, types)
    if kind == TAG_CHANGE:
        return _tagged_resources(envelope, detail, catalogue, types)
    notifications = catalogue.notifications(kind) if isinstance(kind, str) else []
    if notifications:
        return _notified_resources(envelope, detail, notifications, types)
    raise MalformedEvent(f"detail-type is {repr(kind)[:_LONGEST_ID]}, expected {API_CALL!r} or {TAG_CHANGE!r}")


def _created_resources(
    envelope: Mapping[str, Any], detail: Mapping[str, Any], catalogue: Catalogue, types: Container[str] | None
) -> list[ResolvedResource]:
    if detail.get("errorCode") is not None:
        return []
    source, name = text_of(detail, "eventSource"), text_of(detail, "eventName")
    known = catalogue.creations(source, name)
    if not known:
        raise UnknownCreation(f"{source} {name} creates no resource type of the catalogue")
    wanted = [(t, creation) for t, creation in known if types is None or t.name in types]
    place = place_of(envelope)
    nothing = {t.name for t, creation in known if _creates_nothing(detail, creation)}
    arns = {
        t.name: [] if t.name in nothing else _arns(detail, t, creation, place, sole=len(known) == 1)
        for t, creation in known
    }
    if not any(arns.values()) and any(t.name not in nothing and not _is_ruled_out(detail, c) for t, c in wanted):
        raise MalformedEvent(f"{source} {name} contains no id of the created resource")
    found: list[ResolvedResource] = []
    for resource_type, creation in wanted:
        own = arns[resource_type.name]
        # The event often does not name resources attached to a new one. They are found through it later.
        holders = arns.get(resource_type.attached_to or "", []) if not own else []
        tags = tags_in(detail, creation)
        found += [_resolved(resource_type, arn, place, tags) for arn in own]
        found += [_resolved(resource_type, arn, place, tags, attached_to=arn) for arn in holders]
    return found


def _tagged_resources(
    envelope: Mapping[str, Any], detail: Mapping[str, Any], catalogue: Catalogue, types: Container[str] | None
) -> list[ResolvedResource]:
    resources = envelope.get("resources")
    arn = resources[0] if isinstance(resources, list) and resources else None
    if not isinstance(arn, str) or not arn.isprintable():
        raise MalformedEvent(f"resources is {repr(resources)[:_LONGEST_ID]}, expected a list with one ARN")
    resource_type = catalogue.type_of_arn(arn, types)
    if resource_type is None:
        raise UnknownResource(f"{arn} is of no resource type of the catalogue")
    if types is not None and resource_type.name not in types:
        return []
    place = place_of(envelope)
    arn = resource_type.canonical(arn, place.region, place.account)
    return [_resolved(resource_type, arn, place, parse_tags(detail.get("tags")))]


def _notified_resources(
    envelope: Mapping[str, Any],
    detail: Mapping[str, Any],
    notifications: Sequence[tuple[ResourceType, Notification]],
    types: Container[str] | None,
) -> list[ResolvedResource]:
    place = place_of(envelope)
    found: list[ResolvedResource] = []
    for known, notification in notifications:
        if types is not None and known.name not in types:
            continue
        if all(detail.get(member) in values for member, values in notification.detail.items()):
            arns = arns_from_ids(detail, known, notification.id, place)
            if not arns:
                raise MalformedEvent(f"{envelope['detail-type']} contains no id of its resource")
            found += [_resolved(known, arn, place, None) for arn in arns]
    return found


def _resolved(
    known: ResourceType, arn: str, place: Place, tags: Tags | None, attached_to: str | None = None
) -> ResolvedResource:
    region = known.regions.get(place.partition) or arn.split(":")[3] or place.region
    return ResolvedResource(known, arn, place.account, region, tags, attached_to)


def _creates_nothing(detail: Mapping[str, Any], creation: Creation) -> bool:
    """Check if the call succeeded without creating a resource of the type, which is valid."""
    return creation.nothing is not None and bool(path(creation.nothing).search(detail))


def _is_ruled_out(detail: Mapping[str, Any], creation: Creation) -> bool:
    """Check if a condition of the catalogue is not met, so that the event is about something else."""
    return any(
        path(expression).search(detail) is False for expression in (*creation.id.values(), creation.arn) if expression
    )


def tags_in(detail: Mapping[str, Any], creation: Creation) -> Tags | None:
    """Return the tags of the created resource in an event; None if the event does not contain them."""
    # Empty tags prove nothing: many services tag after the creation, or do not log the tags.
    return None if creation.tags is None else parse_tags(path(creation.tags).search(detail)) or None


def _arns(detail: Mapping[str, Any], known: ResourceType, creation: Creation, place: Place, sole: bool) -> list[str]:
    """Return the ARNs in an event, else ARNs built from ids.

    Args:
        sole: True if the call creates only this type.
    """
    found = path(creation.arn).search(detail) if creation.arn else None
    stated = [a for a in (found if isinstance(found, list) else [found]) if isinstance(a, str)]
    own = [known.canonical(a, place.region, place.account) for a in stated if known.is_arn(a)]
    if not own and (others := [a for a in stated if known.shares_service(a)]):
        # The ARN is of another type or in an unknown form. An ARN built from ids would contradict it.
        return [a for a in others if sole and a.split(":")[4] in {"", place.account}]
    return list(dict.fromkeys(own)) or arns_from_ids(detail, known, creation.id, place)


def arns_from_ids(detail: Mapping[str, Any], known: ResourceType, ids: Mapping[str, str], place: Place) -> list[str]:
    """Build ARNs from ids.

    A variable may have several values. A value that is an ARN is used as it is. False means that a condition is not
    met. A `Region` among the ids is the region of the resource, if it differs from that of the event.
    """
    values: dict[str, list[str]] = {}
    for variable, expression in ids.items():
        found = path(expression).search(detail)
        texts = [scalar(item) for item in (found if isinstance(found, list) else [found]) if item is not False]
        values[variable] = [t for t in texts if t and not is_hidden(t) and len(t) <= _LONGEST_ID and t.isprintable()]
    if not all(values.values()) or (known.last_variable and not values):
        return []
    count = max(map(len, values.values()), default=1)  # a type without variables exists once per account
    arns: dict[str, None] = {}
    for i in range(count):
        row = {name: texts[i] if len(texts) == count else texts[0] for name, texts in values.items()}
        last = row.get(known.last_variable, "")
        whole = _with_region(last, row.get("Region")) if last.startswith("arn:") else None
        if whole is None and any(text.startswith("arn:") for text in row.values()):
            continue  # the id of the parent is not known, only its ARN
        arn = whole or known.arn(place.partition, place.region, place.account, row)
        if known.is_arn(arn):
            arns[known.canonical(arn, place.region, place.account)] = None
    return list(arns)


def _with_region(arn: str, region: str | None) -> str:
    """Replace the region of an ARN."""
    return arn if region is None or arn.count(":") < 5 else ":".join([*arn.split(":")[:3], region, *arn.split(":")[4:]])
