"""Uploads stay in their folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from taggov.costs.dashboard.uploads import save_upload, without_folder


@dataclass
class Sent:
    name: str
    content: bytes = b"content"

    def getvalue(self) -> bytes:
        return self.content


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("costs.csv", "costs.csv"),
        ("../../costs.csv", "costs.csv"),
        ("/etc/costs.csv", "costs.csv"),
        ("..\\costs.csv", "costs.csv"),
        ("..", "upload"),
    ],
)
def test_no_name_leaves_the_folder(tmp_path: Path, name: str, kept_as: str) -> None:
    file = save_upload(tmp_path, Sent(name))

    assert file.name == kept_as
    assert tmp_path in file.resolve().parents
    assert file.read_bytes() == b"content"


def test_the_path_tells_the_content(tmp_path: Path) -> None:
    assert save_upload(tmp_path, Sent("costs.csv")) == save_upload(tmp_path, Sent("costs.csv"))
    assert save_upload(tmp_path, Sent("costs.csv", b"other")) != save_upload(tmp_path, Sent("costs.csv"))


def test_only_the_owner_can_look_in(tmp_path: Path) -> None:
    assert save_upload(tmp_path, Sent("costs.csv")).parent.stat().st_mode & 0o077 == 0


def test_messages_call_uploads_as_the_user_does(tmp_path: Path) -> None:
    one, other = save_upload(tmp_path, Sent("one.csv")), save_upload(tmp_path, Sent("other.csv"))

    assert without_folder(tmp_path, f"{one} and {other}, line 2: no 1/2") == "one.csv and other.csv, line 2: no 1/2"
    assert without_folder(tmp_path, "/elsewhere/costs.csv: no") == "/elsewhere/costs.csv: no"
