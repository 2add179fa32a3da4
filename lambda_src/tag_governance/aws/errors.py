"""Classification of botocore errors as failures."""

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
from tag_governance.domain.failure import LONGEST_CAUSE, Failure, FailureKind, postponement

AWS_ERRORS = (ClientError, BotoCoreError, ResponseParserError, NoRoute, OutOfTime)
_TRANSIENT = (HTTPClientError, ResponseParserError, NoCredentialsError, PartialCredentialsError)
"""No connection, a timeout, a broken answer, or credentials that are missing for the moment."""


def failure_of(error: Exception, subject: str | None = None) -> Failure:
    """Classify an error that botocore raised.

    Args:
        error: one of `AWS_ERRORS`.
        subject: the id of the resource, if the call was about a single one.
    """
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        answer = error.response.get("ResponseMetadata", {})
        status = answer.get("HTTPStatusCode", 400)
        failure = Failure.of(str(detail.get("Code", "Unknown")), str(detail.get("Message", "")), status, subject)
        # After a retry of the SDK the error may belong to the second attempt, while the first one was carried out.
        return replace(failure, is_certain=False) if answer.get("RetryAttempts") else failure
    if isinstance(error, OutOfTime):
        return postponement(str(error))
    cause = f"{type(error).__name__}: {error}"[:LONGEST_CAUSE]
    if isinstance(error, NoRoute):
        return Failure(FailureKind.DENIED, str(error), type(error).__name__)
    if isinstance(error, _TRANSIENT):
        return Failure(FailureKind.TRANSIENT, cause, type(error).__name__, is_certain=False)
    return Failure(FailureKind.REFUSED, cause, type(error).__name__)


def is_role_error(error: Exception) -> bool:
    """Check if the function could not get into the account at all."""
    return isinstance(error, NoRoute) or (isinstance(error, ClientError) and error.operation_name == "AssumeRole")


def is_unresponsive(error: Exception) -> bool:
    """Check if the endpoint did not answer. Another call to it would take as long."""
    return isinstance(error, HTTPClientError)
