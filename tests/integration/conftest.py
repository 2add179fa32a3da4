"""An embedded AWS for each worker, with its logs in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools import WORK
from tools.emulator.stack import Stack, running


@pytest.fixture(scope="session")
def stack(worker_id: str) -> Iterator[Stack]:
    with running(WORK / f"integration-{worker_id}") as started:
        yield started
