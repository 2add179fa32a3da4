"""examples/disabled: `create = false` leaves nothing."""

from __future__ import annotations

from tools.emulator.stack import Stack
from tools.emulator.terraform import Terraform, copy_module


def test_nothing_is_made(stack: Stack) -> None:
    terraform = Terraform(copy_module(stack.folder / "disabled") / "examples" / "disabled", stack.environment())
    terraform.init()

    terraform.apply()

    assert terraform.resources() == []
