"""Words that mean the same resource: `CreateDBSubnetGroup`, `DBSubnetGroupArn`, `rds:subgrp`, `${SubnetGroupName}`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from tools.catalogue.sources import ResourceDefinition

_VERB = re.compile(r"^[A-Z][a-z]+")
_VERB_BEFORE = re.compile(r"^Create(?=[A-Z])")
# What an operation says about *how* it creates: CreateDistributionWithTags, RestoreTableFromBackup, CreateAutoMLJobV2.
_MANNER = re.compile(r"(?:(?:WithTags|With[A-Z]\w+|From[A-Z]\w*|To[A-Z]\w+|Offering|V\d)$)")
# What kind of name a member or an ARN variable is.
_KIND = re.compile(r"(?:WithPath|Identifier|FriendlyName|Name|Id|ID|Arn|ARN|UUID|Uuid|Token)$")
# What a response wraps a resource in: KeyMetadata, TableDescription, DomainStatus.
_WRAPPING = re.compile(r"(?:Metadata|Description|Summary|Status|Details?|Info|Output|Response|Result)$")

# Words that say nothing about what a thing is.
_EVERYTHING = frozenset({"any", "resource", "source", "target"})

_NAME_KINDS = ("name", "identifier")
_ID_KINDS = ("id", "identifier", "uuid")


@cache
def plain(text: str) -> str:
    """Letters and digits only, in lower case."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def operation_noun(operation: str) -> str:
    """`CreateDBSnapshot` -> `dbsnapshot`."""
    noun = _VERB.sub("", operation)
    while (shorter := _MANNER.sub("", noun)) != noun and shorter:
        noun = shorter
    return plain(noun)


def base(name: str) -> str:
    """A member or variable without its kind: `DBInstanceIdentifier` -> `dbinstance`."""
    without = _KIND.sub("", _KIND.sub("", name) if name.endswith("WithPath") else name)
    return plain(without)


def wrapped(name: str) -> str:
    """Find what a structure of a response holds: `KeyMetadata` -> `key`, `LoadBalancers` -> `loadbalancer`.

    Nothing for one that says no more than that it is an answer: `Summary`.
    """
    bare = _VERB_BEFORE.sub("", name[:1].upper() + name[1:])
    return singular(plain(_WRAPPING.sub("", bare)))


def singular(word: str) -> str:
    """Good enough for the names in service models."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def kinds_of(variable: str, resource: ResourceDefinition) -> tuple[str, ...]:
    """The kinds of member that may fill an ARN variable. A name never fills an id, nor an id a name."""
    if variable.endswith("Name"):
        return _NAME_KINDS
    if variable.endswith("Version"):
        return ("version",)
    if variable.endswith(("Id", "ID", "Identifier", "UUID", "Uuid")):
        return _ID_KINDS
    tail = plain(resource.name)
    # ${GlobalCluster} of rds:global-cluster says nothing about its kind; ${HashOfArtifactSource} is no name at all.
    return _NAME_KINDS if plain(variable) == tail or plain(variable).endswith(tail) else ()


@cache
def names_of(resource: ResourceDefinition) -> frozenset[str]:
    """Every word for a resource type: its own name and the stem of its last ARN variable."""
    last = base(resource.variables[-1]) if resource.variables else ""
    last = "" if last in _EVERYTHING else last
    tail = plain(resource.name.rstrip("/").rsplit("/", 1)[-1])
    words = {plain(resource.name), singular(plain(resource.name)), tail, last}
    # Abbreviations of two letters are other things elsewhere: rds:db is an instance, DBName a database in it.
    return frozenset(word for word in words if len(word) > 2)


def closest(noun: str, resources: Iterable[ResourceDefinition]) -> list[ResourceDefinition]:
    """The resource types an operation noun means: equal, else those it ends with, else begins with; longest first."""
    found: dict[tuple[int, int], list[ResourceDefinition]] = {}
    singular_noun = singular(noun)
    for resource in resources:
        rank = max((_rank(singular_noun, name) for name in names_of(resource)), default=(0, 0))
        if rank > (0, 0):
            found.setdefault(rank, []).append(resource)
    return found[max(found)] if found else []


def _rank(noun: str, name: str) -> tuple[int, int]:
    if noun == name:
        return 3, len(name)
    if noun.endswith(name):
        return 2, len(name)
    if noun.startswith(name):
        return 1, len(name)
    return 0, 0
