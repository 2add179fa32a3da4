"""examples/disabled: `create = false` leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_terraform import terraform

from tests.support.applied_examples import beside, environment_of
from tools.emulator import examples
from tools.emulator.stack import Stack
from tools.emulator.terraform import Terraform


@pytest.fixture(scope="module", autouse=True)
def example(stack: Stack, module: Path) -> Iterator[Terraform]:
    prepared = examples.disabled(stack, module)
    with environment_of(prepared):
        yield prepared


@terraform("disabled", scope="module")
def test_nothing_is_made(disabled: Any, example: Terraform) -> None:
    assert disabled.resources == {}
    assert beside(disabled, example).resources() == []
