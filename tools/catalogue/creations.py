"""Events that create resource types. What does not resolve is reported with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from botocore.model import OperationModel

from tools.catalogue import nouns, places
from tools.catalogue.absence import nothing_in
from tools.catalogue.naming import Dialect, Field, dialect, either
from tools.catalogue.overrides import Overrides
from tools.catalogue.places import Call
from tools.catalogue.regions import regions_of
from tools.catalogue.sources import (
    Action,
    IamReference,
    IamService,
    ResourceDefinition,
    event_source_of,
    iam_prefix_of,
    service_model,
)

# Writes that accept tags for what is there already, or that only read.
_NO_CREATION = re.compile(
    r"^(?:Tag|Untag|Update|Modify|Set|Add|Remove|Associate|Disassociate|Delete|List|Get|Describe|Search|Batch\w*Tag"
    r"|CreateTags$|CreateOrUpdateTags$|Put\w*Tagging$|ReplicateTags$)"
)

# Verbs that never mean anything but that something comes to life.
_CREATION = re.compile(r"^(?:Create|Register|Import|Copy|Clone)[A-Z]")


@dataclass(frozen=True, slots=True)
class Creation:
    """An event that creates one resource type."""

    service: str
    """By botocore's name."""
    resource: ResourceDefinition
    event_source: str
    event_name: str
    dated: bool
    id: Mapping[str, str]
    arn: str | None
    tags: str | None
    nothing: str | None
    """True of an answer that names none of it, which is normal."""
    action: Action | None
    operation: OperationModel
    dialect: Dialect
    regions: Mapping[str, str]
    """Partition -> the one region of a global service."""
    siblings: frozenset[str]
    """The names of all types that the call creates, or creates one of: the kinds of load balancer."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A thing that is left out, and why."""

    what: str
    reason: str


