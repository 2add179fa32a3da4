"""Operations by which a service's own API tags, untags and reads the tags of one resource, from its model alone.

Parameters are templates: `${Arn}` stands for the ARN of the resource, `${Id}` for its last part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

from tools.catalogue import nouns
from tools.catalogue.naming import Field, fields, is_tags
from tools.catalogue.overrides import Overrides
from tools.catalogue.sources import IamReference, ResourceDefinition, service_model

# An operation on whatever the service has, and what may follow the verb in its name.
_GENERAL = frozenset({"", "resource", "resourcetags"})

_PAIRS = (("key", "value"), ("tagkey", "tagvalue"))

Parameters = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """An operation on the tags of one resource."""

    operation: OperationModel
    parameters: Parameters
    tags: str
    """The place of the tags, or their keys, in the request (in the answer, of an operation that reads)."""
    pair: tuple[str, ...]
    """The members of one tag; nothing where tags are a map and keys are texts."""
    actions: tuple[str, ...]
    """The IAM actions that it takes."""

    def entry(self) -> dict[str, object]:
        """As the catalogue has it."""
        return {
            "operation": self.operation.name,
            "parameters": self.parameters,
            "tags": self.tags,
            "pair": list(self.pair),
        }


@dataclass(frozen=True, slots=True)
class Native:
    """The three operations on the tags of a resource type."""

    service: str
    """By botocore's name."""
    tag: Call
    untag: Call
    read: Call

    def entry(self) -> dict[str, object]:
        """As the catalogue has it."""
        return {
            "service": self.service,
            "tag": self.tag.entry(),
            "untag": self.untag.entry(),
            "read": self.read.entry(),
        }


def native_of(
    resource: ResourceDefinition, services: Sequence[str], overrides: Overrides, reference: IamReference
) -> Native | None:
    """The operations for a type; None where the models do not tell all three.

    Args:
        services: botocore's names of the services that may have them, the likeliest first.
    """
    told = overrides.type(resource.type)
    words = nouns.names_of(resource) | {nouns.plain(told.tag_noun)}
    # The case of actions does not count: codeguru-reviewer:UnTagResource.
    known = {name.lower(): (action.id,) for name, action in reference.service(resource.prefix).actions.items()}
    for service in services:
        row = overrides.service(service)
        members = {**row.tag_members, **told.tag_members}
        tag, untag, read = (
            kind.best(service_model(service), given, known, words, members)
            for kind, given in ((_TAG, row.tag_actions), (_UNTAG, row.untag_actions), (_READ, row.read_actions))
        )
        if tag and untag and read:
            return Native(service, tag, untag, read)
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of tags in an operation: the member of the request that holds them, the path to them, their members."""

    member: str | None
    path: str
    pair: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """The traits that the operations that tag, untag or read have in common."""

    verb: re.Pattern[str]
    place_of: Callable[[OperationModel], _Place | None]

    def best(
        self,
        model: ServiceModel,
        actions: tuple[str, ...] | None,
        known: Mapping[str, tuple[str, ...]],
        words: frozenset[str],
        members: Mapping[str, str],
    ) -> Call | None:
        """The first operation named after the type, or after none.

        Args:
            actions: the IAM actions, where operations have other names.
            known: name of an operation, in lower case -> the IAM action of that name.
        """
        for name in sorted(model.operation_names):
            match = self.verb.match(name)
            needed = actions or known.get(name.lower())
            if match is None or needed is None:
                continue
            about = nouns.plain(name[match.end() :].removesuffix("Tags"))
            if about not in words | _GENERAL:
                continue
            operation = model.operation_model(name)
            place = self.place_of(operation)
            parameters = place and _parameters(operation, place.member, about, members)
            if place and parameters:
                return Call(operation, parameters, place.path, place.pair, needed)
        return None


def _tags(operation: OperationModel) -> _Place | None:
    for name, shape in _members(operation.input_shape):
        inner = _only_tags(shape)
        if is_tags(shape):
            return _Place(name, name, _pair(shape))
        if inner is not None:
            return _Place(name, f"{name}.{inner[0]}", _pair(inner[1]))
    return None


def _keys(operation: OperationModel) -> _Place | None:
    for name, shape in _members(operation.input_shape):
        if not isinstance(shape, ListShape) or "arn" in name.lower():
            continue
        if isinstance(shape.member, StructureShape):
            # The value is left out: a key is removed whatever it holds.
            key = next((key for key in shape.member.members if key.lower() in {"key", "tagkey"}), None)
            if key is not None and set(shape.member.required_members) <= {key}:
                return _Place(name, name, (key,))
        elif re.search(r"[kK]ey|TagsToRemove", name):
            return _Place(name, name, ())
    return None


def _answered(operation: OperationModel) -> _Place | None:
    found = [place for place in fields(operation.output_shape, 2) if is_tags(place.shape)]
    if not found or any(step.many for step in found[0].steps[:-1]):
        return None
    return _Place(None, _path(found[0]), _pair(found[0].shape))


def _path(found: Field) -> str:
    return ".".join(step.name for step in found.steps)


def _members(shape: Shape | None) -> list[tuple[str, Shape]]:
    return list(shape.members.items()) if isinstance(shape, StructureShape) else []


def _only_tags(shape: Shape) -> tuple[str, Shape] | None:
    inner = _members(shape)
    return inner[0] if len(inner) == 1 and is_tags(inner[0][1]) else None


def _pair(shape: Shape) -> tuple[str, ...]:
    """The members of one tag, in the spelling of the model: the key, then the value."""
    if not isinstance(shape, ListShape) or not isinstance(shape.member, StructureShape):
        return ()
    spelled = {name.lower(): name for name in shape.member.members}
    return next((spelled[key], spelled[value]) for key, value in _PAIRS if key in spelled and value in spelled)


def _parameters(
    operation: OperationModel, tags: str | None, about: str, members: Mapping[str, str]
) -> Parameters | None:
    """Find what identifies the resource; None where a member says nothing that is known here."""
    shape = operation.input_shape
    if shape is None:
        return None
    needed = [name for name in shape.required_members if name != tags]
    optional = [name for name in shape.members if nouns.plain(name) == "resourcearn"]
    parameters: Parameters = {}
    for name in needed or optional:
        value = members.get(name) or _meaning(nouns.plain(name), about)
        if value is None:
            return None
        parameters[name] = [value] if isinstance(shape.members[name], ListShape) else value
    return parameters


def _meaning(name: str, about: str) -> str | None:
    if name.endswith(("arn", "arns")) or name == "resource":
        return "${Arn}"
    return "${Id}" if about and name == f"{about}name" else None


_TAG = _Kind(re.compile(r"^(?:Tag(?=[A-Z]|$)|AddTagsTo|AddTags$|CreateTags$)"), _tags)
_UNTAG = _Kind(re.compile(r"^(?:Un[tT]ag(?=[A-Z]|$)|RemoveTagsFrom|RemoveTags$|DeleteTags$)"), _keys)
_READ = _Kind(re.compile(r"^(?:ListTags(?:For|Of)?|List(?=\w+Tags$)|GetTags$|DescribeTags$)"), _answered)
