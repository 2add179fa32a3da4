"""`python -m tools.mutate [PATH ...] [--since COMMIT] [--tests PATH ...]`: print the mistakes that no test notices.

Python files are mutated by mutmut, Terraform files by the table in `terraform.yaml`. Without paths, everything is.
Exit status: 0 when every mistake was noticed, 1 when some were not, 2 when the tests fail without any.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from tools import ROOT, checkout
from tools.mutate import python, terraform
from tools.mutate.workspace import BaselineError


def main() -> int:
    """Mutate what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders to mutate")
    parser.add_argument("--since", metavar="COMMIT", help="mutate the files that changed since this commit")
    parser.add_argument("--tests", nargs="+", default=[], metavar="PATH", help="instead of the tests of the package")
    options = parser.parse_args()
    files = _changed(options.since) if options.since else checkout.files(*options.paths)
    try:
        survivors = [*python.survivors(files, options.tests), *terraform.survivors(files)]
    except BaselineError as error:
        print(error, file=sys.stderr)
        return 2
    for survivor in survivors:
        print(survivor)
    print(f"{len(survivors)} mistakes that no test notices")
    return int(bool(survivors))


def _changed(commit: str) -> list[str]:
    command = ["git", "diff", "--name-only", "--diff-filter=d", commit]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
