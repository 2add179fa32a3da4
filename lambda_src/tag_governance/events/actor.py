"""Actor of a call, as CloudTrail records it.

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

# Session names that AWS services and SDKs generate.
_MACHINE_NAME = re.compile(
    r"""
      .* [0-9a-f]{8} (-[0-9a-f]{4}){3} -[0-9a-f]{12} .*  # a UUID: EKS pods, builds, stack sets, automations
    | (.*[-_.])? m?i-[0-9a-f]{8,17}                      # an instance or a managed node
    | (.*[-_.])? [0-9a-f]{16,64}                         # an ECS task
    | (.*[-_.])? \d{10,20}                               # a timestamp: SDKs, command-line tools
    | \d+                                                # CodePipeline
    | [a-z0-9]{32}                                       # Step Functions
    | .+ (-[bcdfghj-np-tv-xz2456789]{5,10}){2}           # a Kubernetes pod
    | (botocore|boto3|aws-sdk|aws-go-sdk|aws-dotnet-sdk|aws-cli|web-identity-token|terraform)[-_].*
    | (aws)?[-_]?(autoscaling|batch|cloudformation|code(build|deploy|pipeline)|lambda|sagemaker|servicecatalog|ssm)
    | (AWSBackup|AWSConfig|AWSFirehose|GlueJobRunner|dms-session)[-_a-z].*
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Runtime of a function or task, which SDKs add to the user agent. People can have the runtime CloudShell.
_MACHINE_RUNTIME = re.compile(r"exec-env/AWS_(Lambda|ECS)_")
# Rest of a role name that begins with the function's name, as the Lambda console and SAM create it. The session of a
# function has the function's name.
_ROLE_OF_FUNCTION = re.compile(r"(?i)(?:[-_]?(?:lambda|function|execution|exec|service|iam))*[-_]?(?:role.*)?")
_SERVICE_ROLE = "AWSServiceRoleFor"
_SERVICE_PATHS = ("aws-service-role", "service-role")
_FORWARDING = frozenset({"cloudformation", "servicecatalog"})
"""Services that call other services with the identity of their caller."""


def actor_of(
    identity: object, agent: object = None, actor_from: Sequence[ActorSource] = DEFAULT_ACTOR_FROM
) -> str | None:
    """Return the person or pipeline behind a call; None for a service or a machine.

    IAM users have a name, federated users a session name, web and SAML users a user name. For assumed roles
    `actor_from` decides.

    Args:
        identity: `userIdentity` of the record.
        agent: `userAgent` of the record.
        actor_from: sources of the name for assumed roles, in order of preference.
    """
    if not isinstance(identity, Mapping) or not _is_own_call(identity):
        return None
    match identity.get("type"):
        case "IAMUser" | "SAMLUser" | "WebIdentityUser":
            return _name(identity.get("userName"))
        case "FederatedUser":
            return _person(_federated_session(identity))
        case "AssumedRole":
            return _actor_of_role(identity, _is_machine(identity, agent), actor_from)
    return None


def _is_own_call(identity: Mapping[str, Any]) -> bool:
    """Check if the caller is the original one: no service in between, or one that forwards the identity."""
    by = identity.get("invokedBy")
    return not by or (isinstance(by, str) and by.partition(".amazonaws.com")[0] in _FORWARDING)


def _actor_of_role(identity: Mapping[str, Any], is_machine: bool, actor_from: Sequence[ActorSource]) -> str | None:
    _, role, session = _assumed_role(identity)
    if not role or role.startswith(_SERVICE_ROLE):
        return None
    for source in actor_from:
        match source:
            case ActorSource.SOURCE_IDENTITY:
                name = _person(_context(identity).get("sourceIdentity"))
            case ActorSource.SESSION_NAME:
                # With IAM Identity Center the session name is the user name, which can be a number.
                name = None if is_machine else _name(session) if _is_sso(identity) else _person(session)
            case ActorSource.ROLE_NAME:
                name = _name(role)
        if name is not None:
            return name
    return None


def _is_machine(identity: Mapping[str, Any], agent: object) -> bool:
    """Check if the credentials belong to a function, a task or a service, whatever the name of the session."""
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
    """Check if this function made the call, with its own role or with the role that it assumes in a member account.

    The account counts too, because roles of the same name can exist elsewhere. The function's own role is in the home
    account, the member role in any other one. The ARN of the member role has no path.
    """
    if not isinstance(identity, Mapping) or identity.get("type") != "AssumedRole":
        return False
    account, role, _ = _assumed_role(identity)
    if role == "" or identity.get("accountId", account) != account:
        return False
    own = policy.function_role_name if account == policy.account else policy.member_role_name
    return role == own and _issuer(identity) in (None, f"arn:{policy.partition}:iam::{account}:role/{own}")


def _issuer(identity: Mapping[str, Any]) -> object:
    """Return the ARN of the role with its path; None if the event does not contain it."""
    issuer = _context(identity).get("sessionIssuer")
    return issuer.get("arn") if isinstance(issuer, Mapping) else None


def _context(identity: Mapping[str, Any]) -> Mapping[str, Any]:
    context = identity.get("sessionContext")
    return context if isinstance(context, Mapping) else {}


def _federated_session(identity: Mapping[str, Any]) -> str:
    """Return the session name of `arn:aws:sts::111122223333:federated-user/SESSION`."""
    arn = identity.get("arn")
    return arn.partition(":federated-user/")[2] if isinstance(arn, str) else ""


def _assumed_role(identity: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return account, role and session name of `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`."""
    arn = identity.get("arn")
    parts = arn.split("/") if isinstance(arn, str) else []
    front = parts[0].split(":") if len(parts) >= 3 else []
    return (
        (front[4], parts[1], parts[-1]) if front[2:4] == ["sts", ""] and front[5:] == ["assumed-role"] else ("", "", "")
    )
