"""Runs `tests/*.tftest.hcl`, as plain `terraform test` does: what the modules render, asserted where it is rendered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.terraform.conftest import TESTS, Rendered
from tools import ROOT

FILES = sorted(path.name for path in Path(ROOT, TESTS).glob("*.tftest.hcl"))


@pytest.mark.parametrize("file", FILES)
def test_modules_render_what_their_tests_say(rendered: Rendered, file: str) -> None:
    assert re.search(r"^Success! [1-9]\d* passed, 0 failed\.$", rendered.test(file, "-no-color"), re.MULTILINE)
