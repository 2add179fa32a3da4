"""The events queue with visibility timeouts, and the dead-letter queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.simulation.event_loop import EventLoop

EVENTS_URL = "https://sqs.us-east-1.amazonaws.com/111122223333/tag-governance-events"
DEAD_URL = "https://sqs.us-east-1.amazonaws.com/111122223333/tag-governance-events-dead-letter"
_LARGEST_BATCH = 262_144


@dataclass
class Message:
    """A message of the events queue."""

    id: str
    body: str
    visible: datetime
    receives: int = 0


class Queues:
    """SQS as the function and its event source mapping use it.

    Args:
        loop: the clock.
        delay: seconds until a new message is visible.
        visibility: seconds until a received message is visible again.
        max_receives: receives after which SQS moves a message to the dead-letter queue.
        poll: is called when messages may be visible.
    """

    def __init__(
        self, loop: EventLoop, delay: float, visibility: float, max_receives: int, poll: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._delay = delay
        self._visibility = visibility
        self._max_receives = max_receives
        self._poll = poll
        self.messages: dict[str, Message] = {}
        self.dead: list[dict[str, Any]] = []
        self.received: Counter[str] = Counter()
        """Number of receives of each message, including deleted ones."""
        self._sent = 0

    def send(self, body: str, name: str) -> None:
        """Put a message on the events queue."""
        self._sent += 1
        message = Message(f"{name}#{self._sent}", body, self._loop.now + timedelta(seconds=self._delay))
        self.messages[message.id] = message
        self._loop.at(message.visible, self._poll)

    def receive(self, limit: int) -> list[Message]:
        """Receive visible messages."""
        now = self._loop.now
        taken: list[Message] = []
        for message in sorted(self.messages.values(), key=lambda m: (m.visible, m.id)):
            if message.visible > now or len(taken) == limit:
                continue
            if message.receives >= self._max_receives:
                del self.messages[message.id]
                self.dead.append({"body": message.body, "cause": None})
                continue
            message.receives += 1
            self.received[message.id] += 1
            message.visible = now + timedelta(seconds=self._visibility)
            self._loop.at(message.visible, self._poll)
            taken.append(message)
        return taken

    def delete(self, identifier: str) -> None:
        """Delete a message."""
        self.messages.pop(identifier, None)

    def send_batch(self, parameters: Mapping[str, Any], partial: bool) -> Any:
        """Answer SendMessageBatch for either queue."""
        entries = parameters["Entries"]
        assert len(entries) <= 10
        assert sum(len(entry["MessageBody"].encode()) for entry in entries) <= _LARGEST_BATCH or len(entries) == 1
        sent = []
        for number, entry in enumerate(entries):
            if partial and number % 2 == 0:
                continue
            sent.append({"Id": entry["Id"]})
            if parameters["QueueUrl"] == DEAD_URL:
                cause = entry.get("MessageAttributes", {}).get("cause", {}).get("StringValue")
                self.dead.append({"body": entry["MessageBody"], "cause": cause})
            else:
                self.send(entry["MessageBody"], "recheck")
        return {"Successful": sent, "Failed": []}

    def change_visibility(self, parameters: Mapping[str, Any]) -> Any:
        """Answer ChangeMessageVisibilityBatch."""
        assert len(parameters["Entries"]) <= 10
        for entry in parameters["Entries"]:
            message = self.messages.get(entry["ReceiptHandle"])
            if message is not None:
                message.visible = self._loop.now + timedelta(seconds=entry["VisibilityTimeout"])
                self._loop.at(message.visible, self._poll)
        return {"Successful": [], "Failed": []}
