"""Mutation of Terraform by a table of edits, each with the narrow test that must fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import yaml

from tools.checkout import copy_repository
from tools.mutate.workspace import FOLDER, BaselineError, run_tests

TABLE = Path(__file__).with_name("terraform.yaml")


@dataclass(frozen=True)
class Edit:
    """A mistake in a Terraform file.

    Attributes:
        path: the file.
        old: text that stands in it once.
        new: the text that takes its place.
        test: the test that must fail.
    """

    path: str
    old: str
    new: str
    test: str


def edits() -> list[Edit]:
    """Read the table."""
    return [Edit(test=test, **edit) for test, rows in yaml.safe_load(TABLE.read_text()).items() for edit in rows]


def survivors(files: Sequence[str]) -> Iterator[str]:
    """Make each edit of these files; yield those that their test does not notice.

    Raises:
        BaselineError: a test fails although nothing is edited.
    """
    wanted = [edit for edit in edits() if edit.path in set(files)]
    if not wanted:
        return
    folder = copy_repository(FOLDER / "terraform")
    for test, group in groupby(wanted, key=lambda edit: edit.test):
        if failure := run_tests(folder, test):
            raise BaselineError(failure)
        yield from (
            f"{edit.path}: {edit.old!r} to {edit.new!r}: survived {test}" for edit in group if _lives(folder, edit)
        )


def _lives(folder: Path, edit: Edit) -> bool:
    path = folder / edit.path
    text = path.read_text()
    path.write_text(text.replace(edit.old, edit.new))
    try:
        return run_tests(folder, edit.test) is None
    finally:
        path.write_text(text)
