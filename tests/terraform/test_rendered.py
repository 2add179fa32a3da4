"""Runs the `*.tftest.hcl` files beside this one: what the modules render, asserted where it is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import WORK
from tools.emulator.terraform import Terraform, copy_module

FOLDER = Path("tests/terraform")
FILES = sorted(path.name for path in Path(__file__).parent.glob("*.tftest.hcl"))


@pytest.fixture(scope="module")
def root(worker_id: str) -> Terraform:
    terraform = Terraform(copy_module(WORK / f"rendered-{worker_id}"), {})
    terraform.run("init", "-input=false", "-no-color", "-backend=false", f"-test-directory={FOLDER}")
    return terraform


@pytest.mark.parametrize("file", FILES)
def test_modules_render_what_their_tests_say(root: Terraform, file: str) -> None:
    root.run("test", "-no-color", f"-test-directory={FOLDER}", f"-filter={FOLDER / file}")
