"""Classification of AWS errors by code, status and text."""

from __future__ import annotations

import pytest

from tag_governance.domain.failure import LONGEST_CAUSE, Failure, FailureKind

TRANSIENT = [
    ("Throttling", 400),
    ("ThrottlingException", 400),
    ("RequestLimitExceeded", 503),
    ("TooManyRequestsException", 429),
    ("ProvisionedThroughputExceededException", 400),
    ("SlowDown", 503),
    ("InternalError", 500),
    ("InternalFailure", 500),
    ("ServiceUnavailable", 503),
    ("RequestTimeout", 400),
    ("OperationAborted", 409),
    ("TransactionInProgressException", 400),
    ("ExpiredToken", 400),
    ("ExpiredTokenException", 400),
    ("RequestExpired", 400),
    ("UnrecognizedClientException", 400),
    ("AnythingElse", 500),
]
NOT_FOUND = [
    ("InvalidInstanceID.NotFound", 400),
    ("InvalidVpcID.NotFound", 400),
    ("InvalidInstanceID.Malformed", 400),
    ("NoSuchEntity", 404),
    ("NoSuchBucket", 404),
    ("ResourceNotFoundException", 400),
    ("QueueDoesNotExist", 400),
    ("NonExistentQueue", 400),
]
DENIED = [
    ("AccessDenied", 403),
    ("AccessDeniedException", 400),
    ("UnauthorizedOperation", 403),
    ("Client.UnauthorizedOperation", 403),
    ("AuthorizationError", 403),
    ("OptInRequired", 403),
    ("AnythingElse", 403),
]
NOT_READY = [
    ("ResourceInUseException", 400),
    ("ResourceInUse", 409),
    ("InvalidDBInstanceState", 400),
    ("InvalidDBClusterStateFault", 400),
    ("InvalidCacheClusterState", 400),
    ("CacheClusterNotAvailable", 400),
    ("IncorrectInstanceState", 400),
    ("ConflictException", 409),
    ("ResourceNotReadyException", 400),
    ("EntityTemporarilyUnmodifiable", 409),
]
REFUSED = [
    ("TagLimitExceeded", 400),
    ("TagPolicyViolation", 400),
    ("InvalidParameterValue", 400),
    ("ValidationException", 400),
    ("NoSuchTagSet", 404),
    ("KMSKeyNotFoundException", 400),
    ("KmsNotFoundException", 400),
    ("InvalidHostID.NotFound", 400),
]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        *((*error, FailureKind.TRANSIENT) for error in TRANSIENT),
        *((*error, FailureKind.NOT_FOUND) for error in NOT_FOUND),
        *((*error, FailureKind.DENIED) for error in DENIED),
        *((*error, FailureKind.NOT_READY) for error in NOT_READY),
        *((*error, FailureKind.REFUSED) for error in REFUSED),
    ],
)
def test_an_error_is_classified_by_its_code_and_status(code: str, status: int, kind: FailureKind) -> None:
    assert Failure.of(code, "some text", status).kind is kind


@pytest.mark.parametrize(
    "message",
    [
        "host not found",
        "KMS key does not exist",
        "The specified principal does not exist",
        "subnet subnet-1 does not exist",
        "no such role: arn:aws:iam::123456789012:role/app",
    ],
)
@pytest.mark.parametrize(
    ("code", "status"), [("ValidationException", 400), ("InvalidParameterException", 400), ("BadRequest", 404)]
)
def test_not_found_of_something_else_does_not_mean_that_the_resource_is_gone(
    message: str, code: str, status: int
) -> None:
    assert Failure.of(code, message, status, subject="i-1").kind is FailureKind.REFUSED


@pytest.mark.parametrize(
    ("code", "message", "subject", "kind"),
    [
        ("ValidationException", "The agent AGENT1 was not found", "AGENT1", FailureKind.NOT_FOUND),
        ("InvalidParameterException", "orders does not exist", "orders", FailureKind.NOT_FOUND),
        ("ValidationException", "The agent AGENT1 was not found", None, FailureKind.REFUSED),
        ("ValidationException", "The agent AGENT1 is being updated", "AGENT1", FailureKind.REFUSED),
        ("TagPolicyViolation", "orders does not exist in the tag policy", "orders", FailureKind.REFUSED),
    ],
)
def test_the_text_counts_only_if_it_names_the_resource_and_the_code_is_unspecific(
    code: str, message: str, subject: str | None, kind: FailureKind
) -> None:
    assert Failure.of(code, message, 400, subject).kind is kind


def test_only_after_a_service_error_it_is_uncertain_if_the_call_was_carried_out() -> None:
    assert not Failure.of("InternalError", "", 500).is_certain
    assert Failure.of("Throttling", "", 400).is_certain


def test_a_cause_is_truncated() -> None:
    assert len(Failure.of("UnauthorizedOperation", "encoded " * 10_000).cause) == LONGEST_CAUSE == 500
