"""Events in, observations out. Pure, and never trusting: an event is anybody's input.

Source of the shapes: CloudTrail record contents, and EventBridge events from AWS services (`aws.tag`).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .actor import actor_of, is_own_session
from .catalogue import Catalogue, Creation, ResourceType, path
from .model import EventMatching, Observation, RelatedResource, Source, Tags
from .partition import partition_of
from .policy import Policy

API_CALL = "AWS API Call via CloudTrail"
TAG_CHANGE = "Tag Change on Resource"

_LONGEST_ID = 1024
_is_hidden = re.compile(r"HIDDEN_\w+_SECURITY_REASONS|\*{3,}", re.IGNORECASE).fullmatch


class MalformedEvent(Exception):
    """The event can not be understood. The message is the cause that travels with it to the dead-letter queue."""


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an event happened: the part of an ARN that no id tells."""

    partition: str
    region: str
    account: str


def observe(event: object, catalogue: Catalogue, policy: Policy) -> list[Observation]:
    """Read one EventBridge event as a policy sees it.

    Returns:
        One observation per governed resource; none when the event is of our own making or of types not governed.

    Raises:
        MalformedEvent: as `resolve` does, for governed types; or the event has no id or no time.
    """
    envelope, detail = _parts(event)
    if is_own_session(detail.get("userIdentity"), policy):
        return []
    try:
        found = resolve(envelope, catalogue, policy.resource_types)
    except UnknownResource:
        # Rules for tag changes go by tag key, not by type: they let through what is not governed.
        return []
    except UnknownCreation:
        if policy.event_matching is EventMatching.PREFIX:
            return []
        raise
    if not found:
        return []
    if envelope["detail-type"] == TAG_CHANGE:
        return [_observation(envelope, seen, Source.TAG_CHANGE) for seen in found]
    actor = actor_of(detail.get("userIdentity"))
    request_tags = _request_tags(catalogue, detail)
    return [
        replace(
            _observation(envelope, seen, Source.CREATION),
            actor=actor,
            request_tags=request_tags,
            related=_related(detail, seen.resource_type, catalogue, _place(envelope)),
            attached_to=seen.attached_to,
        )
        for seen in found
    ]


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
    envelope, detail = _parts(event)
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
    source, name = _text(detail, "eventSource"), _text(detail, "eventName")
    known = catalogue.creations(source, name)
    if not known:
        raise UnknownCreation(f"{source} {name} creates nothing that the catalogue knows")
    wanted = [(t, creation) for t, creation in known if types is None or t.name in types]
    place = _place(envelope)
    arns = {t.name: _arns(detail, t, creation, place, sole=len(known) == 1) for t, creation in known}
    if wanted and not any(arns.values()):
        raise MalformedEvent(f"{source} {name} carries no id of what it created")
    found: list[Found] = []
    for resource_type, creation in wanted:
        own = arns[resource_type.name]
        # Attachments of a new resource are often not named in its event; they are found by it later.
        holders = arns.get(resource_type.attached_to or "", []) if not own else []
        tags = _tags(detail, creation)
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
    resource_type = catalogue.type_of_arn(arn)
    if resource_type is None:
        raise UnknownResource(f"{arn} is of no type that the catalogue knows")
    if types is not None and resource_type.name not in types:
        return []
    tags = parse_tags(detail.get("tags"))
    if tags is None:
        raise MalformedEvent(f"detail.tags of {arn} is not a map of tags")
    place = _place(envelope)
    return [Found(resource_type, arn, place.account, place.region, tags)]


def _observation(envelope: Mapping[str, Any], found: Found, source: Source) -> Observation:
    return Observation(
        arn=found.arn,
        resource_type=found.resource_type.name,
        account=found.account,
        region=found.resource_type.region or found.arn.split(":")[3] or found.region,  # replicas are elsewhere
        time=_time(envelope),
        source=source,
        event_id=_text(envelope, "id"),
        tags=found.tags,
        case_sensitive_keys=found.resource_type.case_sensitive_keys,
        taggable=found.resource_type.tag_api is not None,
    )


