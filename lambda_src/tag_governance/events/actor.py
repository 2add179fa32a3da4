"""Actor behind a call, as far as CloudTrail tells.

Source: CloudTrail userIdentity element reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tag_governance.domain.model import ActorSource
from tag_governance.domain.policy import Policy
from tag_governance.domain.tags import LONGEST_VALUE

DEFAULT_ACTOR_FROM = (ActorSource.SOURCE_IDENTITY, ActorSource.SESSION_NAME)

# Sessions named by AWS services and SDKs, not by a person.
_MACHINE_NAME = re.compile(
    r"""
      .* [0-9a-f]{8} (-[0-9a-f]{4}){3} -[0-9a-f]{12} .*  # a UUID: pods of EKS, builds, stack sets, automations
    | (.*[-_.])? m?i-[0-9a-f]{8,17}                      # an instance, a node that Systems Manager manages
    | (.*[-_.])? [0-9a-f]{16,64}                         # a task of ECS
    | (.*[-_.])? \d{10,20}                               # a moment: SDKs, command-line tools
    | \d+                                                # CodePipeline
    | [a-z0-9]{32}                                       # Step Functions
    | .+ (-[bcdfghj-np-tv-xz2456789]{5,10}){2}           # a pod of Kubernetes
    | (botocore|boto3|aws-sdk|aws-go-sdk|aws-dotnet-sdk|aws-cli|web-identity-token|terraform)[-_].*
    | (aws)?[-_]?(autoscaling|batch|cloudformation|code(build|deploy|pipeline)|lambda|sagemaker|servicecatalog|ssm)
    | (AWSBackup|AWSConfig|AWSFirehose|GlueJobRunner|dms-session)[-_a-z].*
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The runtime of a function or task, as SDKs add it to the user agent. A person has a CloudShell.
_MACHINE_RUNTIME = re.compile(r"exec-env/AWS_(Lambda|ECS)_")
# A role that Lambda's console, SAM or most people name after the function whose name the session has.
_ROLE_OF_FUNCTION = re.compile(r"(?i)(?:[-_]?(?:lambda|function|execution|exec|service|iam))*[-_]?(?:role.*)?")
_SERVICE_ROLE = "AWSServiceRoleFor"
_SERVICE_PATHS = ("aws-service-role", "service-role")
_FORWARDING = frozenset({"cloudformation", "servicecatalog"})
"""Services that call others with the identity of the person who called them."""


def actor_of(
    identity: object, agent: object = None, actor_from: Sequence[ActorSource] = DEFAULT_ACTOR_FROM
) -> str | None:
    """Find the person or pipeline behind a call; None where a service or a machine acted.

    IAM users give their name, federated users their session name, web and SAML users their user name, assumed roles
    what `actor_from` says.

    Args:
        identity: `userIdentity` of the record.
        agent: `userAgent` of the record.
        actor_from: what may name the person behind a role, the first first.
    """
    if not isinstance(identity, Mapping) or not _is_own_call(identity):
        return None
    match identity.get("type"):
        case "IAMUser" | "SAMLUser" | "WebIdentityUser":
            return _name(identity.get("userName"))
        case "FederatedUser":
            return _person(_federated_session(identity))
        case "AssumedRole":
            return _behind_role(identity, _is_machine(identity, agent), actor_from)
    return None


def _is_own_call(identity: Mapping[str, Any]) -> bool:
    """Say if nobody called in between: no service, or one that hands the identity on."""
    by = identity.get("invokedBy")
    return not by or (isinstance(by, str) and by.partition(".amazonaws.com")[0] in _FORWARDING)


def _behind_role(identity: Mapping[str, Any], is_machine: bool, actor_from: Sequence[ActorSource]) -> str | None:
    _, role, session = _assumed_role(identity)
    if not role or role.startswith(_SERVICE_ROLE):
        return None
    for source in actor_from:
        match source:
            case ActorSource.SOURCE_IDENTITY:
                name = _person(_context(identity).get("sourceIdentity"))
            case ActorSource.SESSION_NAME:
                # The session of IAM Identity Center is the user name, which may be a number.
                name = None if is_machine else _name(session) if _is_sso(identity) else _person(session)
            case ActorSource.ROLE_NAME:
                name = _name(role)
        if name is not None:
            return name
    return None


def _is_machine(identity: Mapping[str, Any], agent: object) -> bool:
    """Say if the credentials were given to a function, a task or a service, whatever their session is called."""
    _, role, session = _assumed_role(identity)
    issuer = _issuer(identity)
    path = issuer.partition(":role/")[2].split("/")[0] if isinstance(issuer, str) else ""
    named_after = role.lower().startswith(session.lower()) and _ROLE_OF_FUNCTION.fullmatch(role[len(session) :])
    return (
        bool(identity.get("inScopeOf"))
        or path in _SERVICE_PATHS
        or bool(named_after)
        or (isinstance(agent, str) and _MACHINE_RUNTIME.search(agent) is not None)
    )


def _is_sso(identity: Mapping[str, Any]) -> bool:
    issuer = _issuer(identity)
    return isinstance(issuer, str) and ":role/aws-reserved/sso.amazonaws.com/" in issuer


def _person(name: object) -> str | None:
    text = _name(name)
    return None if text is None or _MACHINE_NAME.fullmatch(text) else text


def _name(name: object) -> str | None:
    is_name = isinstance(name, str) and 0 < len(name) <= LONGEST_VALUE and name.isprintable()
    return name if isinstance(name, str) and is_name else None


def is_own_session(identity: object, policy: Policy) -> bool:
    """Say if the call was made by this function, under its own role or the role that it assumes in a member account.

    A role of the same name elsewhere is somebody else's: the account has to be the function's own for its own role, and
    another one for the member role, whose ARN has no path.
    """
    if not isinstance(identity, Mapping) or identity.get("type") != "AssumedRole":
        return False
    account, role, _ = _assumed_role(identity)
    if role == "" or identity.get("accountId", account) != account:
        return False
    own = policy.function_role_name if account == policy.account else policy.member_role_name
    return role == own and _issuer(identity) in (None, f"arn:{policy.partition}:iam::{account}:role/{own}")


def _issuer(identity: Mapping[str, Any]) -> object:
    """Read the ARN of the role, path included; None where the event leaves it out."""
    issuer = _context(identity).get("sessionIssuer")
    return issuer.get("arn") if isinstance(issuer, Mapping) else None


def _context(identity: Mapping[str, Any]) -> Mapping[str, Any]:
    context = identity.get("sessionContext")
    return context if isinstance(context, Mapping) else {}


def _federated_session(identity: Mapping[str, Any]) -> str:
    """Read the session name of `arn:aws:sts::111122223333:federated-user/SESSION`."""
    arn = identity.get("arn")
    return arn.partition(":federated-user/")[2] if isinstance(arn, str) else ""


def _assumed_role(identity: Mapping[str, Any]) -> tuple[str, str, str]:
    """Read account, role and session name of `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`."""
    arn = identity.get("arn")
    parts = arn.split("/") if isinstance(arn, str) else []
    front = parts[0].split(":") if len(parts) >= 3 else []
    return (
        (front[4], parts[1], parts[-1]) if front[2:4] == ["sts", ""] and front[5:] == ["assumed-role"] else ("", "", "")
    )
