"""Tagging operations of the individual services, as the catalogue describes them. Each call is about one resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError

from tag_governance.domain.arn import resource_id
from tag_governance.domain.catalogue import NativeCall, path

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class UnknownOperation(BotoCoreError):
    """Error: the SDK has the service, but is older than the operation."""

    fmt = "the SDK of this runtime does not know {operation}"


def read_native(client: Any, call: NativeCall, arn: str) -> Mapping[str, str]:
    """Read the tags of a resource unchanged.

    Raises:
        UnknownOperation: the SDK does not have the operation. All functions of this module raise it.
    """
    method, parameters = _method(client, call), _parameters(call, arn)
    name = xform_name(call.operation)
    if client.can_paginate(name):
        answers: Iterable[Mapping[str, Any]] = client.get_paginator(name).paginate(**parameters)
    else:
        answers = [method(**parameters)]
    found: dict[str, str] = {}
    for answer in answers:
        tags = path(call.tags).search(answer)
        if call.pair:
            key, value = call.pair
            found |= {tag[key]: tag.get(value) or "" for tag in tags or ()}
        else:
            found |= {key: value or "" for key, value in (tags or {}).items()}
    return found


def tag_native(client: Any, call: NativeCall, arn: str, tags: Mapping[str, str]) -> None:
    """Write tags."""
    key, value = call.pair or ("", "")
    written = [{key: k, value: v} for k, v in tags.items()] if call.pair else dict(tags)
    _change(client, call, arn, written)


def untag_native(client: Any, call: NativeCall, arn: str, keys: Iterable[str]) -> None:
    """Remove tags."""
    removed = [{call.pair[0]: key} for key in keys] if call.pair else list(keys)
    _change(client, call, arn, removed)


def _change(client: Any, call: NativeCall, arn: str, content: object) -> None:
    *around, member = call.tags.split(".")
    nested: object = {member: content}
    for name in reversed(around):
        nested = {name: nested}
    _method(client, call)(**_parameters(call, arn), **nested)  # type: ignore[arg-type]


def _method(client: Any, call: NativeCall) -> Any:
    method = getattr(client, xform_name(call.operation), None)
    if method is None:
        raise UnknownOperation(operation=call.operation)
    return method


def _parameters(call: NativeCall, arn: str) -> dict[str, str | list[str]]:
    values = {"Arn": arn, "Id": resource_id(arn)}
    return {
        name: [_expand(item, values) for item in template] if isinstance(template, list) else _expand(template, values)
        for name, template in call.parameters.items()
    }


def _expand(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)
