"""`python -m tools.release VERSION`: check that a version can be released, and print the command that tags it."""

from __future__ import annotations

import argparse
import sys

from tools import ROOT
from tools.release.changelog import sections
from tools.release.checks import AT_THE_TAG, BEFORE_THE_TAG, problems
from tools.release.version import Version, parse


def main() -> int:
    """Return 0 when the version can be released, 1 after a line for each problem."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("version", metavar="VERSION", help="MAJOR.MINOR.PATCH")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--tagged", action="store_true", help="check the commit of an existing tag instead of main")
    what.add_argument("--notes", action="store_true", help="print the section of the changelog and check nothing")
    options = parser.parse_args()
    try:
        version = parse(options.version)
    except ValueError as error:
        parser.error(str(error))

    if options.notes:
        return _print_notes(version)
    found = problems(ROOT, version, AT_THE_TAG if options.tagged else BEFORE_THE_TAG)
    for line in found:
        print(line, file=sys.stderr)
    if not found and not options.tagged:
        print(f"{version} is ready. To release it:\n")
        print(f'  git tag --annotate {version.tag} --message "{version}"')
        print(f"  git push origin {version.tag}")
    return int(bool(found))


def _print_notes(version: Version) -> int:
    section = sections((ROOT / "CHANGELOG.md").read_text("utf-8")).get(str(version))
    if section is None:
        print(f"CHANGELOG.md: has no section for {version}", file=sys.stderr)
        return 1
    print(section.text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
