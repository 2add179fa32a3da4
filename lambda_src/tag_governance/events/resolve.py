"""The resources that an event is about: their ARNs and tags, found with the paths of the catalogue. Pure."""

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
    """Region where it is governed: the one in its ARN, or the one region of a global service."""
    tags: Tags | None
    """None where the event does not say."""
    attached_to: str | None = None
    """ARN of the new resource it hangs on, by which it is to be found."""


def resolve(event: object, catalogue: Catalogue, types: Container[str] | None = None) -> list[Found]:
    """Find the resources that one EventBridge event created, or whose tags or state it changed.

    Args:
        types: names of the resource types to look for; None for all.

    Returns:
        One entry per resource; none for a call that failed or created nothing, or when the event is of other types.

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
    notifications = catalogue.notifications(kind) if isinstance(kind, str) else []
    if notifications:
        return _notified(envelope, detail, notifications, types)
    raise MalformedEvent(f"detail-type is {repr(kind)[:_LONGEST_ID]}, expected {API_CALL!r} or {TAG_CHANGE!r}")


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
    nothing = {t.name for t, creation in known if _creates_nothing(detail, creation)}
    arns = {
        t.name: [] if t.name in nothing else _arns(detail, t, creation, place, sole=len(known) == 1)
        for t, creation in known
    }
    if not any(arns.values()) and any(t.name not in nothing and not _is_ruled_out(detail, c) for t, c in wanted):
        raise MalformedEvent(f"{source} {name} carries no id of what it created")
    found: list[Found] = []
    for resource_type, creation in wanted:
        own = arns[resource_type.name]
        # Attachments of a new resource are often not named in its event; they are found by it later.
        holders = arns.get(resource_type.attached_to or "", []) if not own else []
        tags = tags_in(detail, creation)
        found += [_found(resource_type, arn, place, tags) for arn in own]
        found += [_found(resource_type, arn, place, tags, attached_to=arn) for arn in holders]
    return found


def _tags_changed(
    envelope: Mapping[str, Any], detail: Mapping[str, Any], catalogue: Catalogue, types: Container[str] | None
) -> list[Found]:
    resources = envelope.get("resources")
    arn = resources[0] if isinstance(resources, list) and resources else None
    if not isinstance(arn, str) or not arn.isprintable():
        raise MalformedEvent(f"resources is {repr(resources)[:_LONGEST_ID]}, expected a list with one ARN")
    resource_type = catalogue.type_of_arn(arn, types)
    if resource_type is None:
        raise UnknownResource(f"{arn} is of no type that the catalogue knows")
    if types is not None and resource_type.name not in types:
        return []
    place = place_of(envelope)
    arn = resource_type.canonical(arn, place.region, place.account)
    return [_found(resource_type, arn, place, parse_tags(detail.get("tags")))]


def _notified(
    envelope: Mapping[str, Any],
    detail: Mapping[str, Any],
    notifications: Sequence[tuple[ResourceType, Notification]],
    types: Container[str] | None,
) -> list[Found]:
    place = place_of(envelope)
    found: list[Found] = []
    for known, notification in notifications:
        if types is not None and known.name not in types:
            continue
        if all(detail.get(member) in values for member, values in notification.detail.items()):
            arns = arns_from_ids(detail, known, notification.id, place)
            if not arns:
                raise MalformedEvent(f"{envelope['detail-type']} carries no id of what it is about")
            found += [_found(known, arn, place, None) for arn in arns]
    return found


def _found(known: ResourceType, arn: str, place: Place, tags: Tags | None, attached_to: str | None = None) -> Found:
    region = known.regions.get(place.partition) or arn.split(":")[3] or place.region
    return Found(known, arn, place.account, region, tags, attached_to)


def _creates_nothing(detail: Mapping[str, Any], creation: Creation) -> bool:
    """Say if the call succeeded and created nothing of the type, which is normal."""
    return creation.nothing is not None and bool(path(creation.nothing).search(detail))


def _is_ruled_out(detail: Mapping[str, Any], creation: Creation) -> bool:
    """Say if a condition of the catalogue is not met: the event is about something else."""
    return any(path(told).search(detail) is False for told in (*creation.id.values(), creation.arn) if told)


def tags_in(detail: Mapping[str, Any], creation: Creation) -> Tags | None:
    """Return what an event says of the tags of what it created; None where it does not say."""
    # An empty answer is no evidence: many services tag after creation or do not log the tags they were given.
    return None if creation.tags is None else parse_tags(path(creation.tags).search(detail)) or None


def _arns(detail: Mapping[str, Any], known: ResourceType, creation: Creation, place: Place, sole: bool) -> list[str]:
    """The ARNs that an event states, else those made from ids. `sole`: it is the only type that the call creates."""
    found = path(creation.arn).search(detail) if creation.arn else None
    stated = [a for a in (found if isinstance(found, list) else [found]) if isinstance(a, str)]
    own = [known.canonical(a, place.region, place.account) for a in stated if known.fits(a)]
    if not own and (others := [a for a in stated if known.shares_service(a)]):
        # Of another type, or in a form that the template does not know: one made from ids would contradict it.
        return [a for a in others if sole and a.split(":")[4] in {"", place.account}]
    return list(dict.fromkeys(own)) or arns_from_ids(detail, known, creation.id, place)


def arns_from_ids(detail: Mapping[str, Any], known: ResourceType, ids: Mapping[str, str], place: Place) -> list[str]:
    """Build ARNs from ids: a variable may have many; one that is an ARN is taken whole; False is a condition unmet.

    A `Region` among them is where the resource is, in place of where the event happened.
    """
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
        whole = _moved(last, row.get("Region")) if last.startswith("arn:") else None
        if whole is None and any(text.startswith("arn:") for text in row.values()):
            continue  # a parent known by its ARN: the part of it that is wanted is not known
        arn = whole or known.arn(place.partition, place.region, place.account, row)
        if known.fits(arn):
            arns[known.canonical(arn, place.region, place.account)] = None
    return list(arns)


def _moved(arn: str, region: str | None) -> str:
    """Replace the region of an ARN."""
    return arn if region is None or arn.count(":") < 5 else ":".join([*arn.split(":")[:3], region, *arn.split(":")[4:]])
