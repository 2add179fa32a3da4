"""Errors that AWS answers with now and then: throttling, refusals, limits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape

from tools.emulator.calls import Call

FAULTS_PATH = "/_faults"
"""Path on an emulator: POST puts a list of faults in force; GET tells how many calls got each."""

Response = tuple[int, dict[str, str], bytes]

_FOR_EVER = 1_000_000


@dataclass(frozen=True)
class Fault:
    """An error in place of an answer.

    Args:
        service: the service as botocore names it.
        operation: the operation.
        code: the error code.
        status: the HTTP status.
        about: the error is for requests with this text in their parameters, for example the id of a resource.
        times: how many calls get it. The attempts that an SDK makes at one call count once.
    """

    service: str
    operation: str
    code: str
    status: int = 400
    about: str = ""
    times: int = _FOR_EVER

    def is_for(self, call: Call) -> bool:
        """Say if a call gets it."""
        same = (self.service, self.operation) == (call.service, call.operation)
        return same and self.about in json.dumps(call.params, default=str)

    def response(self, protocol: str) -> Response:
        """Write the error as the protocol wants it. Source: the Smithy specifications of the AWS protocols."""
        message = f"injected: {self.operation} is answered with {self.code}"
        if protocol in ("json", "rest-json"):
            body = json.dumps({"__type": self.code, "message": message})
            return self.status, {"content-type": "application/json", "x-amzn-errortype": self.code}, body.encode()
        error = f"<Code>{self.code}</Code><Message>{escape(message)}</Message>"
        body = {
            "ec2": f"<Response><Errors><Error>{error}</Error></Errors><RequestID>injected</RequestID></Response>",
            "query": f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>",
            "rest-xml": f"<Error>{error}</Error>",
        }[protocol]
        return self.status, {"content-type": "text/xml"}, body.encode()


class Faults:
    """The faults in force, each with how many calls it still has for."""

    def __init__(self) -> None:
        self._left: dict[Fault, int] = {}

    def set(self, faults: list[dict[str, Any]]) -> None:
        """Put these in force, in place of those before."""
        self._left = {fault: fault.times for fault in (Fault(**found) for found in faults)}

    def take(self, call: Call) -> Fault | None:
        """Find the fault that a call gets, and count down its calls; None where it gets none."""
        for fault, left in self._left.items():
            if left > 0 and fault.is_for(call):
                self._left[fault] = left - 1
                return fault
        return None

    @property
    def used(self) -> list[int]:
        """Number of calls that got each of them."""
        return [fault.times - left for fault, left in self._left.items()]


def as_json(faults: tuple[Fault, ...]) -> bytes:
    """Encode faults as the emulator takes them."""
    return json.dumps([asdict(fault) for fault in faults]).encode()
