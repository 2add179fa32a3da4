"""CloudTrail's spelling of the members of a request and of a response, as JMESPath into an event's `detail`.

Every function gives alternatives, the likeliest first. Source: recorded events; see the notes at each rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tools.catalogue.overrides import Spelling

REQUEST = "requestParameters"
RESPONSE = "responseElements"

# Above the members of a response that these protocols may lose, CloudTrail records the members alone: RDS logs
# `dBInstanceArn`, not `dBInstance.dBInstanceArn`, but RDS proxies and IAM keep theirs.
_LOSES_WRAPPER = "query"


@dataclass(frozen=True, slots=True)
class Step:
    """A member on the way down from a request or response."""

    name: str
    shape: Shape

    @property
    def many(self) -> bool:
        """Is this a list?"""
        return isinstance(self.shape, ListShape)


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a request or response, with the members it lies in."""

    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """The name of the member itself."""
        return self.steps[-1].name

    @property
    def shape(self) -> Shape:
        """The shape of the member itself."""
        return self.steps[-1].shape

    @property
    def parents(self) -> tuple[str, ...]:
        """The names of the members it lies in, outermost first."""
        return tuple(step.name for step in self.steps[:-1])

    @property
    def many(self) -> bool:
        """Can there be several values?"""
        return any(step.many for step in self.steps)


def fields(shape: Shape | None, depth: int) -> list[Field]:
    """Every member down to a depth, the nearest first."""
    return sorted(_walk(shape, (), depth), key=lambda found: len(found.steps))


def _walk(shape: Shape | None, above: tuple[Step, ...], depth: int) -> list[Field]:
    if not isinstance(shape, StructureShape) or depth == 0:
        return []
    found: list[Field] = []
    for name, member in shape.members.items():
        steps = (*above, Step(name, member))
        found.append(Field(steps))
        found += _walk(member.member if isinstance(member, ListShape) else member, steps, depth - 1)
    return found


def is_tags(shape: Shape) -> bool:
    """A map of texts, or a list of pairs of a key and a value."""
    if isinstance(shape, MapShape):
        return shape.value.type_name == "string"
    if isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        members = {name.lower() for name in shape.member.members}
        return bool(members & {"key", "tagkey"}) and bool(members & {"value", "tagvalue"}) and len(members) <= 4
    return False


@dataclass(frozen=True)
class Dialect:
    """The way in which CloudTrail writes the events of one service."""

    protocol: str
    spelling: Spelling = field(default_factory=Spelling)

    def request(self, operation: OperationModel, found: Field) -> list[str]:
        """Paths to a member of the request."""
        ways = [found.steps, *_in_address(operation.input_shape, found), *_in_body(operation.input_shape, found)]
        return [f"{root}.{p}" for root in self._request_roots(operation) for way in ways for p in self._paths(way)]

    def response(self, operation: OperationModel, found: Field) -> list[str]:
        """Paths to a member of the response."""
        ways = [found.steps, *_in_body(operation.output_shape, found)]
        if self._may_lose_wrapper(operation, found):
            ways = [found.steps[1:], found.steps]
        return [f"{RESPONSE}.{path}" for way in ways for path in self._paths(way)]

    def request_tags(self, operation: OperationModel, resource: str, words: frozenset[str]) -> list[str]:
        """Paths to the tags that a request gives to a resource type. EC2 alone says which type each tag is for.

        `words` are the names of the type: CreateBackupPlan takes `backupPlanTags`, CreateEvaluationJob `jobTags`.
        """
        shape = operation.input_shape
        payload = None if shape is None else shape.serialization.get("payload")
        found = [
            tags
            for tags in fields(shape, 3)
            if (_names_tags(tags.name, words) or (tags.name == "Items" and "Tags" in tags.parents))
            and is_tags(tags.shape)
            and (len(tags.steps) == 1 or tags.parents[0] == payload or tags.parents == ("Tags",))
        ]
        # Image Builder takes `tags` for the configuration, and `resourceTags` for what is built with it.
        found = [tags for tags in found if tags.name.lower() != "resourcetags"] or found
        return [path for tags in found for path in self.request(operation, tags)]

    def response_tags(self, operation: OperationModel, beside: Field | None) -> list[str]:
        """Paths to the tags of a resource in a response: those beside its id or ARN.

        All that one call creates has the same tags, so the first of a list speaks for the others.
        """
        parents = beside.parents if beside else ()
        return [
            path.replace("[]", "[0]")
            for tags in fields(operation.output_shape, 2)
            if tags.name.lower() in _TAG_MEMBERS and is_tags(tags.shape) and tags.parents == parents
            for path in self.response(operation, tags)
        ]

    def _request_roots(self, operation: OperationModel) -> list[str]:
        if self.spelling.body_in_input:
            return [REQUEST, f"{REQUEST}.{_lower(operation.name)}Input"]
        return [REQUEST]

    def _may_lose_wrapper(self, operation: OperationModel, found: Field) -> bool:
        shape = operation.output_shape
        return (
            self.protocol == _LOSES_WRAPPER
            and shape is not None
            and len(shape.members) == 1
            and len(found.steps) > 1
            and not found.steps[0].many
        )

    def _paths(self, steps: Sequence[Step]) -> list[str]:
        names = [[*self._names(step)] for step in steps]
        chosen = list(product(*names))
        if self.spelling.capitals:
            chosen = [tuple(_capital(step.name) for step in steps), *chosen]
        lists = ["[]" if step.many else "" for step in steps[:-1]] + [""]
        return [".".join(_quoted(name) + mark for name, mark in zip(path, lists, strict=True)) for path in chosen]

    def _names(self, step: Step) -> list[str]:
        name = self.spelling.members.get(step.name, step.name)
        if name == "ARN":
            # elasticache, es, cloudfront and wafv2 write aRN, secretsmanager arn.
            return ["aRN", "arn"]
        return [_lower(name)]


