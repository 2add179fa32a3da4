"""Envelope of an event, read with full validation: anybody can cause events. Pure.

Source of the shapes: CloudTrail record contents, and EventBridge events from AWS services (`aws.tag`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tag_governance.domain.partition import partition_of

API_CALL = "AWS API Call via CloudTrail"
TAG_CHANGE = "Tag Change on Resource"
RECHECK = "Tag Governance Recheck"
"""The function's own request to evaluate a resource again."""

_LONGEST_TEXT = 256
_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,20}){1,4}")
_ACCOUNT = re.compile(r"[0-9]{12}")


class MalformedEvent(Exception):
    """Error: the event cannot be parsed. The message becomes the cause in the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Place:
    """Partition, region and account of an event: the parts of an ARN that are not ids."""

    partition: str
    region: str
    account: str


def parts_of(event: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return envelope and detail.

    Raises:
        MalformedEvent: one of them is not an object. All functions of this module raise it.
    """
    envelope = _mapping(event, "event")
    return envelope, _mapping(envelope.get("detail"), "detail")


def place_of(envelope: Mapping[str, Any]) -> Place:
    """Read account and region of an event."""
    region, account = text_of(envelope, "region"), text_of(envelope, "account")
    if not _REGION.fullmatch(region):
        raise MalformedEvent(f"region is {region!r}, expected the name of a region")
    if not _ACCOUNT.fullmatch(account):
        raise MalformedEvent(f"account is {account!r}, expected twelve digits")
    return Place(partition_of(region), region, account)


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedEvent(f"{name} is {type(value).__name__}, expected an object")
    return value


def text_of(body: Mapping[str, Any], key: str) -> str:
    """Read a required text: printable, at most 256 characters."""
    value = body.get(key)
    if not isinstance(value, str) or not value or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise MalformedEvent(
            f"{key} is {repr(value)[:_LONGEST_TEXT]}, expected a text of at most {_LONGEST_TEXT} characters"
        )
    return value


def time_of(envelope: Mapping[str, Any]) -> datetime:
    """Read the time of an event."""
    text = text_of(envelope, "time")
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEvent(f"time is {text!r}, expected ISO 8601") from error
