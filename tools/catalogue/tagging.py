"""Through which API a type is tagged, and which IAM actions that takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .overrides import ServiceOverride, TypeOverride
from .sources import Action, IamReference, IamService, ResourceDefinition

_TAG = re.compile(r"^(?:Tag[A-Z]|Add\w*Tags|CreateTags$|CreateOrUpdateTags$|Put\w*Tagging$)")
_UNTAG = re.compile(r"^(?:Un[tT]ag[A-Z]|Remove\w*Tags|DeleteTags$|Delete\w*Tagging$)")
_IAM_KIND = {"role": "Role", "user": "User", "policy": "Policy"}


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a type is tagged, untagged and read."""

    api: str
    tag_actions: list[str]
    untag_actions: list[str]
    read_actions: list[str]

    @property
    def is_native_known(self) -> bool:
        """The Tagging API calls the service with the caller's permissions: its action must be among these."""
        return self.api != "tagging" or len(self.tag_actions) > 1


def tagging_of(
    resource: ResourceDefinition, type_override: TypeOverride, services: list[ServiceOverride], reference: IamReference
) -> Tagging:
    """The API and the actions for a type. `services` are the overrides of the services that create it."""
    if resource.prefix == "ec2":
        return Tagging("ec2", ["ec2:CreateTags"], ["ec2:DeleteTags"], ["ec2:DescribeTags", *type_override.also_reads])
    match type_override.tag_api:
        case "s3":
            return Tagging(
                "s3",
                ["s3:PutBucketTagging", "s3:TagResource"],
                ["s3:PutBucketTagging", "s3:UntagResource"],
                ["s3:GetBucketTagging"],
            )
        case "iam":
            kind = _IAM_KIND[resource.name]
            return Tagging("iam", [f"iam:Tag{kind}"], [f"iam:Untag{kind}"], [f"iam:List{kind}Tags"])
    iam = reference.service(resource.prefix)
    return Tagging(
        "tagging",
        ["tag:TagResources", *_native(iam, resource, _TAG, [s.tag_actions for s in services])],
        ["tag:UntagResources", *_native(iam, resource, _UNTAG, [s.untag_actions for s in services])],
        ["tag:GetResources"],
    )


def _native(
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
