"""The two emulators as one AWS: MiniStack for everything, moto for Organizations (which MiniStack cannot create)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader

from tools.emulator.calls import CALLS_FILE, ORGANIZATIONS_URL, Call, read_calls
from tools.emulator.faults import FAULTS_PATH, Fault, as_json
from tools.emulator.server import HOST, Server, free_port, request

REGION = "us-east-1"
FURTHER_REGION = "eu-central-1"
"""Another region that is governed."""
GOVERNANCE_ACCOUNT = "111122223333"
CALLS = "calls.jsonl"
"""The file of the calls of the deployed functions: principal, service, operation, region, params."""
_SECRET = "emulated"


@dataclass(frozen=True)
class Stack:
    """The emulated AWS: where it listens, and how to talk to it as any account."""

    ministack_url: str
    moto_url: str
    folder: Path

    def session(self, account: str, region: str = REGION) -> boto3.Session:
        """A new session whose clients talk to the emulators as `account` (MiniStack reads it from the access key)."""
        core = botocore.session.Session(profile=account)
        core.set_config_variable("config_file", str(self._config_file(account)))
        core.set_config_variable("region", region)
        core.register_component("data_loader", _service_models())
        return boto3.Session(botocore_session=core)

    @cache  # noqa: B019 - a stack lives as long as its process, or its worker of the tests
    def client(self, account: str, service: str, region: str = REGION) -> Any:
        """A client to look at things with, made once."""
        return self.session(account).client(service, region_name=region)  # type: ignore[call-overload]

    def calls(self) -> list[Call]:
        """List the calls of the deployed functions, oldest first."""
        return read_calls(self.folder / CALLS)

    def forget_calls(self) -> None:
        """Begin the list anew: functions that were there before may have had other permissions."""
        (self.folder / CALLS).write_bytes(b"")

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Let AWS answer calls of the deployed functions with errors, until the block ends."""
        request(self.ministack_url + FAULTS_PATH, as_json(faults))
        try:
            yield
        finally:
            request(self.ministack_url + FAULTS_PATH, as_json(()))

    def faulted(self) -> list[int]:
        """Count the calls that got each of the faults in force."""
        used: list[int] = json.loads(request(self.ministack_url + FAULTS_PATH))
        return used

    def environment(self, account: str = GOVERNANCE_ACCOUNT) -> dict[str, str]:
        """The variables with which Terraform, or the AWS command line, sees the emulated AWS."""
        return {
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.ministack_url,
            "AWS_ENDPOINT_URL_ORGANIZATIONS": self.moto_url,
            # An action that an emulator lacks is otherwise retried for minutes.
            "AWS_MAX_ATTEMPTS": "2",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": HOST,
        }

    def _config_file(self, account: str) -> Path:
        path = self.folder / "aws" / account
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"[profile {account}]\n"
            f"aws_access_key_id = {account}\n"
            f"aws_secret_access_key = {_SECRET}\n"
            f"region = {REGION}\n"
            f"endpoint_url = {self.ministack_url}\n"
            "services = emulators\n"
            "[services emulators]\n"
            "organizations =\n"
            f"  endpoint_url = {self.moto_url}\n"
        )
        return path


@cache
def _service_models() -> Loader:
    """Read from disk once for all sessions; reading them is most of the time it takes to make a client."""
    return create_loader()


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Start both emulators, yield them ready, stop them whatever happens. Logs go to `folder`."""
    servers: list[Server] = []
    try:
        stack = start(folder, servers)
        yield stack
    finally:
        for server in reversed(servers):
            server.stop()


def start(folder: Path, servers: list[Server]) -> Stack:
    """Start both emulators and wait for them. Each is appended to `servers` as soon as it exists."""
    moto_port, ministack_port = free_port(), free_port()
    moto = Server(
        "moto",
        [sys.executable, "-m", "tools.emulator.moto", "-H", HOST, "-p", str(moto_port)],
        moto_port,
        "/moto-api/",
        folder / "moto.log",
        {"MOTO_ACCOUNT_ID": GOVERNANCE_ACCOUNT},
    )
    servers.append(moto)
    ministack = Server(
        "MiniStack",
        [sys.executable, "-m", "tools.emulator.ministack"],
        ministack_port,
        "/_ministack/ready",
        folder / "ministack.log",
        {
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(ministack_port),
            "MINISTACK_REGION": REGION,
            # Its MQTT listener has a fixed port, on which two emulators would collide.
            "IOT_MTLS_ENABLED": "0",
            # Never persisted and never shared: every stack starts empty.
            "S3_PERSIST": "0",
            CALLS_FILE: str(folder / CALLS),
            ORGANIZATIONS_URL: moto.url,
        },
    )
    servers.append(ministack)
    for server in servers:
        server.wait_ready()
    return Stack(ministack.url, moto.url, folder)
