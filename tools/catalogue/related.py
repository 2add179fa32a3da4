"""Other resources that a creating call names: a snapshot its volume, a node group its cluster."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.model import ListShape

from tools.catalogue import nouns
from tools.catalogue.creations import Creation
from tools.catalogue.naming import Field, either, fields
from tools.catalogue.overrides import Overrides
from tools.catalogue.sources import ResourceDefinition

Related = dict[str, object]


def related_of(
    creations: list[Creation], catalogue: Mapping[str, list[Creation]], overrides: Overrides
) -> list[Related]:
    """The resources that the creations of one type name, as entries of the catalogue.

    Candidates are the types that the action is evaluated on and those whose id is part of the ARN; the member has to
    bear the name of their ARN variable.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for creation in creations:
        for other in _candidates(creation, catalogue):
            ids = _ids(creation, other, overrides)
            if ids:
                for variable, paths in ids.items():
                    known = found.setdefault(other.type, {}).setdefault(variable, [])
                    known += [path for path in paths if path not in known]
    return [
        {"type": type_name, "id": {variable: either(paths) for variable, paths in ids.items()}}
        for type_name, ids in sorted(found.items())
    ]


def _candidates(creation: Creation, catalogue: Mapping[str, list[Creation]]) -> list[ResourceDefinition]:
    own = creation.resource
    names = [f"{own.prefix}:{name}" for name in (creation.action.resources if creation.action else ())]
    parents = set(own.variables[:-1])
    names += [name for name in catalogue if name.startswith(f"{own.prefix}:")]
    found: dict[str, ResourceDefinition] = {}
    for name in dict.fromkeys(names):
        if name == own.type or name not in catalogue:
            continue
        other = catalogue[name][0].resource
        listed = creation.action is not None and other.name in creation.action.resources
        if other.variables and (listed or (other.variables == own.variables[: len(other.variables)] and parents)):
            found[name] = other
    return list(found.values())


def _ids(creation: Creation, other: ResourceDefinition, overrides: Overrides) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for variable in other.variables:
        word = overrides.type(other.type).variables.get(variable, variable)
        kinds = nouns.kinds_of(variable, other)
        stem = nouns.base(word)
        names = {nouns.plain(word), *(stem + kind for kind in kinds if stem)}
        if variable == other.variables[-1] and stem:
            names.add(stem)  # ECS names a cluster `cluster`, by name or ARN
        place = _place(creation, names)
        if place is None:
            return {}
        ids[variable] = creation.dialect.request(creation.operation, place)
    return ids


def _place(creation: Creation, names: set[str]) -> Field | None:
    for place in fields(creation.operation.input_shape, 1):
        is_text = place.shape.type_name == "string" and not isinstance(place.shape, ListShape)
        if is_text and nouns.plain(place.name) in names:
            return place
    return None
