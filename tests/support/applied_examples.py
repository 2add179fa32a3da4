"""Examples that pytest-terraform applies, and the command line beside it for what it has no verb for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import portalocker
from pytest_terraform import tf

from tools import WORK
from tools.emulator.terraform import PARALLEL, Terraform, copy_module


def shared_copy(folder: Path, run: str) -> Path:
    """Copy the module once for all processes of a run: pytest-terraform looks for its roots in one folder."""
    mark = folder / "run"
    WORK.mkdir(exist_ok=True)
    with portalocker.Lock(folder.with_suffix(".lock")):
        if not mark.is_file() or mark.read_text() != run:
            copy_module(folder)
            mark.write_text(run)
    return folder


@contextmanager
def environment_of(terraform: Terraform) -> Iterator[None]:
    """Let pytest-terraform, which runs in the environment of the process, run as our own command does."""
    parallel = {f"TF_CLI_ARGS_{verb}": PARALLEL for verb in ("apply", "destroy")}
    with patch.dict(os.environ, terraform.environment | parallel, clear=True):
        # It would take OpenTofu where there is both.
        tf.LazyTfBin.value = "terraform"
        yield


def beside(state: Any, terraform: Terraform) -> Terraform:
    """Return the command on the state of a pytest-terraform fixture, in the root module that it applied."""
    runner = state.terraform
    arguments = {
        f"TF_CLI_ARGS_{verb}": f"-state={runner.state_path}" for verb in ("plan", "apply", "output", "state_list")
    }
    return Terraform(terraform.folder, terraform.environment | {"TF_DATA_DIR": runner.work_dir} | arguments)
