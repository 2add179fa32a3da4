"""Choice of files and tests for mutations, and a mistake that is put in and taken out again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools import ROOT
from tools.mutate import python, terraform
from tools.mutate.workspace import BaselineError


def test_the_old_text_of_every_edit_stands_in_its_file_once() -> None:
    wrong = [edit for edit in terraform.edits() if (ROOT / edit.path).read_text().count(edit.old) != 1]

    assert wrong == []


def test_no_edit_is_there_twice() -> None:
    counted = Counter((edit.path, edit.old, edit.new) for edit in terraform.edits())

    assert len(counted) > 15
    assert counted.most_common(1)[0][1] == 1


def test_tests_of_edits_and_of_packages_exist() -> None:
    named = {edit.test.split("::")[0] for edit in terraform.edits()} | {
        test for tests in python.TESTS.values() for test in tests
    }

    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_module_of_the_packages_has_tests() -> None:
    files = {
        str(path.relative_to(ROOT))
        for package, folder in python.PACKAGES.items()
        for path in (ROOT / folder / package).rglob("*.py")
    }

    assert {file for file in files if not python.tests_of(file)} == set()
    assert python.tests_of("tools/mutate/python.py") == ()


@pytest.fixture
def tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a repository with one Terraform file and a test of it."""
    (tmp_path / "main.tf").write_text('values = ["false"]\n')
    (tmp_path / "test_main.py").write_text(
        "from pathlib import Path\n\n\ndef test_values() -> None:\n"
        "    assert 'values = [\"false\"]' in Path('main.tf').read_text()\n"
    )
    monkeypatch.setattr(terraform, "copy_repository", lambda _: tmp_path)
    return tmp_path


@pytest.mark.parametrize(("new", "lives"), [('["true"]', 0), ('["false"] # values', 1)])
def test_an_edit_that_no_test_notices_is_said(
    tested: Path, monkeypatch: pytest.MonkeyPatch, new: str, lives: int
) -> None:
    edit = terraform.Edit("main.tf", '["false"]', new, "test_main.py")
    monkeypatch.setattr(terraform, "edits", lambda: [edit])

    assert len([*terraform.survivors(["main.tf"])]) == lives
    assert (tested / "main.tf").read_text() == 'values = ["false"]\n'
    assert [*terraform.survivors(["other.tf"])] == []


def test_tests_that_fail_without_an_edit_are_an_error(tested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "edits", lambda: [terraform.Edit("main.tf", "[]", "[1]", "test_main.py")])
    (tested / "main.tf").write_text("values = []\n")

    with pytest.raises(BaselineError, match="test_values"):
        [*terraform.survivors(["main.tf"])]
