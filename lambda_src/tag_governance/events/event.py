"""The envelope of an event, read without trust: an event is anybody's input. Pure.

Source of the shapes: CloudTrail record contents, and EventBridge events from AWS services (`aws.tag`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tag_governance.domain.partition import partition_of

API_CALL = "AWS API Call via CloudTrail"
TAG_CHANGE = "Tag Change on Resource"


class MalformedEvent(Exception):
    """The event can not be understood. The message is the cause that travels with it to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event happened: the part of an ARN that no id tells."""

    partition: str
    region: str
    account: str


def parts_of(event: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Envelope and detail. Raises MalformedEvent, as all here do, where one of them is no object."""
    envelope = _mapping(event, "event")
    return envelope, _mapping(envelope.get("detail"), "detail")


def place_of(envelope: Mapping[str, Any]) -> Place:
    """Where it happened."""
    region = text_of(envelope, "region")
    return Place(partition_of(region), region, text_of(envelope, "account"))


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedEvent(f"{name} is {type(value).__name__}, expected an object")
    return value


def text_of(body: Mapping[str, Any], key: str) -> str:
    """A text that has to be there."""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise MalformedEvent(f"{key} is {value!r}, expected a text")
    return value


def time_of(envelope: Mapping[str, Any]) -> datetime:
    """When it happened."""
    text = text_of(envelope, "time")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise MalformedEvent(f"time is {text!r}, expected ISO 8601") from error
