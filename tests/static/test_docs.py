"""The input and output tables in the READMEs say what the code says."""

from __future__ import annotations

import subprocess
import sys

from tools import ROOT


def test_tables_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, "run `make docs`\n" + done.stdout + done.stderr
