"""Failures of AWS calls, classified by the next step.

Sources: the common error types of AWS service APIs, botocore's list of throttling codes, and the `FailedResourcesMap`
of the Resource Groups Tagging API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_CAUSE = 500
"""Characters of a cause that are stored. Some services answer with pages of encoded text."""


class FailureKind(StrEnum):
    """Kind of a failure, which determines the next step."""

    TRANSIENT = "transient"
    """Throttling, a service error, a timeout or expired credentials: retry."""
    POSTPONED = "postponed"
    """The call was not made: no time left, another copy works on it, or the answer would not be conclusive yet. Retry.
    """
    NOT_FOUND = "not_found"
    """The resource does not exist yet, or no longer."""
    DENIED = "denied"
    """The account does not permit the call."""
    NOT_READY = "not_ready"
    """The resource is busy or in a state in which its tags cannot be changed yet."""
    REFUSED = "refused"
    """AWS refuses the call for this resource. A retry does not help."""


_TRANSIENT = re.compile(
    r"throttl|toomanyrequests|requestlimitexceeded|slowdown|ratelimit|rateexceeded|bandwidthlimit|provisionedthroughput"
    r"|serviceunavailable|internal(error|failure|server|service)|requesttimeout|transactioninprogress"
    r"|priorrequestnotcomplete|operationaborted|conditionalrequestconflict|concurrentmodification|expiredtoken"
    r"|requestexpired|tokenrefresh|invalidclienttokenid|unrecognizedclient|idpcommunication",
    re.IGNORECASE,
)
_NOT_READY = re.compile(
    r"(?<!not)inuse|in\w*state(fault)?(exception)?$|notready|notactive|unavailable|conflict|busy|pending|locked|inprogress"
    r"|temporarilyunmodifiable|notavailable",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(r"notfound|nosuch|doesnotexist|nonexist|malformedid|\.malformed$", re.IGNORECASE)
_NOT_THE_RESOURCE = re.compile(r"^kms|kmskey|tagset|tagkey|host(?!ed)|grant|principal", re.IGNORECASE)
"""Codes for something else that was not found, such as a key, a tag or a host."""
_DENIED = re.compile(
    r"accessdenied|unauthorized|notauthorized|forbidden|authfailure|authorization|optinrequired", re.IGNORECASE
)
_UNSPECIFIC = re.compile(r"validation|invalid|badrequest|clienterror", re.IGNORECASE)
_ABSENCE = re.compile(r"not (be )?found|does ?n[o']t exist|no such|not exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """Reason why AWS did not carry out a call for one resource.

    `code` is the error code. `denying_account` is the account that denies the call, if the denial affects more than one
    resource. `is_certain` is False if the call may have been carried out despite the error.
    """

    kind: FailureKind
    cause: str
    code: str = ""
    denying_account: str | None = None
    is_certain: bool = True

    @classmethod
    def of(cls, code: str, message: str, status: int = 400, subject: str | None = None) -> Failure:
        """Classify an error.

        Args:
            code: the error code.
            message: the error message. "Not found" in it counts only if it names the subject: the host, the role or the
                KMS key of an existing resource may be missing.
            status: the HTTP status.
            subject: the id of the resource, if the call was about a single one.
        """
        kind = _kind(code, message, status, subject)
        return cls(kind, f"{code}: {message}"[:LONGEST_CAUSE], code, is_certain=status < 500)

    @property
    def is_transient(self) -> bool:
        """True if the same call may succeed later without intervention."""
        return self.kind in (FailureKind.TRANSIENT, FailureKind.POSTPONED, FailureKind.NOT_READY)


def _kind(code: str, message: str, status: int, subject: str | None) -> FailureKind:
    if status >= 500 or status == 429 or _TRANSIENT.search(code):
        return FailureKind.TRANSIENT
    if _DENIED.search(code) or status == 403:
        return FailureKind.DENIED
    if _NOT_FOUND.search(code) and not _NOT_THE_RESOURCE.search(code):
        return FailureKind.NOT_FOUND
    names_it = subject is not None and subject in message and _ABSENCE.search(message)
    if names_it and (status == 404 or _UNSPECIFIC.search(code)):
        return FailureKind.NOT_FOUND
    return FailureKind.NOT_READY if _NOT_READY.search(code) else FailureKind.REFUSED


def postponement(cause: str) -> Failure:
    """Build the failure for a call that was not made yet."""
    return Failure(FailureKind.POSTPONED, cause)
