"""Which event creates which resource, and where the event says so.

Wrong is worse than missing: an ARN or id counts only where its name says that it is the resource's own, never
that of a role, key, parent or source. What does not resolve is reported with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from botocore.model import ListShape, OperationModel

from . import nouns
from .naming import Dialect, Field, dialect, either, fields
from .overrides import OperationOverride, Overrides
from .sources import Action, IamReference, IamService, ResourceDefinition, event_source_of, iam_prefix_of, service_model

# Writes that accept tags for what is there already, or that only read.
_NO_CREATION = re.compile(
    r"^(?:Tag|Untag|Update|Modify|Set|Add|Remove|Associate|Disassociate|Delete|List|Get|Describe|Search|Batch\w*Tag"
    r"|CreateTags$|CreateOrUpdateTags$|Put\w*Tagging$|ReplicateTags$)"
)
# How far down a response says what was created: `distribution.aRN`, `instancesSet.items[].instanceId`.
_RESPONSE_DEPTH = 2
_REQUEST_DEPTH = 2


_Found = tuple[str, Field]
"""("request" or "response", the member)"""


@dataclass(frozen=True, slots=True)
class Creation:
    """One event that creates one resource type."""

    resource: ResourceDefinition
    event_source: str
    event_name: str
    dated: bool
    id: Mapping[str, str]
    arn: str | None
    tags: str | None
    action: Action | None
    operation: OperationModel
    dialect: Dialect
    region: str | None
    siblings: frozenset[str]
    """The names of all types that the call creates, or creates one of: the kinds of load balancer."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """What is left out, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Call:
    """One operation with all that is known about it."""

    service: str
    operation: OperationModel
    override: OperationOverride
    action: Action | None
    iam: IamService
    dialect: Dialect

    @property
    def id(self) -> str:
        return f"{self.service}.{self.operation.name}"

    @property
    def noun(self) -> str:
        return nouns.operation_noun(self.operation.name)


