"""The handler in its own process: imports, output, and invalid deployments."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tag_governance.aws import policy_store
from tag_governance.domain.policy import PolicyError
from tag_governance.domain.settings import Settings, SettingsError
from tests.support.events import run_instances, sqs
from tests.support.policies import document

LAMBDA_SRC = Path(__file__).parents[3] / "lambda_src"
GOOD = {"Environment": "prod", "Owner": "bob"}
IMPORTED = "import sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"


def environment(**variables: str) -> dict[str, str]:
    text = json.dumps(document())
    return {
        "POLICY_BUCKET": "policies",
        "POLICY_SHA256": sha256(text.encode()).hexdigest(),
        "POLICY_INLINE": base64.b64encode(gzip.compress(text.encode())).decode(),
        "LEDGER_TABLE": "ledger",
        "NOTIFICATION_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:notices",
        "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
        "METRIC_NAMESPACE": "tag-governance",
        "EVENTS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/events",
        "MAX_FAILURES": "5",
        "MAX_RECEIVE_COUNT": "100",
        "LEDGER_RETENTION_DAYS": "400",
    } | variables


def invoke(event: Mapping[str, Any], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the handler as Lambda does: a new interpreter with only the package on its path."""
    program = (
        "import json, sys; from tag_governance.handlers.remediate import handle;"
        f"answer = handle(json.loads(sys.stdin.read()), None); print(json.dumps(answer)); {IMPORTED}"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(event),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(LAMBDA_SRC), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_compliant_creation_is_decided_without_the_aws_sdk_and_counted() -> None:
    done = invoke(sqs(*[run_instances([f"i-{n}"], GOOD) for n in range(3)]), environment())
    assert done.returncode == 0, done.stderr
    *lines, answer, imported = [json.loads(line) for line in done.stdout.splitlines()]
    assert answer == {"batchItemFailures": []}
    assert {"boto3", "botocore"} & set(imported) == set()
    assert "jmespath" in imported
    (metrics,) = [line for line in lines if "_aws" in line]
    assert (metrics["Scope"], metrics["Evaluated"], metrics["Compliant"]) == ("default", 3, 3)
    assert "NonCompliant" not in metrics
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "tag-governance"
    assert lines[-1] == {"batch": 3, "ignored": 0, "tried_again": 0, "given_up": 0, "aws_calls": {}}


def test_a_malformed_record_is_reported_in_a_partial_batch_response() -> None:
    done = invoke(sqs(run_instances(["i-1"], GOOD), "{"), environment())
    answer = json.loads(done.stdout.splitlines()[-2])
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert "the body is not JSON" in done.stderr


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"LEDGER_TABLE": ""}, "environment variable LEDGER_TABLE is missing or empty"),
        ({"MAX_RECEIVE_COUNT": "many"}, "environment variable MAX_RECEIVE_COUNT is 'many', expected a whole number"),
        ({"MAX_RECEIVE_COUNT": "0"}, "environment variable MAX_RECEIVE_COUNT is '0'"),
    ],
)
def test_an_invalid_environment_is_rejected_with_the_variable(variables: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment(environment(**variables))


@pytest.mark.parametrize("packed", ["%%%", base64.b64encode(b"plain").decode()])
def test_a_broken_inline_policy_is_rejected(packed: str) -> None:
    with pytest.raises(PolicyError, match="POLICY_INLINE"):
        policy_store.load_policy(Settings.from_environment(environment(POLICY_INLINE=packed)))


def test_another_policy_than_the_deployed_one_stops_the_function() -> None:
    done = invoke(sqs(run_instances(["i-1"], GOOD)), environment(POLICY_SHA256="0" * 64))
    assert done.returncode != 0
    assert "the deployment expects 000" in done.stderr


class _Bucket:
    """Session whose S3 client answers from a stub."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from botocore.session import Session

        client = Session().create_client(
            "s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
        )
        self.stub = Stubber(client)
        self.stub.activate()
        monkeypatch.setattr(Session, "create_client", lambda *_: client)

    def answer(self, key: str, text: str) -> None:
        body = StreamingBody(BytesIO(text.encode()), len(text.encode()))
        self.stub.add_response("get_object", {"Body": body}, {"Bucket": "policies", "Key": key})

    def miss(self, key: str) -> None:
        # Without s3:ListBucket S3 does not say that an object is not there.
        self.stub.add_client_error("get_object", "AccessDenied", expected_params={"Bucket": "policies", "Key": key})


def _in_s3(text: str) -> tuple[Settings, str]:
    digest = sha256(text.encode()).hexdigest()
    variables = environment(POLICY_INLINE="", POLICY_SHA256=digest)
    return Settings.from_environment(variables), f"policy/{digest}.json"


def test_a_policy_too_large_for_the_environment_is_read_by_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(document(name="from-s3"))
    settings, key = _in_s3(text)
    _Bucket(monkeypatch).answer(key, text)
    assert policy_store.load_policy(settings).name == "from-s3"


def test_the_current_policy_is_read_if_terraform_deleted_the_one_with_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(document(name="from-s3"))
    settings, key = _in_s3(text)
    bucket = _Bucket(monkeypatch)
    bucket.miss(key)
    bucket.answer("policy.json", text)
    assert policy_store.load_policy(settings).name == "from-s3"


def test_another_current_policy_does_not_stand_in_for_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, key = _in_s3(json.dumps(document(name="deployed")))
    bucket = _Bucket(monkeypatch)
    bucket.miss(key)
    bucket.answer("policy.json", json.dumps(document(name="other")))
    with pytest.raises(PolicyError, match=rf"s3://policies/{key} cannot be read.*AccessDenied"):
        policy_store.load_policy(settings)


def test_an_unreadable_policy_is_rejected_with_its_location(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, key = _in_s3("{}")
    bucket = _Bucket(monkeypatch)
    bucket.miss(key)
    bucket.miss("policy.json")
    with pytest.raises(PolicyError, match=rf"s3://policies/{key} cannot be read.*AccessDenied"):
        policy_store.load_policy(settings)
