"""What an AWS error means for the resource it hit.

Sources: the common error types of AWS service APIs, and the `FailedResourcesMap` of the Resource Groups Tagging API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """All are tried again and end in the dead-letter queue, but what is not found for long counts as gone."""

    THROTTLED = "throttled"
    NOT_FOUND = "not_found"
    ACCESS_DENIED = "access_denied"
    REFUSED = "refused"


_KINDS = (
    (FailureKind.THROTTLED, re.compile(r"throttl|toomanyrequests|requestlimitexceeded|slowdown|ratelimit", re.I)),
    (FailureKind.NOT_FOUND, re.compile(r"not\s?found|nosuch|does ?n[o']t exist|nonexist|malformedid", re.I)),
    (FailureKind.ACCESS_DENIED, re.compile(r"accessdenied|unauthorized|not authorized|forbidden|authfailure", re.I)),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why AWS did not do what was asked for one resource."""

    kind: FailureKind
    cause: str

    @classmethod
    def of(cls, code: str, message: str) -> Failure:
        """Classify by error code first; some services say it only in the message."""
        for text in (code, message):
            for kind, pattern in _KINDS:
                if pattern.search(text):
                    return cls(kind, f"{code}: {message}")
        return cls(FailureKind.REFUSED, f"{code}: {message}")
