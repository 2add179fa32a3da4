"""Runs the `*.tftest.hcl` files beside this one: what the modules render, asserted where it is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terraform.conftest import Rendered

FILES = sorted(path.name for path in Path(__file__).parent.glob("*.tftest.hcl"))


@pytest.mark.parametrize("file", FILES)
def test_modules_render_what_their_tests_say(rendered: Rendered, file: str) -> None:
    rendered.test(file, "-no-color")
