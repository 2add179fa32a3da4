"""The tagging operations of each service itself, as the catalogue describes them: one resource a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore import xform_name

from .catalogue import NativeCall, path
from .tags import parse_tags

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def read_native(client: Any, call: NativeCall, arn: str) -> Mapping[str, str]:
    """The tags of a resource."""
    name, parameters = xform_name(call.operation), _parameters(call, arn)
    if client.can_paginate(name):
        answers: Iterable[Mapping[str, Any]] = client.get_paginator(name).paginate(**parameters)
    else:
        answers = [getattr(client, name)(**parameters)]
    found: dict[str, str] = {}
    for answer in answers:
        found |= parse_tags(path(call.tags).search(answer)) or {}
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


def resource_id(arn: str) -> str:
    """The id in an ARN whose last part is one: `.../i-0abc`, or the bucket of `arn:aws:s3:::bucket`."""
    return re.split("[:/]", arn)[-1]


def _change(client: Any, call: NativeCall, arn: str, content: object) -> None:
    *around, member = call.tags.split(".")
    nested: object = {member: content}
    for name in reversed(around):
        nested = {name: nested}
    getattr(client, xform_name(call.operation))(**_parameters(call, arn), **nested)  # type: ignore[arg-type]


def _parameters(call: NativeCall, arn: str) -> dict[str, str | list[str]]:
    values = {"Arn": arn, "Id": resource_id(arn), "Account": arn.split(":")[4]}
    return {
        name: [_filled(item, values) for item in template] if isinstance(template, list) else _filled(template, values)
        for name, template in call.parameters.items()
    }


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)
