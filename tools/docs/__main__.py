"""`python -m tools.docs [--check]`: bring the tables of the READMEs up to date, or say which are not."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from tools import ROOT

from .markdown import tables
from .module import inputs, outputs

BEGIN = "<!-- BEGIN TABLES -->\n"
END = "<!-- END TABLES -->"


def main() -> int:
    """0 when every README is up to date or was brought up to date, 1 when one is not."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; show what would change and exit with 1")
    check = parser.parse_args().check

    stale = False
    for readme in sorted([*ROOT.glob("README.md"), *ROOT.glob("modules/*/README.md")]):
        text = readme.read_text()
        wanted = _updated(text, readme)
        if text == wanted:
            continue
        if check:
            stale = True
            name = str(readme.relative_to(ROOT))
            sys.stdout.writelines(
                difflib.unified_diff(text.splitlines(True), wanted.splitlines(True), name, f"{name} (generated)")
            )
        else:
            readme.write_text(wanted)
    return int(stale)


def _updated(text: str, readme: Path) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{readme.relative_to(ROOT)}: put {BEGIN.strip()} and {END} where its tables belong")
    return f"{before}{BEGIN}{tables(inputs(readme.parent), outputs(readme.parent))}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
