"""Who made a call, as far as CloudTrail's `userIdentity` tells.

Source: CloudTrail userIdentity element reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tag_governance.domain.policy import Policy

# Sessions named by AWS services and SDKs, not by a person: an instance id, a bare number, a generated name.
_MACHINE_SESSION = re.compile(
    r"i-[0-9a-f]{8,17} | \d+ | (botocore|aws-sdk|aws-go-sdk|terraform)[-_].* | [0-9a-f-]{32,36}", re.I | re.X
)
_SERVICE_ROLE = "AWSServiceRoleFor"


def actor_of(identity: object) -> str | None:
    """The person or pipeline behind a call, or None where a service acted.

    IAM users give their name, assumed roles their session name (federated sessions carry an e-mail there), web and
    SAML users their user name.
    """
    if not isinstance(identity, Mapping) or identity.get("invokedBy"):
        return None
    kind = identity.get("type")
    if kind in ("IAMUser", "SAMLUser", "WebIdentityUser"):
        name = identity.get("userName")
        return name if isinstance(name, str) and name else None
    if kind == "AssumedRole":
        role, session = _assumed_role(identity)
        if session and not role.startswith(_SERVICE_ROLE) and not _MACHINE_SESSION.fullmatch(session):
            return session
    return None


def is_own_session(identity: object, policy: Policy) -> bool:
    """Whether the call was made by this function, under its own role or the role it assumes in member accounts."""
    if not isinstance(identity, Mapping) or identity.get("type") != "AssumedRole":
        return False
    role, _ = _assumed_role(identity)
    return role != "" and role in (policy.function_role_name, policy.member_role_name)


def _assumed_role(identity: Mapping[str, Any]) -> tuple[str, str]:
    """Role and session name of `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`."""
    arn = identity.get("arn")
    parts = arn.split("/") if isinstance(arn, str) else []
    return (parts[1], parts[-1]) if len(parts) >= 3 and ":assumed-role" in parts[0] else ("", "")
