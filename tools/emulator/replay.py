"""Replay of lost answers.

Sometimes a connection to an emulator ends before the answer arrives, and the SDK repeats the request. AWS recognizes
many such requests by a token. An emulator would report that the resource exists already. All attempts of an SDK call
have the same `amz-sdk-invocation-id`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

_HEADER = b"amz-sdk-invocation-id"
_CACHE_SIZE = 1000


class ReplayApplication:
    """ASGI application that carries out each call of an SDK once."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._answers: dict[bytes, asyncio.Future[list[Message]]] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        call = dict(scope["headers"]).get(_HEADER) if scope["type"] == "http" else None
        if call is None:
            await self._application(scope, receive, send)
            return
        if call not in self._answers:
            self._answers[call] = asyncio.ensure_future(self._answer(scope, receive))
            if len(self._answers) > _CACHE_SIZE:
                del self._answers[next(iter(self._answers))]
        # The first attempt continues after its client disconnected.
        for message in await asyncio.shield(self._answers[call]):
            await send(dict(message))

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> list[Message]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._application(scope, receive, keep)
        return messages
