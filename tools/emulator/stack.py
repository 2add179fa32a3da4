"""Both emulators as one AWS: MiniStack for everything, moto for Organizations, which MiniStack does not support."""

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
"""Second governed region."""
GOVERNANCE_ACCOUNT = "111122223333"
CALLS = "calls.jsonl"
"""File with the calls of the deployed functions: principal, service, operation, region, params."""
_SECRET = "emulated"


@dataclass(frozen=True)
class Stack:
    """The emulated AWS: its addresses, and clients for any account."""

    ministack_url: str
    moto_url: str
    folder: Path

    def session(self, account: str, region: str = REGION) -> boto3.Session:
        """Create a session for an account. MiniStack reads the account from the access key."""
        core = botocore.session.Session(profile=account)
        core.set_config_variable("config_file", str(self._config_file(account)))
        core.set_config_variable("region", region)
        core.register_component("data_loader", _service_models())
        return boto3.Session(botocore_session=core)

    @cache  # noqa: B019 - a stack lives as long as its process
    def client(self, account: str, service: str, region: str = REGION) -> Any:
        """Return a cached client for assertions."""
        return self.session(account).client(service, region_name=region)  # type: ignore[call-overload]

    def calls(self) -> list[Call]:
        """List the calls of the deployed functions, oldest first."""
        return read_calls(self.folder / CALLS)

    def clear_calls(self) -> None:
        """Clear the list of calls: functions deployed before may have had other permissions."""
        (self.folder / CALLS).write_bytes(b"")

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Inject faults into calls of the deployed functions until the block ends."""
        request(self.ministack_url + FAULTS_PATH, as_json(faults))
        try:
            yield
        finally:
            request(self.ministack_url + FAULTS_PATH, as_json(()))

    def fault_counts(self) -> list[int]:
        """Return how many calls got each active fault."""
        used: list[int] = json.loads(request(self.ministack_url + FAULTS_PATH))
        return used

    def environment(self, account: str = GOVERNANCE_ACCOUNT) -> dict[str, str]:
        """Return the environment variables for Terraform or the AWS CLI."""
        return {
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.ministack_url,
            "AWS_ENDPOINT_URL_ORGANIZATIONS": self.moto_url,
            # Otherwise an action that the emulator does not support is retried for minutes.
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
    """Return a loader for all sessions. Loading the service models is most of the time to create a client."""
    return create_loader()


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Start both emulators and stop them at the end. Logs go to `folder`."""
    servers: list[Server] = []
    try:
        stack = start(folder, servers)
        yield stack
    finally:
        for server in reversed(servers):
            server.stop()


def start(folder: Path, servers: list[Server]) -> Stack:
    """Start both emulators and wait for them. Each one is appended to `servers` as soon as it exists."""
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
            # The MQTT listener has a fixed port, so two emulators would conflict.
            "IOT_MTLS_ENABLED": "0",
            # Nothing is persisted: every stack starts empty.
            "S3_PERSIST": "0",
            CALLS_FILE: str(folder / CALLS),
            ORGANIZATIONS_URL: moto.url,
        },
    )
    servers.append(ministack)
    for server in servers:
        server.wait_ready()
    return Stack(ministack.url, moto.url, folder)
