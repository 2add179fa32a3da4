"""Answers of calls that succeeded and created nothing: an empty list, or only failures."""

from __future__ import annotations

import re
from collections.abc import Iterable

from botocore.model import ListShape, StructureShape

from tools.catalogue.naming import RESPONSE, Field, Step, either
from tools.catalogue.places import Call

# `responseElements.tasks[].taskArn`, and the two ways of EC2: `...Set.items[].x` and `...Set.[item][].x`.
_LIST = re.compile(rf"\(?({RESPONSE}\.[\w.\"]+?)(\.items)?(?:\.\[item\])?\[\]")
# ECS answers with failures, EC2 with unsuccessful, WorkSpaces with FailedRequests, Systems Manager with Failed.
_FAILED = re.compile(r"^(?:\w*failures?|failed\w*|unsuccessful\w*|errors?|\w*errors|unprocessed\w*)$", re.IGNORECASE)
_EMPTY = '`[[], {}, ""]`'
"""List without members, in each form in which CloudTrail writes it."""


def nothing_in(call: Call, paths: Iterable[str | None]) -> str | None:
    """Build the expression that is true of an answer without anything created; None where every answer must name it.

    A list that is missing is not empty: CloudTrail leaves out what is too large. It counts as empty only where the
    answer lists failures instead.

    Args:
        paths: where the event names what the call creates.
    """
    lists: dict[str, None] = {}
    for path in paths:
        for match in (_LIST.match(part) for part in (path or "").split(" || ")):
            if match is not None:
                lists[match[1]] = None
                if match[2]:
                    lists[match[1] + match[2]] = None
    if not lists:
        return None
    empty = [f"contains({_EMPTY}, {path})" for path in lists]
    failed = _failures(call)
    only_failed = f"!({either(list(lists))}) && ({either(failed)})"
    return " || ".join([*empty, only_failed] if failed else empty)


def _failures(call: Call) -> list[str]:
    shape = call.operation.output_shape
    members = shape.members.items() if isinstance(shape, StructureShape) else ()
    return [
        path
        for name, member in members
        if isinstance(member, ListShape) and _FAILED.match(name)
        for path in call.dialect.response(call.operation, Field((Step(name, member),)))
    ]
