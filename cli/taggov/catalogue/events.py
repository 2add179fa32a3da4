"""Events from a file or a pipe, and the resources that they are about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.catalogue import Catalogue
from tag_governance.events.actor import actor_of
from tag_governance.events.event import API_CALL, MalformedEvent
from tag_governance.events.resolve import Found, resolve


class NotJson(Exception):
    """Nothing in the input is JSON. The message says where it stops to be."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event of the input, or the reason why there is none."""

    position: str
    event: object = None
    problem: str | None = None


def read_events(data: bytes) -> list[Item]:
    """The events of one JSON object, a JSON array, or JSON lines, in their order.

    A CloudTrail log file (`{"Records": [...]}`) counts as the array of its records.

    Raises:
        NotJson: not even one line can be read.
    """
    if not data.strip():
        raise NotJson("it is empty")
    try:
        document = _parsed(data)
    except ValueError as error:
        return _lines(data, error)
    if isinstance(document, Mapping) and isinstance(document.get("Records"), list) and "detail" not in document:
        document = document["Records"]
    if isinstance(document, list):
        return [Item(f"event {i}", event) for i, event in enumerate(document, 1)]
    return [Item("event 1", document)]


def resources(item: Item, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """Find the resources that one event is about.

    Returns:
        Documents of `arn`, `type`, `account`, `region`, `tags` (None when the event does not say) and `actor`, the
        person or pipeline that made the call (None for nobody: a service, a machine, or an event that does not say).

    Raises:
        MalformedEvent: the event cannot be understood, tells of nothing that the catalogue knows, or speaks for an
            account of a resource in another one, which the function ignores.
    """
    if item.problem is not None:
        raise MalformedEvent(item.problem)
    event = _in_envelope(item.event)
    foreign: list[Found] = []
    for found in resolve(event, catalogue):
        if found.arn.split(":")[4] not in ("", found.account):
            foreign.append(found)
        # What the event does not name has no ARN to print.
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
                yield Item(f"line {number}", _parsed(line))
            except ValueError as error:
                yield Item(f"line {number}", problem=f"not JSON: {error}")


def _parsed(data: bytes) -> object:
    """A JSON document in any of the encodings that JSON may have. Raises ValueError, whatever is wrong with it."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _actor(event: object) -> str | None:
    detail = event.get("detail") if isinstance(event, Mapping) else None
    return actor_of(detail.get("userIdentity"), detail.get("userAgent")) if isinstance(detail, Mapping) else None


def _in_envelope(event: object) -> object:
    """A CloudTrail record alone says where it happened, too: EventBridge would wrap it like this."""
    if not isinstance(event, Mapping) or "detail" in event or "eventSource" not in event:
        return event
    return {
        "detail-type": API_CALL,
        "account": event.get("recipientAccountId"),
        "region": event.get("awsRegion"),
        "detail": event,
    }
