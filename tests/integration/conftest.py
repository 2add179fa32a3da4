"""An embedded AWS for each worker, with its logs in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.applied_examples import shared_copy
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


@pytest.fixture(scope="session")
def module(pytestconfig: pytest.Config, testrun_uid: str) -> Path:
    """Copy the module to where pytest-terraform looks for its examples."""
    examples = pytestconfig.rootpath / pytestconfig.getini("terraform-mod-dir")
    return shared_copy(examples.parent, testrun_uid)
