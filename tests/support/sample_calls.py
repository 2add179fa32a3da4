"""Calls with every field filled, made from nothing but the shapes of a service model.

Every text says which member it was put into, so that a test can ask where a value came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tests.support.policies import HOME

TAGS = {"team": "payments"}
OTHER_TAGS = {"of": "something else"}
_DEPTH = 6
# The serial number of a virtual MFA device is its ARN.
_ARN_MEMBER = re.compile(r"(?:arn|Arn|ARN)s?$|^SerialNumber$")
_TAG_MEMBER = re.compile(r"(?:^|[a-z])(?:Tags|TagList|TagsList|TagSet)$|^(?:tags|tagList|tagsOverride)$")


@dataclass
class SampleCall:
    """A call of an operation for one resource type; lists have `count` elements."""

    operation: OperationModel
    resource: str
    arn_template: str
    count: int = 1
    members: dict[str, str] = field(default_factory=dict)
    """Text -> the member it was put into, as a path."""

    def request(self, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The parameters of the call, with tags."""
        parameters = self._structure(self.operation.input_shape, "request", 0)
        if "TagSpecifications" in parameters:
            parameters["TagSpecifications"] = [
                {"ResourceType": "something-else", "Tags": _pairs(OTHER_TAGS)},
                {"ResourceType": self.resource, "Tags": _pairs(TAGS)},
            ]
        return {name: value for name, value in parameters.items() if name not in without}

    def answer(self, tagged: bool) -> dict[str, Any]:
        """The answer to the call."""
        return self._structure(self.operation.output_shape, "response", 0, tagged)

    def arn(self) -> str:
        """An ARN of the resource's own type, of which every variable is new."""
        context = {"Partition": "aws", "Region": "us-east-1", "Account": HOME}
        return re.sub(
            r"\$\{(\w+)\}", lambda m: context.get(m.group(1)) or f"a{len(self.members)}{m.group(1)}", self.arn_template
        )

    def _structure(self, shape: Shape | None, path: str, depth: int, tagged: bool = True) -> dict[str, Any]:
        if not isinstance(shape, StructureShape) or depth >= _DEPTH:
            return {}
        filled = {}
        for name, member in shape.members.items():
            if _TAG_MEMBER.search(name) and (tags := self._tags(member, path, tagged)) is not None:
                filled[name] = tags
            else:
                filled[name] = self._value(member, name, f"{path}.{name}", depth + 1, tagged)
        return filled

    def _value(self, shape: Shape, name: str, path: str, depth: int, tagged: bool) -> Any:
        if isinstance(shape, StructureShape):
            return self._structure(shape, path, depth, tagged)
        if isinstance(shape, ListShape):
            return [self._value(shape.member, name, path, depth, tagged) for _ in range(self.count)]
        if isinstance(shape, MapShape):
            return {"x": self._value(shape.value, name, path, depth, tagged)}
        match shape.type_name:
            case "string":
                text = self.arn() if _ARN_MEMBER.search(name) else f"v{len(self.members)}"
                self.members[text] = path
                return text
            case "timestamp":
                return datetime(2026, 6, 1, tzinfo=UTC)
            case "boolean":
                return True
            case "blob":
                return b""
            case _:
                return 7

    def _tags(self, shape: Shape, path: str, tagged: bool) -> Any:
        """Tags for a member of that name; None where its shape is no tags at all."""
        # Tags deep in a request are for other things: LaunchTemplateData.TagSpecifications.
        body = self.operation.input_shape.serialization.get("payload") if self.operation.input_shape else None
        own = (
            path in {"request", "request.Tags", f"request.{body}"}
            or re.fullmatch(r"request\.\w*Workspaces", path)
            or path.endswith("WithTags")
            or path.startswith("response")
        )
        tags: Mapping[str, str] = (TAGS if own else OTHER_TAGS) if tagged else {}
        if isinstance(shape, StructureShape) and set(shape.members) == {"Items"}:
            return {"Items": _pairs(tags)}
        if isinstance(shape, MapShape) and shape.value.type_name == "string":
            return dict(tags)
        if isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
            names = {name.lower(): name for name in shape.member.members}
            key, value = names.get("key", names.get("tagkey")), names.get("value", names.get("tagvalue"))
            if key and value:
                return [{key: k, value: v} for k, v in tags.items()]
        return None


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
