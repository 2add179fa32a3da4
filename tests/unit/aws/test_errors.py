"""Classification of botocore's exceptions: certain or not, transient or not."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.domain.failure import FailureKind
from tests.support.events import ADDED, run_instances
from tests.support.world import World


def client_error(code: str, status: int, retries: int | None) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if retries is not None:
        answer["ResponseMetadata"]["RetryAttempts"] = retries
    return ClientError(answer, "CreateTags")


@pytest.mark.parametrize(
    ("status", "retries", "is_certain"),
    [(400, None, True), (400, 0, True), (400, 1, False), (403, 1, False), (503, 0, False)],
)
def test_an_error_is_certain_if_there_was_only_one_request(status: int, retries: int | None, is_certain: bool) -> None:
    assert failure_of(client_error("RequestLimitExceeded", status, retries)).is_certain is is_certain


def test_a_broken_answer_is_transient_and_uncertain() -> None:
    error = ResponseParserError("invalid XML received")
    assert isinstance(error, AWS_ERRORS)
    failure = failure_of(error)
    assert (failure.kind, failure.is_certain) == (FailureKind.TRANSIENT, False)


@pytest.mark.parametrize("operation", ["ec2:DescribeTags", "ec2:CreateTags", "dynamodb:BatchGetItem"])
def test_broken_answers_are_not_failures_of_the_message(world: World, operation: str) -> None:
    def break_answer(_: object) -> bool:
        raise ResponseParserError("invalid XML received: <html><body>cut")

    (instance,) = world.instances(1)
    world.wire.fail(operation, "", when=break_answer)
    for received in range(1, 8):
        assert world.run(run_instances([instance]), received=received) == ["m0"]
    assert world.buried() == []

    world.wire.recover()
    world.deliver(run_instances([instance]), now=world.now)
    assert world.instance_tags(instance) == [ADDED]
