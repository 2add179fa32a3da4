"""Through which API a type is tagged, and which IAM actions that takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .native import Native, native_of
from .overrides import Overrides, ServiceOverride, TaggingApi
from .sources import Action, IamReference, IamService, ResourceDefinition

_TAG = re.compile(r"^(?:Tag[A-Z]|Add\w*Tags|CreateTags$|CreateOrUpdateTags$|UpdateTags\w+$|Put\w*Tagging$)")
_UNTAG = re.compile(r"^(?:Un[tT]ag[A-Z]|Remove\w*Tags|DeleteTags$|UpdateTags\w+$|Delete\w*Tagging$)")


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a type is tagged, untagged and read."""

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
_AUTO_SCALING = Tagging(
    "autoscaling", ["autoscaling:CreateOrUpdateTags"], ["autoscaling:DeleteTags"], ["autoscaling:DescribeTags"]
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
        return Tagging("ec2", ["ec2:CreateTags"], ["ec2:DeleteTags"], ["ec2:DescribeTags", *told.also_reads])
    match told.tag_api:
        case "s3":
            return _S3
        case "autoscaling":
            return _AUTO_SCALING
        case None:
            tagging = _by_tagging_api(resource, of_services, reference)
            if tagging_api.takes(resource.prefix, resource.name, tagging.tag_actions):
                return tagging
    native = native_of(resource, services, overrides, reference)
    if native is None:
        return _NOTHING
    tag, untag, read = (sorted(call.actions) for call in (native.tag, native.untag, native.read))
    return Tagging("native", tag, untag, read, native)


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
