"""The committed zip is what lambda_src/build.py makes of the sources, byte for byte."""

from __future__ import annotations

import subprocess
import sys
import zipfile

from tools import ROOT

BUILD = ROOT / "lambda_src" / "build.py"
COMMITTED = ROOT / "modules" / "remediation" / "lambda" / "tag_governance.zip"


def test_the_committed_zip_is_fresh() -> None:
    done = subprocess.run([sys.executable, str(BUILD), "--check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_zip_holds_the_function_and_nothing_else() -> None:
    names = zipfile.ZipFile(COMMITTED).namelist()

    assert "tag_governance/handlers/remediate.py" in names
    assert "tag_governance/catalogue.json" in names
    assert all(name.startswith("tag_governance/") for name in names)
    assert not [name for name in names if "__pycache__" in name]
