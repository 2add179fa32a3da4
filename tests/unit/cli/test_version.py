"""`taggov --version`."""

from __future__ import annotations

import re
import tomllib

from tests.support.command_line import taggov
from tools import ROOT


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    result = taggov("--version")

    assert result.exit_code == 0
    assert re.fullmatch(r"taggov \d+\.\d+\.\d+\n", result.stdout)
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "taggov.__version__"}
