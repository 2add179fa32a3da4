"""`python -m tools.docs [--check]`: bring the generated tables and pages up to date, or say which are not."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from taggov.catalogue.entries import read_entries
from taggov.lint.interface import document_of, read_interface
from tools import ROOT
from tools.docs.coverage import page
from tools.docs.markdown import tables
from tools.docs.module import inputs, outputs

COVERAGE = ROOT / "docs" / "CATALOGUE.md"
LINTED = ROOT / "cli" / "taggov" / "lint" / "variables.json"
BEGIN = "<!-- BEGIN TABLES -->\n"
END = "<!-- END TABLES -->"


def main() -> int:
    """0 when everything is up to date or was brought up to date, 1 when something is not."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; show what would change and exit with 1")
    check = parser.parse_args().check

    stale = False
    for path, wanted in _generated():
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text == wanted:
            continue
        if check:
            stale = True
            name = str(path.relative_to(ROOT))
            sys.stdout.writelines(
                difflib.unified_diff(text.splitlines(True), wanted.splitlines(True), name, f"{name} (generated)")
            )
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
    return int(stale)


def _generated() -> Iterator[tuple[Path, str]]:
    """Every file that is generated, or has a generated part, and what it should say."""
    for readme in sorted([*ROOT.glob("README.md"), *ROOT.glob("modules/*/README.md")]):
        yield readme, _updated(readme.read_text(encoding="utf-8"), readme)
    yield COVERAGE, page(read_entries())
    yield LINTED, json.dumps(document_of(read_interface(ROOT)), indent=2) + "\n"


def _updated(text: str, readme: Path) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{readme.relative_to(ROOT)}: put {BEGIN.strip()} and {END} where its tables belong")
    return f"{before}{BEGIN}{tables(inputs(readme.parent), outputs(readme.parent))}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
