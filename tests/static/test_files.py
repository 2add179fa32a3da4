"""Rules that must hold for every file of the repository."""

from __future__ import annotations

import re

from tools import ROOT
from tools.checkout import files

LONGEST_FILE = 400
# ruff sees to Python's, but `terraform fmt` leaves lines as long as they are
LONGEST_TERRAFORM_LINE = 140


def test_no_source_file_is_too_long() -> None:
    too_long = {
        path: lines
        for path in files("*.py", "*.tf")
        if (lines := len((ROOT / path).read_text().splitlines())) > LONGEST_FILE
    }

    assert too_long == {}


def test_no_terraform_line_is_too_long() -> None:
    too_long = {
        f"{path}:{number}": len(line)
        for path in files("*.tf", "*.hcl")
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if len(line) > LONGEST_TERRAFORM_LINE
    }

    assert too_long == {}


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    locks = files("requirements/*.txt")
    assert locks
    for path in locks:
        text = (ROOT / path).read_text()
        pins = re.findall(r"^[A-Za-z0-9_.-]+==", text, re.MULTILINE)

        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text), path
        assert pins, path
        assert text.count("--hash=sha256:") >= len(pins), path


def test_nothing_unfinished_is_left_behind() -> None:
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b")
    found = [
        f"{path}:{number}"
        for path in files("*.py", "*.tf", "*.hcl", "*.md", "Makefile")
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if words.search(line)
    ]

    assert found == []
