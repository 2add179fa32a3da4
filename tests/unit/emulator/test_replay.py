"""A call that an SDK repeats is carried out once, and answered each time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tools.emulator.replay import Message, Receive, ReplayApplication, Send


class Counter:
    """Application that answers with the number of requests."""

    def __init__(self) -> None:
        self.requests = 0

    async def __call__(self, _scope: Mapping[str, Any], _receive: Receive, send: Send) -> None:
        self.requests += 1
        number = self.requests
        await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(number).encode()})


async def nothing() -> Message:
    return {"type": "http.disconnect"}


async def call(application: ReplayApplication, *headers: tuple[bytes, bytes]) -> bytes:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await application({"type": "http", "headers": list(headers)}, nothing, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return bytes(sent[1]["body"])


def test_attempts_at_one_call_share_an_answer_and_other_calls_do_not() -> None:
    async def scenario() -> list[bytes]:
        application = ReplayApplication(Counter())
        one, other = (b"amz-sdk-invocation-id", b"1"), (b"amz-sdk-invocation-id", b"2")
        return [await call(application, *headers) for headers in ([one], [one], [other], [one], [], [])]

    assert asyncio.run(scenario()) == [b"1", b"1", b"2", b"1", b"3", b"4"]


def test_a_second_attempt_waits_for_the_first() -> None:
    async def scenario() -> tuple[bytes, int]:
        counter = Counter()
        application = ReplayApplication(counter)
        first = asyncio.ensure_future(call(application, (b"amz-sdk-invocation-id", b"1")))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await call(application, (b"amz-sdk-invocation-id", b"1")), counter.requests

    assert asyncio.run(scenario()) == (b"1", 1)
