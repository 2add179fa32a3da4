"""The places in an event that say which resource it is about.

Wrong is worse than missing: an ARN or id counts only where its name says that it is the resource's own, never
that of a role, key, parent or source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from botocore.model import ListShape, OperationModel

from tools.catalogue import nouns
from tools.catalogue.naming import Dialect, Field, either, fields
from tools.catalogue.overrides import NameCase, OperationOverride
from tools.catalogue.sources import Action, IamService, ResourceDefinition

# How far down a request and a response say what was created: `tableInput.name`, `instancesSet.items[].instanceId`.
_DEPTH = 2

# What a service says of a name that it does not keep as the caller wrote it.
_FOLDED = re.compile(r"(?:stored as an?|stores the value as a|folded to|name is entirely) lower-?case", re.IGNORECASE)

# What a request calls the resource as it shall be.
_INPUT = re.compile(r"(?:Input|Config|Configuration|Data)$")

Side = Literal["request", "response"]
Place = tuple[Side, Field]
"""The side of the call, and the member."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with all that is known about it."""

    service: str
    operation: OperationModel
    override: OperationOverride
    action: Action | None
    iam: IamService
    dialect: Dialect
    names: NameCase = "kept"

    @property
    def id(self) -> str:
        """`ec2.RunInstances`, by botocore's name of the service."""
        return f"{self.service}.{self.operation.name}"

    @property
    def noun(self) -> str:
        """The noun for what the operation is about."""
        return nouns.operation_noun(self.operation.name)

    @property
    def takes_tags(self) -> bool:
        """Does the request itself have a member for tags, whatever the IAM reference says?"""
        return bool(self.dialect.request_tags(self.operation, "", frozenset()))

    @property
    def asked(self) -> list[Field]:
        """The members of the request."""
        return fields(self.operation.input_shape, _DEPTH)

    @property
    def answered(self) -> list[Field]:
        """The members of the response."""
        return fields(self.operation.output_shape, _DEPTH)

    @property
    def described(self) -> list[Field]:
        """The members of the response, with those a step further down in a structure named for nothing: `metadata`."""
        deeper = fields(self.operation.output_shape, _DEPTH + 1)
        return [f for f in deeper if len(f.steps) <= _DEPTH or any(not nouns.wrapped(p) for p in f.parents)]

    def means(self, resource: ResourceDefinition) -> bool:
        """Is the operation named after this type, of all those of its service?"""
        return resource in nouns.closest(self.noun, self.iam.resources.values())


def own_arn(call: Call, resource: ResourceDefinition) -> Field | None:
    """The member of the response that is the ARN of what was created."""
    own = nouns.names_of(resource) | {call.noun}
    others = set().union(*(nouns.names_of(r) for r in call.iam.resources.values() if r is not resource)) - own
    echoed = {nouns.plain(f.name) for f in call.asked if len(f.steps) == 1}
    ranked: list[tuple[int, int, Field]] = []
    for order, found in enumerate(call.described):
        name = nouns.plain(found.name)
        if not name.endswith("arn") or not _lies_in_own(call, resource, found):
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
        elif len(found.steps) == 1 and call.noun.endswith(stem) and call.means(resource):
            ranked.append((3, order, found))  # every job of Bedrock answers with its jobArn
    return min(ranked, key=lambda row: row[:2])[2] if ranked else None


def says_so(call: Call, resource: ResourceDefinition) -> bool:
    """Does the response bear an ARN or id under the very name of the type?"""
    words = {word + kind for word in nouns.names_of(resource) for kind in ("arn", "id")}
    echoed = {nouns.plain(f.name) for f in call.asked}
    return any(nouns.plain(found.name) in words - echoed for found in call.answered)


def ids(call: Call, resource: ResourceDefinition, words: Mapping[str, str]) -> dict[str, list[Place]]:
    """ARN variable -> the places where it stands, the likeliest first; empty unless every variable is found.

    `words` are the names that operations have for a variable, where these differ from its own.
    """
    found = {variable: _variable(call, resource, variable, words) for variable in resource.variables}
    return found if all(found.values()) else {}


def paths(call: Call, found: Mapping[str, Sequence[Place]]) -> dict[str, str]:
    """The places as expressions."""
    return {
        variable: either([path for side, place in places for path in _paths(call, side, place)])
        for variable, places in found.items()
    }


def _paths(call: Call, side: Side, place: Field) -> list[str]:
    if side == "response":
        return call.dialect.response(call.operation, place)
    asked = call.dialect.request(call.operation, place)
    is_folded = call.names == "lower" or _FOLDED.search(re.sub("<[^>]+>", "", place.shape.documentation))
    return [f"lower({path})" for path in asked] if is_folded else asked


def _variable(call: Call, resource: ResourceDefinition, variable: str, words: Mapping[str, str]) -> list[Place]:
    if variable.endswith("WithPath"):
        return []  # the path is in no member of its own
    word = words.get(variable, variable)
    exact = {nouns.plain(word)}
    kinds = nouns.kinds_of(variable, resource)
    stems = {nouns.base(word)} - {""}
    answered = [f for f in call.answered if _is_id(f) and _lies_in_own(call, resource, f)]
    asked = [f for f in call.asked if _is_id(f) and not f.many and _lies_in_own_input(call, resource, f)]
    if variable != resource.variables[-1]:
        top = [f for f in asked if len(f.steps) == 1]
        parent = exact | {stem + kind for stem in stems for kind in kinds}
        # the answer may be missing as a whole
        return _first(("response", answered, exact)) + _first(("request", top, parent))
    mine = call.means(resource)
    if mine:
        stems = stems | nouns.names_of(resource) | {call.noun}
    named = exact | {stem + kind for stem in stems for kind in kinds}
    born = _first(("response", answered, exact), ("response", answered, named))
    if not mine:
        return born  # another type is meant: a name in the request is not that of something new
    if call.names == "changed":
        asked = []
    bare = {"name"} & set(kinds)
    wished = _first(("request", asked, exact), ("request", asked, named), ("request", asked, bare))
    if not born:
        born = _first(("response", answered, bare if wished else set(kinds)))
    return born + wished


def _lies_in_own(call: Call, resource: ResourceDefinition, found: Field) -> bool:
    """Is it in the response itself, or in the structure that is named after the resource?"""
    own = nouns.names_of(resource) | {call.noun}
    held = [nouns.wrapped(parent) for parent in found.parents]
    return all(
        word in own or call.noun.startswith(word) or (len(word) > 2 and call.noun.endswith(word)) for word in held
    )


def _lies_in_own_input(call: Call, resource: ResourceDefinition, found: Field) -> bool:
    """Is it in the request itself, or in the resource as it shall be (`tableInput.name`)?"""
    own = nouns.names_of(resource) | {call.noun}
    return all(nouns.plain(_INPUT.sub("", parent)) in own for parent in found.parents)


def _is_id(found: Field) -> bool:
    """A text, or the list of texts that flow logs and dedicated hosts answer with."""
    shape = found.shape.member if isinstance(found.shape, ListShape) else found.shape
    return str(shape.type_name) in {"string", "integer", "long"}


def _first(*choices: tuple[Side, Sequence[Field], set[str]]) -> list[Place]:
    """The first member with one of the names, looking through the choices in order."""
    for side, places, names in choices:
        for place in places:
            name = nouns.plain(place.name)
            if (nouns.singular(name) if isinstance(place.shape, ListShape) else name) in names:
                return [(side, place)]
    return []
