"""The walls between the folders of the function, and between it and the tooling (contracts in pyproject.toml)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

from tools import ROOT


def test_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("lambda_src", "cli", "."))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_allocation_engine_is_the_standard_library_alone() -> None:
    """It runs in Lambda, where nothing is installed, and in no other way than here."""
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "lambda_src" / "cost_allocation").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert "decimal" in imported
    assert imported - {"cost_allocation"} <= sys.stdlib_module_names
    assert not imported & {"os", "pathlib", "random", "socket", "subprocess", "time", "urllib"}
