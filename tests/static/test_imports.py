"""The walls between the pure modules, the ones that touch AWS, and the tooling (contracts in pyproject.toml)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib

from tools import ROOT

PACKAGE = ROOT / "lambda_src" / "tag_governance"


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


def test_every_module_of_the_function_stands_on_one_side_of_the_wall() -> None:
    """A module that no contract names could touch AWS unseen."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    walls = next(c for c in contracts if c["name"].startswith("observe, decide and plan do not know"))
    named = {*walls["source_modules"], *walls["forbidden_modules"]}
    modules = {f"tag_governance.{path.stem}" for path in PACKAGE.glob("*.py") if path.stem != "__init__"}

    assert modules == named


def test_the_allocation_engine_is_the_standard_library_alone() -> None:
    """It runs in Lambda, where nothing is installed, and in no other way than here."""
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "lambda_src" / "cost_allocation").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
    }

    assert "decimal" in imported
    assert imported <= sys.stdlib_module_names
    assert not imported & {"os", "pathlib", "random", "socket", "subprocess", "time", "urllib"}
