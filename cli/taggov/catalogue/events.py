"""Events from a file or standard input, and their resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.catalogue import Catalogue
from tag_governance.events.actor import actor_of
from tag_governance.events.event import API_CALL, MalformedEvent
from tag_governance.events.resolve import ResolvedResource, resolve


class NotJson(Exception):
    """The input is not JSON. The message has the position of the error."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event of the input, or the reason why it is invalid."""

    position: str
    event: object = None
    problem: str | None = None


def read_events(data: bytes) -> list[Item]:
    """Read the events of a JSON object, a JSON array, or JSON lines, in order.

    A CloudTrail log file (`{"Records": [...]}`) counts as the array of its records.

    Raises:
        NotJson: no line is valid JSON.
    """
    if not data.strip():
        raise NotJson("it is empty")
    try:
        document = _parse(data)
    except ValueError as error:
        return _lines(data, error)
    if isinstance(document, Mapping) and isinstance(document.get("Records"), list) and "detail" not in document:
        document = document["Records"]
    if isinstance(document, list):
        return [Item(f"event {i}", event) for i, event in enumerate(document, 1)]
    return [Item("event 1", document)]


def resources(item: Item, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """Yield the resources of an event.

    Returns:
        Documents with `arn`, `type`, `account`, `region`, `tags` (None if the event has no tags) and `actor`, the
        person or pipeline that made the call (None for services, machines, and events without this information).

    Raises:
        MalformedEvent: the event is invalid, has no resource in the catalogue, or names a resource in another account,
            which the function ignores.
    """
    if item.problem is not None:
        raise MalformedEvent(item.problem)
    event = _in_envelope(item.event)
    foreign: list[ResolvedResource] = []
    for found in resolve(event, catalogue):
        if found.arn.split(":")[4] not in ("", found.account):
            foreign.append(found)
        # Resources without an own ARN in the event are not printed.
        elif found.attached_to is None:
            yield {
                "arn": found.arn,
                "type": found.resource_type.name,
                "account": found.account,
                "region": found.region,
                "tags": found.tags,
                "actor": _actor(event),
            }
    if foreign:
        raise MalformedEvent(f"{foreign[0].arn} is not of account {foreign[0].account}, which the event is of")


def _lines(data: bytes, error: ValueError) -> list[Item]:
    items = list(_each_line(data.splitlines()))
    if not any(isinstance(item.event, Mapping) for item in items):
        raise NotJson(str(error)) from error
    return items


def _each_line(lines: Iterable[bytes]) -> Iterator[Item]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Item(f"line {number}", _parse(line))
            except ValueError as error:
                yield Item(f"line {number}", problem=f"not JSON: {error}")


def _parse(data: bytes) -> object:
    """Parse a JSON document in any JSON encoding. All errors are ValueError."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _actor(event: object) -> str | None:
    detail = event.get("detail") if isinstance(event, Mapping) else None
    return actor_of(detail.get("userIdentity"), detail.get("userAgent")) if isinstance(detail, Mapping) else None


def _in_envelope(event: object) -> object:
    """Wrap a CloudTrail record in an envelope, as EventBridge does."""
    if not isinstance(event, Mapping) or "detail" in event or "eventSource" not in event:
        return event
    return {
        "detail-type": API_CALL,
        "account": event.get("recipientAccountId"),
        "region": event.get("awsRegion"),
        "detail": event,
    }
