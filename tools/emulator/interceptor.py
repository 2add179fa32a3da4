"""Interceptor of the requests of deployed functions: it records them, and answers with injected faults.

Requests of people and Terraform pass unchanged.
"""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tools.emulator.decode import Signature, decode
from tools.emulator.faults import FAULTS_PATH, Faults, Response
from tools.emulator.replay import Application, Message, Receive, Send

_ORGANIZATIONS = "organizations"


class Interceptor:
    """ASGI application in front of an emulator.

    Args:
        application: the emulator.
        role_of: returns the ARN of the role behind an access key of a deployed function, else None.
        log: the file of recorded calls, one JSON object per line.
        organizations_url: the address for calls of Organizations.
    """

    def __init__(
        self, application: Application, role_of: Callable[[str], str | None], log: Path, organizations_url: str
    ) -> None:
        self._application = application
        self._role_of = role_of
        self._log = log
        self._organizations_url = organizations_url
        self._faults = Faults()
        log.write_text("")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if scope["path"] == FAULTS_PATH:
            await _answer(send, self._control(scope["method"], await _body(receive)))
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        signature = Signature.of(headers)
        role = self._role_of(signature.access_key) if signature else None
        if signature is None or role is None:
            await self._application(scope, receive, send)
            return
        body = await _body(receive)
        call, protocol = decode(role, signature, scope["method"], _url(scope, headers), headers, body)
        with self._log.open("a") as log:
            log.write(f"{call.line}\n")
        fault = self._faults.take(call)
        if fault is not None:
            await _answer(send, fault.response(protocol))
        elif signature.service == _ORGANIZATIONS:
            await _answer(send, await asyncio.to_thread(_forward, self._organizations_url, headers, body))
        else:
            await self._application(scope, _once(body), send)

    def _control(self, method: str, body: bytes) -> Response:
        if method == "POST":
            self._faults.set(json.loads(body))
        return 200, {"content-type": "application/json"}, json.dumps(self._faults.used).encode()


def _url(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    path = scope.get("raw_path", scope["path"].encode()).decode().partition("?")[0]
    return f"http://{headers.get('host', 'localhost')}{path}?{scope['query_string'].decode()}"


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _once(body: bytes) -> Receive:
    """Build a `receive` that returns a body that was already read."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _answer(send: Send, response: Response) -> None:
    status, headers, body = response
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def _forward(url: str, headers: Mapping[str, str], body: bytes) -> Response:
    passed = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        answer = opener.open(urllib.request.Request(url, body, passed, method="POST"))
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, {"content-type": answer.headers.get("content-type", "")}, answer.read()
