"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from taggov.costs.reports.atomic import OutputError, whole_file


def test_a_file_appears_when_the_block_ends_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"

    with whole_file(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.parent == target.parent
        assert temporary.name.startswith(".")

    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_a_failure_half_way_keeps_the_old_file(tmp_path: Path, fault: type[BaseException]) -> None:
    target = tmp_path / "report.csv"
    target.write_text("old")

    def write_half() -> None:
        with whole_file(target) as temporary:
            temporary.write_text("half")
            raise fault

    with pytest.raises(fault):
        write_half()

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    said = r"report\.csv cannot be written: No space left on device$"

    with pytest.raises(OutputError, match=said), whole_file(tmp_path / "report.csv"):
        raise OSError(28, "No space left on device")

    assert not list(tmp_path.iterdir())


def test_a_new_file_has_the_rights_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "report.csv"):
            pass
    finally:
        os.umask(before)

    assert (tmp_path / "report.csv").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "june.csv").write_text("old")
    link = tmp_path / "latest.csv"
    link.symlink_to("june.csv")

    with whole_file(link) as temporary:
        temporary.write_text("new")

    assert link.is_symlink()
    assert (tmp_path / "june.csv").read_text() == "new"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"there is no folder .*/nowhere$"),
        whole_file(tmp_path / "nowhere" / "a.csv"),
    ):
        pass


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder; name a file"), whole_file(tmp_path):
        pass


def test_what_is_neither_file_nor_folder_is_not_replaced(tmp_path: Path) -> None:
    # Use a pipe instead of a device: if the check was missing, a test must not replace a device of the machine.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(OutputError, match="it is not a file; name a file"), whole_file(pipe):
        pass

    assert pipe.is_fifo()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(OutputError, match=r"cannot be written: Permission denied$"), whole_file(tmp_path / "a.csv"):
        pass
