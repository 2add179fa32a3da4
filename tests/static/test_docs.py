"""READMEs are where people look for them, and their tables say what the code says."""

from __future__ import annotations

import subprocess
import sys

from tools import ROOT


def test_tables_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, "run `make docs`\n" + done.stdout + done.stderr


def test_a_module_has_a_readme_if_it_is_for_others_to_call() -> None:
    """By HashiCorp's convention a nested module without a README is internal."""
    folders = {path.parent.relative_to(ROOT / "modules").as_posix() for path in ROOT.glob("modules/**/*.tf")}

    assert {name for name in folders if not name.startswith("internal/")} == {
        path.parent.name for path in ROOT.glob("modules/*/README.md")
    }
    assert not list(ROOT.glob("modules/internal/**/README.md"))
