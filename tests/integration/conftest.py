"""An embedded AWS for each worker, with its logs in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools import WORK
from tools.emulator import organization
from tools.emulator.organization import Organization
from tools.emulator.stack import Stack, running


@pytest.fixture(scope="session")
def stack(worker_id: str) -> Iterator[Stack]:
    with running(WORK / f"integration-{worker_id}") as started:
        yield started


@pytest.fixture(scope="session")
def created(stack: Stack) -> Organization:
    """Create the organization, of which an emulator has one."""
    return organization.create(stack)
