"""Injected errors of AWS: throttling, refusals, limits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape

from tools.emulator.calls import Call

FAULTS_PATH = "/_faults"
"""Path on an emulator. POST activates a list of faults, GET returns how many calls got each of them."""

Response = tuple[int, dict[str, str], bytes]

_FOR_EVER = 1_000_000


@dataclass(frozen=True)
class Fault:
    """Error instead of an answer.

    Args:
        service: the service as botocore names it.
        operation: the operation.
        code: the error code.
        status: the HTTP status.
        about: only requests with this text in their parameters get the error, for example the id of a resource.
        times: the number of calls that get it. All attempts of the SDK at one call count once.
    """

    service: str
    operation: str
    code: str
    status: int = 400
    about: str = ""
    times: int = _FOR_EVER

    def is_for(self, call: Call) -> bool:
        """Check if a call gets this fault."""
        same = (self.service, self.operation) == (call.service, call.operation)
        return same and self.about in json.dumps(call.params, default=str)

    def response(self, protocol: str) -> Response:
        """Build the error response of a protocol. Source: the Smithy specifications of the AWS protocols."""
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
    """Active faults with their remaining calls."""

    def __init__(self) -> None:
        self._left: dict[Fault, int] = {}

    def set(self, faults: list[dict[str, Any]]) -> None:
        """Replace the active faults."""
        self._left = {fault: fault.times for fault in (Fault(**found) for found in faults)}

    def take(self, call: Call) -> Fault | None:
        """Return the fault for a call and count it; None if there is none."""
        for fault, left in self._left.items():
            if left > 0 and fault.is_for(call):
                self._left[fault] = left - 1
                return fault
        return None

    @property
    def used(self) -> list[int]:
        """Number of calls that got each fault."""
        return [fault.times - left for fault, left in self._left.items()]


def as_json(faults: tuple[Fault, ...]) -> bytes:
    """Encode faults for the emulator."""
    return json.dumps([asdict(fault) for fault in faults]).encode()