class Ec2Dialect(Dialect):
    """EC2 has two: older actions in CloudTrail's own JSON, newer ones as the XML of the wire, turned into JSON.

    In the second one everything lies in a wrapper, and a list of one is the element itself. Which action is written
    how is not published, so every path accepts both.
    """

    def request(self, operation: OperationModel, found: Field) -> list[str]:
        older = ".".join(_ec2_request_name(step) for step in found.steps)
        newer = ".".join(_capital(_ec2_request_name(step)) for step in found.steps)
        return [f"{REQUEST}.{older}", f"{REQUEST}.{operation.name}Request.{newer}"]

    def response(self, operation: OperationModel, found: Field) -> list[str]:
        older = ".".join(_wire_name(step) + (".items[]" if step.many else "") for step in found.steps)
        newer = ".".join(_wire_name(step) + (".[item][]" if step.many else "") for step in found.steps)
        return [f"{RESPONSE}.{older}", f"{RESPONSE}.{operation.name}Response.{newer}"]

    def request_tags(self, operation: OperationModel, resource: str, words: frozenset[str]) -> list[str]:
        shape = operation.input_shape
        if shape is None or "TagSpecifications" not in shape.members:
            return []
        name = _wire_name(Step("TagSpecifications", shape.members["TagSpecifications"]))  # most drop the plural
        older = f"{REQUEST}.{_lower(name)}Set.items[?resourceType=='{resource}'].tags[]"
        newer = f"{REQUEST}.{operation.name}Request.[{name}][] | [?ResourceType=='{resource}'].[Tag][][]"
        return [older, f"({newer})"]

    def response_tags(self, operation: OperationModel, beside: Field | None) -> list[str]:
        parents = beside.parents if beside else ()
        return [
            path
            for tags in fields(operation.output_shape, 2)
            if tags.name in {"Tags", "TagSet"} and is_tags(tags.shape) and tags.parents == parents
            for path in self.response(operation, tags)
        ]


_TAG_MEMBERS = {"tags", "taglist", "tagslist", "tagset", "resourcetags"}


def _names_tags(member: str, words: frozenset[str]) -> bool:
    """Is it called tags, or the tags of one of these words or of what they end with?"""
    stem = member.lower().removesuffix("tags")
    return member.lower() in _TAG_MEMBERS or (len(stem) > 2 and any(word.endswith(stem) for word in words))


def dialect(protocol: str, spelling: Spelling) -> Dialect:
    """The dialect of a service."""
    return Ec2Dialect(protocol, spelling) if protocol == "ec2" else Dialect(protocol, spelling)


def either(paths: Sequence[str]) -> str:
    """Build one expression that takes the first path with an answer."""
    return " || ".join(dict.fromkeys(paths))


def merged(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Two maps of expressions as one that accepts what either does."""
    keys = sorted({*one, *other})
    return {key: either([p for m in (one, other) if key in m for p in re.split(r" \|\| ", m[key])]) for key in keys}


def _in_address(shape: Shape | None, found: Field) -> list[tuple[Step, ...]]:
    """A member that travels in the address: EKS calls `clusterName` what its path calls `name`, and logs the latter.

    Nothing where the name in the address is that of another member.
    """
    first, *below = found.steps
    name = _wire_name(first)
    if below or first.shape.serialization.get("location") not in {"uri", "querystring"}:
        return []
    taken = {member.lower() for member in shape.members} if isinstance(shape, StructureShape) else set()
    return [] if name.lower() in taken else [(Step(name, first.shape),)]


def _in_body(shape: Shape | None, found: Field) -> list[tuple[Step, ...]]:
    """A member of the one structure that is the body: Pinpoint logs what is in `CampaignResponse` without it."""
    is_body = shape is not None and shape.serialization.get("payload") == found.steps[0].name
    return [found.steps[1:]] if is_body and len(found.steps) > 1 else []


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def _wire_name(step: Step) -> str:
    return str(step.shape.serialization.get("name", step.name))


def _ec2_request_name(step: Step) -> str:
    return _lower(_wire_name(step))


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