class Resolver:
    """Finds the creations of services."""

    def __init__(self, reference: IamReference, overrides: Overrides) -> None:
        self._reference = reference
        self._overrides = overrides
        self.unresolved: list[Unresolved] = []

    def creations(self, service: str) -> list[Creation]:
        """Find what the operations of one service (botocore's name) create."""
        if service in self._overrides.left_out:
            self._leave(service, self._overrides.left_out[service])
            return []
        model, override = service_model(service), self._overrides.service(service)
        prefix = override.iam_prefix or iam_prefix_of(model, self._reference)
        if prefix is None:
            self._leave(service, "the IAM reference does not know it")
            return []
        iam = self._reference.service(prefix)
        sources = override.event_sources or (event_source_of(model),)
        speaks = dialect(model.metadata["protocol"], override.spelling)
        found: list[Creation] = []
        for name in sorted(model.operation_names):
            told = self._overrides.operation(service, name)
            action = self._reference.action(told.action) if told.action else iam.actions.get(name)
            if f"{service}.{name}" in self._overrides.left_out:
                self._leave(f"{service}.{name}", self._overrides.left_out[f"{service}.{name}"])
                continue
            call = Call(service, model.operation_model(name), told, action, iam, speaks, override.names)
            if not self._may_create(name, call):
                continue
            own_types = self._own_types(call)
            for resource in own_types:
                creation = self._resolve(call, resource, own_types)
                if creation is not None:
                    found += [replace(creation, event_source=source) for source in sources]
        return found

    @staticmethod
    def _may_create(name: str, call: Call) -> bool:
        if call.override.types or call.override.action:
            return True
        if call.action is not None and call.action.accepts_tags:
            return not _NO_CREATION.match(name)
        # Not everything that has tags takes them at birth, and the reference forgets some that do.
        exact = _exactly(call)
        return bool(_CREATION.match(name)) and len(exact) == 1 and _has_tagging_action(call.iam, exact[0])

    def _own_types(self, call: Call) -> list[ResourceDefinition]:
        """The types that the call gives birth to: those that take its tags, else the one its name means."""
        if call.override.types is not None:
            return [self._type(name) for name in call.override.types]
        taggable = {name: resource for name, resource in call.iam.resources.items() if resource.taggable}
        if call.action is not None:
            direct = sorted(name for name in call.action.request_tag_on if name in taggable)
            if direct:
                # Clean Rooms lists the membership as well; one call of EC2 does make several things.
                named = [name for name in direct if call.means(taggable[name])]
                return [taggable[name] for name in (direct if call.dialect.protocol == "ec2" else named or direct)]
        meant = nouns.closest(call.noun, taggable.values())
        if len(meant) == 1:
            return meant
        if not meant:
            said = [resource for resource in taggable.values() if places.says_so(call, resource)]
            if len(said) == 1:
                return said
            exact = _exactly(call) if _CREATION.match(call.operation.name) else []
            if len(exact) == 1:
                return exact
        names = ", ".join(r.name for r in meant) or "none"
        self._leave(call.id, f"the type it creates is not clear (candidates: {names})")
        return []

    def _type(self, name: str) -> ResourceDefinition:
        prefix, _, resource = name.partition(":")
        return self._reference.service(prefix).resources[resource]

    def _resolve(
        self, call: Call, resource: ResourceDefinition, own_types: list[ResourceDefinition]
    ) -> Creation | None:
        told = call.override.paths.get(resource.type, {})
        words = self._overrides.type(resource.type).variables
        found = {} if "id" in told else places.ids(call, resource, words)
        ids: Mapping[str, str] = told["id"] if "id" in told else places.paths(call, found)
        arn: str | None = told.get("arn")
        # EC2 gives ids to everything, and ARNs here and there only.
        is_ec2 = call.dialect.protocol == "ec2" and bool(ids)
        arn_field = None if "arn" in told or is_ec2 else places.own_arn(call, resource)
        if arn_field is not None:
            arn = either(call.dialect.response(call.operation, arn_field))
        if not arn and not ids and resource.variables:
            self._leave(f"{call.id} {resource.type}", f"no {' or '.join(resource.variables) or 'ARN'} of its own in it")
            return None
        last = found[resource.variables[-1]] if found else []
        own = arn_field or next((place for side, place in last if side == "response"), None)
        service = self._overrides.service(call.service)
        return Creation(
            service=call.service,
            resource=resource,
            event_source=event_source_of(call.operation.service_model),
            event_name=call.operation.name,
            dated=service.dated,
            id=ids,
            arn=arn,
            tags=told["tags"] if "tags" in told else self._tags(call, resource, own),
            nothing=told["nothing"] if "nothing" in told else nothing_in(call, [arn, *ids.values()]),
            action=call.action,
            operation=call.operation,
            dialect=call.dialect,
            regions=service.regions or regions_of(call.service),
            siblings=frozenset(r.name for r in own_types),
        )

    def _tags(self, call: Call, resource: ResourceDefinition, own: Field | None) -> str | None:
        if not call.override.logs_tags:
            return None
        # The response is the fuller of the two: it has copied tags as well.
        words = nouns.names_of(resource) | {call.noun}
        paths = call.dialect.response_tags(call.operation, own)
        paths += call.dialect.request_tags(call.operation, resource.name, words)
        return either(paths) if paths else None

    def _leave(self, what: str, reason: str) -> None:
        self.unresolved.append(Unresolved(what, reason))


def _exactly(call: Call) -> list[ResourceDefinition]:
    """The types with the very name of what the call makes: those with tags, else any where the call itself takes tags.

    Of Personalize and DAX the reference names no type with tags.
    """
    noun = nouns.singular(call.noun)
    named = [resource for resource in call.iam.resources.values() if noun in nouns.names_of(resource)]
    return [resource for resource in named if resource.taggable] or (named if call.takes_tags else [])


def _has_tagging_action(iam: IamService, resource: ResourceDefinition) -> bool:
    """Log streams have the condition key of tags, but no action tags them."""
    tagging = [action for action in iam.actions.values() if action.access_level == "Tagging"]
    listed = {name for action in tagging for name in action.resources}
    return bool(tagging) and (not listed or resource.name in listed)


def by_type(creations: Iterable[Creation]) -> dict[str, list[Creation]]:
    """The creations of each type, sorted by event."""
    grouped: dict[str, list[Creation]] = {}
    for creation in sorted(creations, key=lambda c: (c.resource.type, c.event_source, c.event_name)):
        grouped.setdefault(creation.resource.type, []).append(creation)
    return grouped
