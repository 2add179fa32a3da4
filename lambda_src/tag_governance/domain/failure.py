"""Errors of AWS by what has to happen next.

Sources: the common error types of AWS service APIs, botocore's list of throttling codes, and the `FailedResourcesMap`
of the Resource Groups Tagging API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_CAUSE = 500
"""Characters of a cause that are kept: some services answer with pages of encoded text."""


class FailureKind(StrEnum):
    """Kind of a failure, which decides what to do about it."""

    TRANSIENT = "transient"
    """Throttling, an error of the service, a timeout, expired credentials: try again."""
    POSTPONED = "postponed"
    """Not asked: no time left, another copy is at work, or the answer would not be conclusive yet. Try again."""
    NOT_FOUND = "not_found"
    """The resource is not there yet, or it is gone."""
    DENIED = "denied"
    """The account does not let the function do this."""
    NOT_READY = "not_ready"
    """The resource is busy, or in a state in which its tags cannot be changed yet."""
    REFUSED = "refused"
    """AWS refuses this for this resource: trying again does not help."""


_TRANSIENT = re.compile(
    r"throttl|toomanyrequests|requestlimitexceeded|slowdown|ratelimit|rateexceeded|bandwidthlimit|provisionedthroughput"
    r"|serviceunavailable|internal(error|failure|server|service)|requesttimeout|transactioninprogress"
    r"|priorrequestnotcomplete|operationaborted|conditionalrequestconflict|concurrentmodification|expiredtoken"
    r"|requestexpired|tokenrefresh|invalidclienttokenid|unrecognizedclient|idpcommunication",
    re.IGNORECASE,
)
_NOT_READY = re.compile(
    r"inuse|in\w*state(fault)?(exception)?$|notready|notactive|unavailable|conflict|busy|pending|locked|inprogress"
    r"|temporarilyunmodifiable|notavailable",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(r"notfound|nosuch|doesnotexist|nonexist|malformedid|\.malformed$", re.IGNORECASE)
_NOT_THE_RESOURCE = re.compile(r"^kms|kmskey|tagset|tagkey|host(?!ed)|grant|principal", re.IGNORECASE)
"""Codes that say that something else was not found: a key, a tag, a machine."""
_DENIED = re.compile(
    r"accessdenied|unauthorized|notauthorized|forbidden|authfailure|authorization|optinrequired", re.IGNORECASE
)
_UNSPECIFIC = re.compile(r"validation|invalid|badrequest|clienterror", re.IGNORECASE)
_ABSENCE = re.compile(r"not (be )?found|does ?n[o']t exist|no such|not exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """Reason why AWS did not do what was asked for one resource.

    `code` is the error code; `blocked` is the account that denies it, where the denial holds for more than one
    resource.
    `is_certain` is False where the call may have been carried out nevertheless.
    """

    kind: FailureKind
    cause: str
    code: str = ""
    blocked: str | None = None
    is_certain: bool = True

    @classmethod
    def of(cls, code: str, message: str, status: int = 400, subject: str | None = None) -> Failure:
        """Classify an error.

        Args:
            code: the error code.
            message: the text beside it. A message that something was not found counts only when it names the subject:
                the host, the role or the KMS key of a resource may be missing while the resource itself is there.
            status: the HTTP status.
            subject: the id of the only resource that the call was about.
        """
        kind = _kind(code, message, status, subject)
        return cls(kind, f"{code}: {message}"[:LONGEST_CAUSE], code, is_certain=status < 500)

    @property
    def is_transient(self) -> bool:
        """True where the same call may succeed later without anybody doing anything."""
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


def postponed(cause: str) -> Failure:
    """Build the failure of a question that was not asked yet."""
    return Failure(FailureKind.POSTPONED, cause)