class Resolver:
    """Finds the creations of services."""

    def __init__(self, reference: IamReference, overrides: Overrides) -> None:
        self._reference = reference
        self._overrides = overrides
        self.unresolved: list[Unresolved] = []

    def creations(self, service: str) -> list[Creation]:
        """What the operations of one service (botocore's name) create."""
        model, override = service_model(service), self._overrides.service(service)
        prefix = override.iam_prefix or iam_prefix_of(model, self._reference)
        if prefix is None:
            self._leave(service, "no prefix of the IAM reference has actions of its names")
            return []
        iam = self._reference.service(prefix)
        speaks = dialect(model.metadata["protocol"], override.spelling)
        found: list[Creation] = []
        for name in sorted(model.operation_names):
            told = self._overrides.operation(service, name)
            action = self._reference.action(told.action) if told.action else iam.actions.get(name)
            if not told.creates or not self._may_create(name, action, told):
                continue
            call = _Call(service, model.operation_model(name), told, action, iam, speaks)
            own_types = self._own_types(call)
            for resource in own_types:
                creation = self._resolve(call, resource, own_types)
                if creation is not None:
                    found.append(creation)
        return found

    @staticmethod
    def _may_create(name: str, action: Action | None, told: OperationOverride) -> bool:
        if told.types or told.action:
            return True
        return action is not None and action.accepts_tags and not _NO_CREATION.match(name)

    def _own_types(self, call: _Call) -> list[ResourceDefinition]:
        """The types that the call gives birth to: those that take its tags, else the one its name means."""
        if call.override.types is not None:
            return [self._type(name) for name in call.override.types]
        taggable = {
            name: r
            for name, r in call.iam.resources.items()
            if (r.taggable and r.arn.split(":")[2] != "iam") or r.prefix == "iam"
        }
        if call.action is not None:
            direct = sorted(name for name in call.action.request_tag_on if name in taggable)
            if direct:
                return [taggable[name] for name in direct]
        meant = nouns.closest(call.noun, taggable.values())
        if len(meant) == 1:
            return meant
        if not meant and call.action is not None:
            required = [name for name, needed in call.action.resources.items() if needed]
            if len(required) == 1 and required[0] in taggable and self._says_so(call, taggable[required[0]]):
                return [taggable[required[0]]]
        names = ", ".join(r.name for r in meant) or "none"
        self._leave(call.id, f"the type it creates is not clear (candidates: {names})")
        return []

    def _says_so(self, call: _Call, resource: ResourceDefinition) -> bool:
        """Does the response bear an ARN or id under the very name of the type?"""
        words = {word + kind for word in nouns.names_of(resource) for kind in ("arn", "id")}
        return any(nouns.plain(f.name) in words for f in fields(call.operation.output_shape, _RESPONSE_DEPTH))

    def _type(self, name: str) -> ResourceDefinition:
        prefix, _, resource = name.partition(":")
        return self._reference.service(prefix).resources[resource]

    def _resolve(
        self, call: _Call, resource: ResourceDefinition, own_types: list[ResourceDefinition]
    ) -> Creation | None:
        told_type = self._overrides.type(resource.type)
        if told_type.left_out:
            self._leave(f"{call.id} {resource.type}", told_type.left_out)
            return None
        told = call.override.paths.get(resource.type, {})
        found = {} if "id" in told else self._ids(call, resource)
        ids: Mapping[str, str] = told["id"] if "id" in told else self._paths(call, found)
        # EC2 gives ids to everything, and ARNs here and there only.
        is_ec2 = call.dialect.protocol == "ec2" and bool(ids)
        arn_field = None if "arn" in told or is_ec2 else self._own_arn(call, resource)
        arn: str | None = told.get("arn")
        if arn_field is not None:
            arn = either(call.dialect.response(call.operation, arn_field))
        if not arn and not ids:
            self._leave(f"{call.id} {resource.type}", f"no {' or '.join(resource.variables) or 'ARN'} of its own in it")
            return None
        last = found[resource.variables[-1]] if found else []
        own = arn_field or next((place for side, place in last if side == "response"), None)
        service = self._overrides.service(call.service)
        return Creation(
            resource=resource,
            event_source=service.event_source or event_source_of(call.operation.service_model),
            event_name=call.operation.name,
            dated=service.dated,
            id=ids,
            arn=arn,
            tags=told["tags"] if "tags" in told else self._tags(call, resource, own),
            action=call.action,
            operation=call.operation,
            dialect=call.dialect,
            region=service.region,
            siblings=frozenset(r.name for r in own_types),
        )

    def _own_arn(self, call: _Call, resource: ResourceDefinition) -> Field | None:
        own = nouns.names_of(resource) | {call.noun}
        others = set().union(*(nouns.names_of(r) for r in call.iam.resources.values() if r is not resource)) - own
        echoed = {nouns.plain(f.name) for f in fields(call.operation.input_shape, 1)}
        ranked: list[tuple[int, int, Field]] = []
        for order, found in enumerate(fields(call.operation.output_shape, _RESPONSE_DEPTH)):
            name = nouns.plain(found.name)
            if not name.endswith("arn") or not self._lies_in_own(call, resource, found):
                continue
            stem = nouns.singular(name.removesuffix("arn"))
            if stem in own:
                ranked.append((0, order, found))
            elif name in echoed:
                continue  # what the caller named is not what the call made
            elif not stem:
                ranked.append((1, order, found))
            elif len(stem) > 2 and stem not in others and (call.noun.endswith(stem) or call.noun.startswith(stem)):
                ranked.append((2, order, found))
        return min(ranked, key=lambda row: row[:2])[2] if ranked else None

    @staticmethod
    def _lies_in_own(call: _Call, resource: ResourceDefinition, found: Field) -> bool:
        """Is it in the response itself, or in the structure that is named after the resource?"""
        own = nouns.names_of(resource)
        for parent in found.parents:
            held = nouns.wrapped(parent)
            if held in own or held == call.noun or call.noun.startswith(held):
                continue
            if call.noun.endswith(held) and len(held) > 2:
                continue
            return False
        return True

    def _ids(self, call: _Call, resource: ResourceDefinition) -> dict[str, list[_Found]]:
        """ARN variable -> the places where it stands, the likeliest first; empty unless every variable is found."""
        found = {variable: self._variable(call, resource, variable) for variable in resource.variables}
        return found if all(found.values()) else {}

    def _variable(self, call: _Call, resource: ResourceDefinition, variable: str) -> list[_Found]:
        if variable.endswith("WithPath"):
            return []  # the path is in no member of its own
        word = self._overrides.type(resource.type).variables.get(variable, variable)
        exact = {nouns.plain(word)}
        kinds = nouns.kinds_of(variable, resource)
        stems = {nouns.base(word)} - {""}
        own = variable == resource.variables[-1]
        mine = nouns.means(call.noun, resource, call.iam.resources)
        response = [
            f
            for f in fields(call.operation.output_shape, _RESPONSE_DEPTH)
            if _is_id(f) and self._lies_in_own(call, resource, f)
        ]
        request = [
            f
            for f in fields(call.operation.input_shape, _REQUEST_DEPTH)
            if _is_id(f) and not f.many and (len(f.steps) == 1 or self._lies_in_own_input(call, resource, f))
        ]
        if not own:
            top = [f for f in request if len(f.steps) == 1]
            names = exact | {stem + kind for stem in stems for kind in kinds}
            return _first(("response", response, exact), ("request", top, names))
        if mine:
            stems = stems | nouns.names_of(resource) | {call.noun}
        named = exact | {stem + kind for stem in stems for kind in kinds}
        born = _first(("response", response, exact), ("response", response, named))
        if not mine:
            return born
        bare = {"name"} & set(kinds)
        asked = _first(("request", request, exact), ("request", request, named), ("request", request, bare))
        if not born and not asked:
            born = _first(("response", response, set(kinds)))
        elif not born:
            born = _first(("response", response, bare))
        return born + asked

    @staticmethod
    def _lies_in_own_input(call: _Call, resource: ResourceDefinition, found: Field) -> bool:
        """`tableInput.name`: the structure is the resource as it shall be."""
        held = nouns.plain(re.sub(r"(?:Input|Config|Configuration|Data)$", "", found.parents[0]))
        return held in nouns.names_of(resource) | {call.noun}

    @staticmethod
    def _paths(call: _Call, found: Mapping[str, Sequence[_Found]]) -> dict[str, str]:
        speak = {"request": call.dialect.request, "response": call.dialect.response}
        return {
            variable: either([path for side, place in places for path in speak[side](call.operation, place)])
            for variable, places in found.items()
        }

    def _tags(self, call: _Call, resource: ResourceDefinition, own: Field | None) -> str | None:
        if not call.override.logs_tags:
            return None
        # The response is the fuller of the two: it has copied tags as well.
        words = nouns.names_of(resource) | {call.noun}
        paths = call.dialect.response_tags(call.operation, own)
        paths += call.dialect.request_tags(call.operation, resource.name, words)
        return either(paths) if paths else None

    def _leave(self, what: str, reason: str) -> None:
        self.unresolved.append(Unresolved(what, reason))


def _is_id(found: Field) -> bool:
    """A text, or the list of texts that flow logs and dedicated hosts answer with."""
    shape = found.shape.member if isinstance(found.shape, ListShape) else found.shape
    return str(shape.type_name) in {"string", "integer", "long"}


def _first(*choices: tuple[str, Sequence[Field], set[str]]) -> list[_Found]:
    """The first member with one of the names, looking through the choices in order."""
    for side, places, names in choices:
        for place in places:
            name = nouns.plain(place.name)
            if (nouns.singular(name) if isinstance(place.shape, ListShape) else name) in names:
                return [(side, place)]
    return []


def by_type(creations: Iterable[Creation]) -> dict[str, list[Creation]]:
    """The creations of each type, sorted by event."""
    grouped: dict[str, list[Creation]] = {}
    for creation in sorted(creations, key=lambda c: (c.resource.type, c.event_source, c.event_name)):
        grouped.setdefault(creation.resource.type, []).append(creation)
    return grouped
