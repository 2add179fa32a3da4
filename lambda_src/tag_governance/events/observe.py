"""Observations from messages, by a policy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tag_governance.domain.arn import LONGEST_ARN
from tag_governance.domain.catalogue import Catalogue, ResourceType
from tag_governance.domain.model import Observation, Origin, RelatedResource, Source, Tags
from tag_governance.domain.policy import Policy
from tag_governance.events.actor import actor_of, is_own_session
from tag_governance.events.event import (
    API_CALL,
    RECHECK,
    TAG_CHANGE,
    MalformedEvent,
    Place,
    parts_of,
    place_of,
    text_of,
    time_of,
)
from tag_governance.events.resolve import (
    ResolvedResource,
    UnknownCreation,
    UnknownResource,
    arns_from_ids,
    resolve,
    tags_in,
)


def observe(event: object, catalogue: Catalogue, policy: Policy) -> list[Observation]:
    """Read one message.

    Args:
        event: an EventBridge event, or the function's own request for a recheck.

    Returns:
        One observation per governed resource. The list is empty for the function's own calls, for types that are not
        governed, and for resources that the catalogue does not contain: the event rules match more than is governed.

    Raises:
        MalformedEvent: as `resolve`, for governed types; or the event has no id or time.
    """
    envelope, detail = parts_of(event)
    if envelope.get("detail-type") == RECHECK:
        return _recheck_observations(envelope, detail, catalogue)
    if is_own_session(detail.get("userIdentity"), policy):
        return []
    try:
        found = resolve(envelope, catalogue, policy.resource_types)
    except (UnknownResource, UnknownCreation):
        return []
    if not found:
        return []
    if envelope["detail-type"] == TAG_CHANGE:
        version = detail.get("version")
        counted = version if isinstance(version, int) and not isinstance(version, bool) else None
        keys = detail.get("changed-tag-keys")
        changed = tuple(keys) if isinstance(keys, list) and all(isinstance(key, str) for key in keys) else None
        return [
            replace(_observation(envelope, seen, Source.TAG_CHANGE), version=counted, changed=changed) for seen in found
        ]
    if envelope["detail-type"] != API_CALL:
        return [_observation(envelope, seen, Source.NOTIFICATION) for seen in found]
    time, actor = time_of(envelope), actor_of(detail.get("userIdentity"), detail.get("userAgent"), policy.actor_from)
    request_tags = _request_tags(catalogue, detail)
    return [
        replace(
            _observation(envelope, seen, Source.CREATION),
            origin=Origin(
                time, actor, request_tags, _related(detail, seen.resource_type, catalogue, place_of(envelope))
            ),
            attached_to=seen.attached_to,
        )
        for seen in found
    ]


def _observation(envelope: Mapping[str, Any], found: ResolvedResource, source: Source) -> Observation:
    if not found.arn.isprintable() or len(found.arn.encode()) > LONGEST_ARN:
        raise MalformedEvent(f"{found.arn[:100]!r}... is not an ARN: AWS has none of more than {LONGEST_ARN} bytes")
    return Observation(
        arn=found.arn,
        resource_type=found.resource_type.name,
        account=found.account,
        region=found.region,
        time=time_of(envelope),
        source=source,
        event_id=text_of(envelope, "id"),
        tags=found.tags,
        case_sensitive_keys=found.resource_type.case_sensitive_keys,
        taggable=found.resource_type.tag_api is not None,
        other_arns=found.resource_type.other_spellings(found.arn, found.account),
    )


def _recheck_observations(
    envelope: Mapping[str, Any], detail: Mapping[str, Any], catalogue: Catalogue
) -> list[Observation]:
    name, arn = text_of(detail, "resource_type"), envelope.get("resources")
    if not isinstance(arn, list) or len(arn) != 1 or not isinstance(arn[0], str):
        raise MalformedEvent(f"resources is {arn!r}, expected a list with one ARN")
    place = place_of(envelope)
    known = catalogue.type(name)
    region = known.regions.get(place.partition) or arn[0].split(":")[3] or place.region
    found = ResolvedResource(known, arn[0], place.account, region, None)
    # A resource without a known ARN is identified by its parent.
    attached_to = None if known.arn_pattern.fullmatch(arn[0]) else arn[0]
    return [replace(_observation(envelope, found, Source.RECHECK), attached_to=attached_to)]


def _request_tags(catalogue: Catalogue, detail: Mapping[str, Any]) -> Tags:
    """Merge all tags in the call, for any of its resources."""
    merged: dict[str, str] = {}
    for _, creation in catalogue.creations(detail["eventSource"], detail["eventName"]):
        for key, value in (tags_in(detail, creation) or {}).items():
            merged.setdefault(key, value)
    return merged


def _related(
    detail: Mapping[str, Any], known: ResourceType, catalogue: Catalogue, place: Place
) -> tuple[RelatedResource, ...]:
    found: list[RelatedResource] = []
    for related in known.related:
        other = catalogue.type(related.resource_type)
        found += [RelatedResource(arn, other.name) for arn in arns_from_ids(detail, other, related.id, place)]
    return tuple(found)