def parse_tags(value: object) -> dict[str, str] | None:
    """Tags in any of CloudTrail's spellings: a map, or lists of Key/Value, key/value, tagKey/tagValue.

    Returns None where the value does not say: absent, redacted, or of a shape that is not tags at all.
    """
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[object, object]] = value.items()
    elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        pairs = [_pair(item) for item in value]
    else:
        return None
    tags: dict[str, str] = {}
    for key, raw in pairs:
        text = _scalar(raw)
        if not isinstance(key, str) or text is None or _is_hidden(text):
            return None
        tags[key] = text
    return tags


def _pair(item: Mapping[str, Any]) -> tuple[object, object]:
    folded = {str(name).lower(): value for name, value in item.items()}
    return folded.get("key", folded.get("tagkey")), folded.get("value", folded.get("tagvalue", ""))


def _scalar(value: object) -> str | None:
    """A text as CloudTrail may spell it: JSON booleans and numbers, `{tag, content}`, null for empty."""
    if isinstance(value, Mapping) and "content" in value:
        value = value["content"]
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None


def _tags(detail: Mapping[str, Any], creation: Creation) -> Tags | None:
    # An empty answer is no evidence: many services tag after creation or do not log the tags they were given.
    return None if creation.tags is None else parse_tags(path(creation.tags).search(detail)) or None


def _request_tags(catalogue: Catalogue, detail: Mapping[str, Any]) -> Tags:
    """What the call tagged anything with, whichever of its resources that was."""
    merged: dict[str, str] = {}
    for _, creation in catalogue.creations(detail["eventSource"], detail["eventName"]):
        for key, value in (_tags(detail, creation) or {}).items():
            merged.setdefault(key, value)
    return merged


def _arns(detail: Mapping[str, Any], known: ResourceType, creation: Creation, place: _Place, sole: bool) -> list[str]:
    """The ARNs that an event states, else those made from ids. `sole`: it is the only type that the call creates."""
    found = path(creation.arn).search(detail) if creation.arn else None
    stated = [a for a in (found if isinstance(found, list) else [found]) if isinstance(a, str)]
    own = [a for a in stated if known.arn_pattern.fullmatch(a)]
    if not own and (others := [a for a in stated if known.shares_service(a)]):
        # Of another type, or in a form that the template does not know: one made from ids would contradict it.
        return [a for a in others if sole and a.split(":")[4] in {"", place.account}]
    return list(dict.fromkeys(own)) or _filled(detail, known, creation.id, place)


def _filled(detail: Mapping[str, Any], known: ResourceType, ids: Mapping[str, str], place: _Place) -> list[str]:
    """ARNs made from ids: a variable may have many; one that is an ARN is taken whole; False is a condition unmet."""
    values: dict[str, list[str]] = {}
    for variable, expression in ids.items():
        found = path(expression).search(detail)
        texts = [_scalar(item) for item in (found if isinstance(found, list) else [found]) if item is not False]
        values[variable] = [t for t in texts if t and not _is_hidden(t) and len(t) <= _LONGEST_ID and t.isprintable()]
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


def _related(
    detail: Mapping[str, Any], known: ResourceType, catalogue: Catalogue, place: _Place
) -> tuple[RelatedResource, ...]:
    found: list[RelatedResource] = []
    for related in known.related:
        other = catalogue.type(related.resource_type)
        found += [RelatedResource(arn, other.name) for arn in _filled(detail, other, related.id, place)]
    return tuple(found)


def _parts(event: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Envelope and detail."""
    envelope = _mapping(event, "event")
    return envelope, _mapping(envelope.get("detail"), "detail")


def _place(envelope: Mapping[str, Any]) -> _Place:
    region = _text(envelope, "region")
    return _Place(partition_of(region), region, _text(envelope, "account"))


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedEvent(f"{name} is {type(value).__name__}, expected an object")
    return value


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise MalformedEvent(f"{key} is {value!r}, expected a text")
    return value


def _time(envelope: Mapping[str, Any]) -> datetime:
    text = _text(envelope, "time")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise MalformedEvent(f"time is {text!r}, expected ISO 8601") from error
