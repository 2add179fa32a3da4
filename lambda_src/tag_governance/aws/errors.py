"""Classification of the errors of botocore as failures."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from tag_governance.aws.clients import NoRoute
from tag_governance.domain.budget import OutOfTime
from tag_governance.domain.failure import LONGEST_CAUSE, Failure, FailureKind, postponed

AWS_ERRORS = (ClientError, BotoCoreError, ResponseParserError, NoRoute, OutOfTime)
_TRANSIENT = (HTTPClientError, ResponseParserError, NoCredentialsError, PartialCredentialsError)
"""No connection, a timeout, a broken answer; credentials that are not there at the moment."""


def failure_of(error: Exception, subject: str | None = None) -> Failure:
    """Classify what botocore raised.

    Args:
        error: one of `AWS_ERRORS`.
        subject: the id of the only resource that the call was about.
    """
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        answer = error.response.get("ResponseMetadata", {})
        status = answer.get("HTTPStatusCode", 400)
        failure = Failure.of(str(detail.get("Code", "Unknown")), str(detail.get("Message", "")), status, subject)
        # The SDK's first attempt may have been carried out without an answer, and this be the answer to its second.
        return replace(failure, is_certain=False) if answer.get("RetryAttempts") else failure
    if isinstance(error, OutOfTime):
        return postponed(str(error))
    cause = f"{type(error).__name__}: {error}"[:LONGEST_CAUSE]
    if isinstance(error, NoRoute):
        return Failure(FailureKind.DENIED, str(error), type(error).__name__)
    if isinstance(error, _TRANSIENT):
        return Failure(FailureKind.TRANSIENT, cause, type(error).__name__, is_certain=False)
    return Failure(FailureKind.REFUSED, cause, type(error).__name__)


def is_about_the_role(error: Exception) -> bool:
    """Say if the function could not enter the account at all."""
    return isinstance(error, NoRoute) or (isinstance(error, ClientError) and error.operation_name == "AssumeRole")


def is_silence(error: Exception) -> bool:
    """Say if the endpoint gave no answer, so that asking it again costs as long."""
    return isinstance(error, HTTPClientError)
