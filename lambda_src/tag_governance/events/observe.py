"""Events in, observations out, as a policy sees them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tag_governance.domain.catalogue import Catalogue, ResourceType
from tag_governance.domain.model import EventMatching, Observation, RelatedResource, Source, Tags
from tag_governance.domain.policy import Policy
from tag_governance.events.actor import actor_of, is_own_session
from tag_governance.events.event import TAG_CHANGE, Place, parts_of, place_of, text_of, time_of
from tag_governance.events.resolve import Found, UnknownCreation, UnknownResource, arns_from_ids, resolve, tags_in


def observe(event: object, catalogue: Catalogue, policy: Policy) -> list[Observation]:
    """Read one EventBridge event as a policy sees it.

    Returns:
        One observation per governed resource; none when the event is of our own making or of types not governed.

    Raises:
        MalformedEvent: as `resolve` does, for governed types; or the event has no id or no time.
    """
    envelope, detail = parts_of(event)
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
            related=_related(detail, seen.resource_type, catalogue, place_of(envelope)),
            attached_to=seen.attached_to,
        )
        for seen in found
    ]


def _observation(envelope: Mapping[str, Any], found: Found, source: Source) -> Observation:
    return Observation(
        arn=found.arn,
        resource_type=found.resource_type.name,
        account=found.account,
        region=found.resource_type.region or found.arn.split(":")[3] or found.region,  # replicas are elsewhere
        time=time_of(envelope),
        source=source,
        event_id=text_of(envelope, "id"),
        tags=found.tags,
        case_sensitive_keys=found.resource_type.case_sensitive_keys,
        taggable=found.resource_type.tag_api is not None,
    )


def _request_tags(catalogue: Catalogue, detail: Mapping[str, Any]) -> Tags:
    """What the call tagged anything with, whichever of its resources that was."""
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
