"""What a service control policy may ask of a call: which actions carry the tags of a type, and which types may share
a statement.

A statement that denies an action on a resource without `aws:RequestTag` must be satisfiable: the key has to be in the
context when the action is evaluated on that very resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from . import nouns
from .creations import Creation
from .sources import Action, IamReference, ResourceDefinition

_VARIABLE = re.compile(r"\$\{\w+\}")


def request_tag_actions(creation: Creation, reference: IamReference) -> list[str]:
    """The action of a creation, if it takes the tags where it is evaluated on the created type; else nothing.

    Where the reference lists `aws:RequestTag` for the action as a whole, the resource it creates is meant: the only
    required one, or the one (or kinds of one) that the action is named after. An action that is not evaluated on the
    type at all (`kms:CreateKey` on `*`) can not be denied by the type's ARN.
    """
    action, own = creation.action, creation.resource
    if action is None or own.name not in action.resources:
        return []
    evaluated_on = _evaluated_on(action, reference)
    if own.name in action.request_tag_on:
        takers = action.request_tag_on
    elif action.request_tag_on == {""} and _is_meant(creation, action, evaluated_on):
        takers = creation.siblings
    else:
        return []
    others = [resource for resource in evaluated_on if resource.name not in takers]
    return [] if any(covers(own, other) for other in others) else [action.id]


def groups(
    actions: Mapping[str, list[str]], types: Mapping[str, ResourceDefinition], reference: IamReference
) -> dict[str, int]:
    """Type -> number of its group. Statements of types with equal numbers can be merged.

    Greedy colouring in the order of the type names, so the numbers are stable.
    """
    coloured: dict[str, int] = {}
    for one in sorted(actions):
        taken = {
            number
            for other, number in coloured.items()
            if _clash(one, other, actions, types, reference) or _clash(other, one, actions, types, reference)
        }
        coloured[one] = next(number for number in range(len(coloured) + 1) if number not in taken)
    return coloured


def covers(one: ResourceDefinition, other: ResourceDefinition) -> bool:
    """Does the ARN pattern that a policy would use for one type match the ARNs of the other?"""
    pattern = ".*".join(re.escape(part) for part in _VARIABLE.split(one.arn))
    return re.fullmatch(pattern, _VARIABLE.sub("x", other.arn)) is not None


def _is_meant(creation: Creation, action: Action, evaluated_on: Iterable[ResourceDefinition]) -> bool:
    own = creation.resource
    required = [resource for resource, needed in action.resources.items() if needed]
    named_after = nouns.closest(nouns.operation_noun(action.name), evaluated_on)
    return required == [own.name] or (own in named_after and {r.name for r in named_after} <= creation.siblings)


def _evaluated_on(action: Action, reference: IamReference) -> list[ResourceDefinition]:
    known = reference.service(action.prefix).resources
    return [known[resource] for resource in action.resources if resource in known]


def _clash(
    one: str,
    other: str,
    actions: Mapping[str, list[str]],
    types: Mapping[str, ResourceDefinition],
    reference: IamReference,
) -> bool:
    """Is an action of the one evaluated on the other's resources without taking the other's tags there?"""
    if types[one].prefix != types[other].prefix:
        return False
    foreign = (reference.action(action) for action in actions[one] if action not in actions[other])
    return any(
        covers(types[other], resource) for action in foreign if action for resource in _evaluated_on(action, reference)
    )
