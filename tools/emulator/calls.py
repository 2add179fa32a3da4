"""AWS calls of the deployed functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CALLS_FILE, ORGANIZATIONS_URL = "EMULATOR_CALLS_FILE", "EMULATOR_ORGANIZATIONS_URL"
"""Variables of an emulator: the file to which it writes calls, and where those of Organizations go."""


@dataclass(frozen=True)
class Call:
    """Request of a deployed function.

    `principal` is the ARN of the role that made it. `params` are the parameters of the SDK, with the names of the API.
    """

    principal: str
    service: str
    operation: str
    region: str
    params: Mapping[str, Any]

    @property
    def line(self) -> str:
        """The call as one line of JSON."""
        return json.dumps(asdict(self), default=str)


def read_calls(path: Path) -> list[Call]:
    """Read calls from a file with one call per line."""
    return [Call(**json.loads(line)) for line in path.read_text().splitlines()]
