"""The terraform command on a working copy of this module."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools import ROOT, WORK
from tools.emulator import plugins

_COPIED = ("*.tf", "modules", "examples", "lambda_src")
_TESTS = ("tests/*.tftest.hcl", "tests/terraform", "docs/EVENT-PATTERNS.md", "docs/LIMITS.md")
_IGNORED = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__", "*.py")

# The provider waits half a minute for each queue; with the default of 10 the other resources would have to wait.
PARALLEL = "-parallelism=30"

# Less frequent garbage collection of Go: a plan takes a third less CPU time, and more memory.
_GOGC = "800"

OnLine = Callable[[str], None]


class TerraformError(Exception):
    """Error: a terraform command failed. The message is its output."""


def copy_module(destination: Path, source: Path = ROOT, *, tests: bool = False) -> Path:
    """Copy all files that Terraform reads to a new folder, to keep state, locks and plugins out of the checkout.

    Where its tests are, Terraform wants their provider too, and hashes its 700 MB before each command.
    """
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    for pattern in _COPIED + (_TESTS if tests else ()):
        for path in sorted(source.glob(pattern)):
            target = destination / path.relative_to(source)
            if path.is_dir():
                shutil.copytree(path, target, ignore=_IGNORED)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
    return destination


class Terraform:
    """The terraform command in one folder.

    Args:
        folder: the root module.
        environment: variables in addition to the caller's, from which AWS settings and proxies are removed.
        on_line: is called with each line of output while Terraform runs.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], on_line: OnLine | None = None) -> None:
        self.folder = folder
        self.environment = _environment(environment)
        self._on_line = on_line

    def init(self) -> None:
        """Install providers and modules, without a backend."""
        self.run("init", "-input=false", "-no-color", "-backend=false")

    def validate(self) -> None:
        """Validate the module.

        Raises:
            TerraformError: the module is not valid. The message contains the diagnostics.
        """
        self.run("validate", "-no-color")

    def plan(self, out: Path | None = None) -> None:
        """Plan, and save the plan if `out` is given."""
        self.run("plan", "-input=false", "-no-color", *([f"-out={out}"] if out else []))

    def apply(self, plan: Path | None = None) -> None:
        """Apply the saved plan, or plan and apply."""
        self.run("apply", "-input=false", "-no-color", "-auto-approve", PARALLEL, *([str(plan)] if plan else []))

    def changes(self) -> str:
        """Return the output of a new plan if it has changes, else an empty text."""
        status, text = self._execute(("plan", "-input=false", "-no-color", "-detailed-exitcode"))
        if status == 1:
            raise TerraformError(_diagnostics(text))
        return text if status == 2 else ""

    def destroy(self, refresh: bool = True) -> None:
        """Destroy everything in the state. Without `refresh` the state is used as it is."""
        refreshing = "-refresh=true" if refresh else "-refresh=false"
        self.run("destroy", "-input=false", "-no-color", "-auto-approve", PARALLEL, refreshing)

    def resources(self) -> list[str]:
        """List the addresses in the state."""
        return [line for line in self.run("state", "list").splitlines() if line]

    def outputs(self) -> dict[str, Any]:
        """Return all outputs, name to value."""
        found = json.loads(self.run("output", "-json", "-no-color"))
        return {name: output["value"] for name, output in found.items()}

    def run(self, *arguments: str) -> str:
        """Run terraform and return its output.

        Raises:
            TerraformError: it failed.
        """
        status, text = self._execute(arguments)
        if status != 0:
            raise TerraformError(f"terraform {arguments[0]} in {self.folder.name}:\n{_diagnostics(text)}")
        return text

    def _execute(self, arguments: Sequence[str]) -> tuple[int, str]:
        # In a new session, so that Ctrl-C does not interrupt Terraform during an apply.
        process = subprocess.Popen(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line)
                if self._on_line is not None:
                    self._on_line(line.rstrip())
            return process.wait(), "".join(lines)
        except BaseException:
            # Let Terraform write its state before the destroy.
            process.terminate()
            process.communicate()
            raise


def _diagnostics(text: str) -> str:
    """Return the output from the first error on, without the plan before it."""
    start = text.find("\nError: ")
    return text[start + 1 :] if start >= 0 else text


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") or name == "AWS_CA_BUNDLE"}
    if kept.get("TF_CLI_CONFIG_FILE") and not Path(kept["TF_CLI_CONFIG_FILE"]).is_file():
        del kept["TF_CLI_CONFIG_FILE"]
    configuration = plugins.configuration(WORK)
    if configuration is not None:
        kept["TF_CLI_CONFIG_FILE"] = str(configuration)
    return {"GOGC": _GOGC, **kept, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", **extra}
