"""Calls of deployed functions are recorded with the names of the API, and fail if a fault is active."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.emulator.calls import Call, read_calls
from tools.emulator.faults import FAULTS_PATH, Fault, as_json
from tools.emulator.interceptor import Interceptor
from tools.emulator.replay import Message, Receive, Send

ROLE = "arn:aws:iam::111122223333:role/tag-governance-remediation"
FUNCTION, PERSON = "ASIAFUNCTION", "111122223333"

CALLS = [
    ("ec2", "CreateTags", {"Resources": ["i-1", "i-2"], "Tags": [{"Key": "Owner", "Value": "ana"}]}),
    ("s3", "GetBucketTagging", {"Bucket": "logs", "ExpectedBucketOwner": "111122223333"}),
    ("resourcegroupstaggingapi", "UntagResources", {"ResourceARNList": ["arn:aws:sqs:::q"], "TagKeys": ["owner"]}),
    ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::444455556666:role/member", "RoleSessionName": "tag-governance"}),
    ("efs", "TagResource", {"ResourceId": "fs-12345678", "Tags": [{"Key": "Owner", "Value": "ana"}]}),
    ("dynamodb", "Query", {"TableName": "ledger", "IndexName": "due"}),
]
"""A call of each protocol."""


class Emulator:
    """Application that accepts every call, in the protocol of the service."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        speaks_json = b"json" in dict(scope["headers"]).get(b"content-type", b"")
        answer = b"{}" if speaks_json else b"<Answer><AssumeRoleResult/></Answer>"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})


class Wire:
    """Transport of botocore's requests to an ASGI application, without a network."""

    def __init__(self, application: Interceptor) -> None:
        self._application = application

    def client(self, service: str, key: str = FUNCTION) -> Any:
        client = boto3.client(  # type: ignore[call-overload]
            service,
            region_name="eu-central-1",
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        path, _, query = path.partition("?")
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        asyncio.run(self._application(scope, receive, send))
        return int(sent[0]["status"]), bytes(sent[1]["body"])

    def put_faults(self, *faults: Fault) -> None:
        self.request("POST", FAULTS_PATH, {}, as_json(faults))

    def used(self) -> list[int]:
        used: list[int] = json.loads(self.request("GET", FAULTS_PATH, {}, b"")[1])
        return used

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = {name: v.decode() if isinstance(v, bytes) else v for name, v in request.headers.items()}
        body: Any = request.body or b""
        path = request.url.removeprefix("http://127.0.0.1:9")
        status, content = self.request(
            request.method, path, headers, body.encode() if isinstance(body, str) else bytes(body)
        )
        return _Answer(request.url, status, {}, content)


class _Answer(AWSResponse):
    def __init__(self, url: str, status: int, headers: Any, content: bytes) -> None:
        super().__init__(url, status, headers, None)
        self._content = content

    @property
    def content(self) -> bytes:
        return self._content


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


@pytest.fixture
def wire(emulator: Emulator, log: Path) -> Wire:
    role_of: Callable[[str], str | None] = {FUNCTION: ROLE}.get
    return Wire(Interceptor(emulator, role_of, log, "http://127.0.0.1:9"))


@pytest.mark.parametrize(("service", "operation", "params"), CALLS)
def test_calls_of_functions_are_recorded_with_the_sdk_parameters(
    wire: Wire, log: Path, service: str, operation: str, params: dict[str, Any]
) -> None:
    call(wire.client(service), operation, params)

    assert read_calls(log) == [Call(ROLE, service, operation, "eu-central-1", params)]


def test_calls_of_people_pass_and_are_not_recorded(wire: Wire, emulator: Emulator, log: Path) -> None:
    wire.put_faults(Fault("dynamodb", "Query", "ThrottlingException"))

    call(wire.client("dynamodb", PERSON), "Query", {"TableName": "ledger"})

    assert [json.loads(body) for body in emulator.bodies] == [{"TableName": "ledger"}]
    assert read_calls(log) == []


@pytest.mark.parametrize(("service", "operation", "params"), CALLS)
def test_a_fault_is_an_error_for_the_sdk_and_never_reaches_the_emulator(
    wire: Wire, emulator: Emulator, service: str, operation: str, params: dict[str, Any]
) -> None:
    wire.put_faults(Fault(service, operation, "ThrottlingException", 429))

    with pytest.raises(ClientError) as raised:
        call(wire.client(service), operation, params)

    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert emulator.bodies == []


def test_a_fault_affects_only_matching_calls_up_to_its_count(wire: Wire) -> None:
    wire.put_faults(Fault("ec2", "CreateTags", "TagLimitExceeded", about="i-2", times=1))
    client = wire.client("ec2")
    tags = [{"Key": "Owner", "Value": "ana"}]

    client.create_tags(Resources=["i-1"], Tags=tags)
    with pytest.raises(ClientError):
        client.create_tags(Resources=["i-1", "i-2"], Tags=tags)
    client.create_tags(Resources=["i-1", "i-2"], Tags=tags)

    assert wire.used() == [1]


def call(client: Any, operation: str, params: Mapping[str, Any]) -> None:
    client._make_api_call(operation, dict(params))
