"""Through which API a type is tagged, and which IAM actions that takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.catalogue.native import Native, native_of
from tools.catalogue.overrides import Overrides, ServiceOverride, TaggingApi, TypeOverride
from tools.catalogue.sources import (
    Action,
    IamReference,
    IamService,
    ResourceDefinition,
    all_services,
    iam_prefix_of,
    service_model,
)

_TAG = re.compile(r"^(?:Tag[A-Z]|Add\w*Tags|CreateTags$|CreateOrUpdateTags$|UpdateTags\w+$|Put\w*Tagging$)")
_UNTAG = re.compile(r"^(?:Un[tT]ag[A-Z]|Remove\w*Tags|DeleteTags$|UpdateTags\w+$|Delete\w*Tagging$)")
_KEYS = re.compile(r"(?i)tag|keys")
# S3's way: the call replaces the whole set, so its keys are also those of others.
_WHOLE_SET = re.compile(r"^Put\w*Tagging$")


@dataclass(frozen=True, slots=True)
class Tagging:
    """The ways in which a type is tagged, untagged and read."""

    api: str | None
    tag_actions: list[str]
    untag_actions: list[str]
    read_actions: list[str]
    native: Native | None = None

    def entry(self) -> dict[str, object]:
        """As the catalogue has it."""
        return {
            "tag_api": self.api,
            "native": self.native and self.native.entry(),
            "tag_actions": self.tag_actions,
            "untag_actions": self.untag_actions,
            "read_actions": self.read_actions,
        }


_S3 = Tagging(
    "s3",
    ["s3:PutBucketTagging", "s3:TagResource"],
    ["s3:PutBucketTagging", "s3:UntagResource"],
    ["s3:GetBucketTagging", "s3:ListTagsForResource"],
)
_NOTHING = Tagging(None, [], [], ["tag:GetResources"])


def tagging_of(
    resource: ResourceDefinition,
    services: Sequence[str],
    overrides: Overrides,
    reference: IamReference,
    tagging_api: TaggingApi,
) -> Tagging:
    """The API and the actions for a type; no API where nothing writes its tags alone.

    Args:
        services: botocore's names of the services that create it.
    """
    told, of_services = overrides.type(resource.type), [overrides.service(service) for service in services]
    if resource.prefix == "ec2":
        return Tagging("ec2", ["ec2:CreateTags"], ["ec2:DeleteTags"], ["ec2:DescribeTags", *_describes(told, "ec2")])
    match told.tag_api:
        case "s3":
            return _S3
        case "autoscaling":
            return Tagging(
                "autoscaling",
                ["autoscaling:CreateOrUpdateTags"],
                ["autoscaling:DeleteTags"],
                ["autoscaling:DescribeTags", *_describes(told, "autoscaling")],
            )
        case None:
            tagging = _by_tagging_api(resource, of_services, reference)
            if tagging_api.takes(resource.prefix, resource.name, tagging.tag_actions):
                return tagging
    native = native_of(resource, services, overrides, reference)
    if native is None:
        return _NOTHING
    tag, untag, read = (sorted(call.actions) for call in (native.tag, native.untag, native.read))
    return Tagging("native", tag, untag, read, native)


def _describes(told: TypeOverride, prefix: str) -> list[str]:
    return [] if told.describe is None else [f"{prefix}:{told.describe['operation']}"]


def keyless(entries: Iterable[Mapping[str, Any]], reference: IamReference, overrides: Overrides) -> list[str]:
    """List the services' own untagging actions that a call may request without `aws:TagKeys`.

    Of some the reference does not list the key at all. In the model of others the list of keys is optional: without
    it, `ec2:DeleteTags` removes every tag. `s3:PutBucketTagging`, which replaces or deletes the set, is of the first.
    """
    untagging = {action for entry in entries for action in entry["untag_actions"] if not action.startswith("tag:")}
    silent = {name for name in untagging if (action := reference.action(name)) is not None and not action.tells_keys}
    return sorted(silent | {name for name in _with_optional_keys(overrides, reference) if name in untagging})


def of_any_key(entries: Iterable[Mapping[str, Any]], reference: IamReference) -> list[str]:
    """List the actions on tags that a permission cannot limit to some tag keys.

    IAM's reference does not list `aws:TagKeys` for them, or the call sends the whole set of tags.
    """
    actions = {name for entry in entries for name in (*entry["tag_actions"], *entry["untag_actions"])}
    known = {name: action for name in actions if (action := reference.action(name)) is not None}
    return sorted(name for name, a in known.items() if not a.tells_keys or _WHOLE_SET.match(a.name))


def _with_optional_keys(overrides: Overrides, reference: IamReference) -> Iterator[str]:
    for service in all_services():
        model = service_model(service)
        prefix = overrides.service(service).iam_prefix or iam_prefix_of(model, reference)
        for name in model.operation_names:
            if _UNTAG.match(name):
                shape = model.operation_model(name).input_shape
                required = [] if shape is None else shape.required_members
                if not any(_KEYS.search(member) for member in required):
                    yield f"{prefix}:{name}"


def _by_tagging_api(
    resource: ResourceDefinition, services: Sequence[ServiceOverride], reference: IamReference
) -> Tagging:
    """The Tagging API calls the service with the caller's permissions, so it takes both."""
    iam = reference.service(resource.prefix)
    return Tagging(
        "tagging",
        ["tag:TagResources", *_actions(iam, resource, _TAG, [row.tag_actions for row in services])],
        ["tag:UntagResources", *_actions(iam, resource, _UNTAG, [row.untag_actions for row in services])],
        ["tag:GetResources"],
    )


def _actions(
    iam: IamService, resource: ResourceDefinition, verb: re.Pattern[str], told: list[tuple[str, ...] | None]
) -> list[str]:
    """The actions of the service itself that change the tags of a type."""
    given = {action for actions in told for action in actions or ()}
    if given:
        return sorted(given)
    tagging = [a for a in iam.actions.values() if a.access_level == "Tagging" and verb.match(a.name)]
    # Where the reference forgets to list a type, the general action is meant.
    listed = [a for a in tagging if resource.name in a.resources] or [a for a in tagging if _is_general(a)]
    return sorted(a.id for a in listed)


def _is_general(action: Action) -> bool:
    """Is it named after no type?"""
    return action.name in {"TagResource", "UntagResource", "AddTags", "RemoveTags", "CreateTags", "DeleteTags"}
