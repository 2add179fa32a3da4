"""Guards of service control policies: the actions that carry the tags of a type, the resources to deny them on, and
the types that may share a statement.

A statement that denies an action on a resource without `aws:RequestTag` must be satisfiable: a tagged call has to have
the key in its context whenever the action is evaluated on that resource. The IAM reference says where. A key in the
row of the action itself is known for the action, whatever it is evaluated on; a key in the row of a resource is known
for that resource alone ("Actions, resources, and condition keys for AWS services", column "Condition keys").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tools.catalogue import nouns
from tools.catalogue.creations import Creation
from tools.catalogue.naming import fields
from tools.catalogue.overrides import GuardOverride
from tools.catalogue.sources import Action, IamReference, ResourceDefinition

EVERYTHING = "*"
_VARIABLE = re.compile(r"\$\{\w+\}")
_TAG_MEMBER = re.compile(r"(?:^t|T)ags?(?:List|Set|Specifications?)?$|^tag")


@dataclass(frozen=True, slots=True)
class Guard:
    """An action to deny without tags, and the ARN template (or `*`) to deny it on."""

    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class NoGuard:
    """Reason why a creation cannot be denied."""

    reason: str


class Guards:
    """Decides for each creation. Takes all of them, because several calls may share one IAM action."""

    def __init__(
        self, creations: Iterable[Creation], reference: IamReference, told: Mapping[str, GuardOverride]
    ) -> None:
        self._reference = reference
        self._told = told
        self._tagged = {c.action.id for c in creations if c.action is not None and takes_tags(c.operation)}

    def of(self, creation: Creation) -> Guard | NoGuard:
        """Find the guard of a creation, or the reason why it has none.

        The type's own ARN is taken where the action is evaluated on the created resource with its tags, beside others.
        Else it is `*`, where every evaluation of the action knows the tags: the creation of queues is evaluated on the
        queue alone, that of KMS keys on nothing, that of node groups on their cluster.
        """
        action = creation.action
        call = f"{creation.service}.{creation.event_name}"
        if action is None:
            return NoGuard("the IAM reference does not know the call")
        if call in self._told:
            told = self._told[call]
            return NoGuard(told.because) if told.resource is None else Guard(action.id, told.resource)
        if not action.request_tag_on:
            return NoGuard("the IAM reference lists no aws:RequestTag for it")
        if action.id not in self._tagged:
            return NoGuard("no request of it can carry tags, though the IAM reference lists aws:RequestTag")
        is_alone = "" in action.request_tag_on and action.resources.keys() <= {creation.resource.name}
        if not is_alone and self._is_evaluated_on_its_own(creation, action):
            return Guard(action.id, creation.resource.arn)
        if "" in action.request_tag_on or action.request_tag_on >= action.resources.keys():
            return Guard(action.id, EVERYTHING)
        return NoGuard(f"it knows the tags on {', '.join(sorted(action.request_tag_on))} alone")

    def _is_evaluated_on_its_own(self, creation: Creation, action: Action) -> bool:
        """Say if an action is evaluated on the created type with tags, and on nothing without tags that its ARN covers.

        Where the reference lists `aws:RequestTag` for the action as a whole, the resource it creates is meant: the
        only required one, or the one (or kinds of one) that the action is named after.
        """
        own = creation.resource
        if own.name not in action.resources:
            return False
        evaluated_on = _evaluated_on(action, self._reference)
        if own.name in action.request_tag_on:
            takers = action.request_tag_on
        elif action.request_tag_on == {""} and _is_meant(creation, action, evaluated_on):
            takers = creation.siblings
        else:
            return False
        return not any(covers(own.arn, other) for other in evaluated_on if other.name not in takers)


def takes_tags(operation: OperationModel) -> bool:
    """Say if a request can carry tags, at whatever depth (RequestSpotFleet takes them in its configuration)."""
    return any(
        _TAG_MEMBER.search(found.name) and _holds_pairs(found.shape) for found in fields(operation.input_shape, 4)
    )


def groups(guards: Mapping[str, Mapping[str, str]], reference: IamReference) -> dict[str, int]:
    """Number the types, given as type -> action -> resource. Statements of types with equal numbers can be merged.

    Greedy colouring in the order of the type names, so the numbers are stable. What is denied on `*` needs no group.
    """
    own = {
        name: {action: arn for action, arn in actions.items() if arn != EVERYTHING} for name, actions in guards.items()
    }
    held = {name: {_service(arn) for arn in actions.values()} for name, actions in own.items()}
    reached = {
        name: {_service(resource.arn) for action in actions for resource in _resources_of(action, reference)}
        for name, actions in own.items()
    }
    coloured: dict[str, int] = {}
    for one in sorted(own):
        taken = {
            number
            for other, number in coloured.items()
            if (not reached[one].isdisjoint(held[other]) and _clash(own[one], own[other], reference))
            or (not reached[other].isdisjoint(held[one]) and _clash(own[other], own[one], reference))
        }
        coloured[one] = next(number for number in range(len(coloured) + 1) if number not in taken)
    return coloured


@cache
def covers(arn: str, other: ResourceDefinition) -> bool:
    """Say if the pattern that a policy would use for an ARN template matches the ARNs of a type."""
    pattern = ".*".join(re.escape(part) for part in _VARIABLE.split(arn))
    return re.fullmatch(pattern, _VARIABLE.sub("x", other.arn)) is not None


def _is_meant(creation: Creation, action: Action, evaluated_on: Iterable[ResourceDefinition]) -> bool:
    own = creation.resource
    required = [resource for resource, needed in action.resources.items() if needed]
    named_after = nouns.closest(nouns.operation_noun(action.name), evaluated_on)
    return required == [own.name] or (own in named_after and {r.name for r in named_after} <= creation.siblings)


def _evaluated_on(action: Action, reference: IamReference) -> list[ResourceDefinition]:
    known = reference.service(action.prefix).resources
    return [known[resource] for resource in action.resources if resource in known]


def _holds_pairs(shape: Shape) -> bool:
    """Say if a shape is a map of texts, or a list of structures with keys and values or with tags."""
    if isinstance(shape, MapShape):
        return str(shape.value.type_name) == "string"
    if isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        members = {name.lower() for name in shape.member.members}
        return bool(members & {"key", "tagkey", "tags"})
    return isinstance(shape, StructureShape) and "Items" in shape.members


def _clash(one: Mapping[str, str], other: Mapping[str, str], reference: IamReference) -> bool:
    """Is an action of the one evaluated on the other's resources without taking the other's tags there?"""
    return any(
        covers(arn, resource)
        for action in one
        if action not in other
        for resource in _resources_of(action, reference)
        for arn in other.values()
        if _service(arn) == _service(resource.arn)
    )


def _resources_of(action_id: str, reference: IamReference) -> list[ResourceDefinition]:
    action = reference.action(action_id)
    return _evaluated_on(action, reference) if action else []


def _service(arn: str) -> str:
    return arn.split(":")[2]
