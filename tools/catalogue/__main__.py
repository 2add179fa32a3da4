"""`python -m tools.catalogue`: write the catalogue, or check that it is fresh."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tools import ROOT
from tools.catalogue.document import generate, rendered
from tools.catalogue.news import news
from tools.catalogue.report import numbers, report
from tools.catalogue.terraform import rendered as rendered_terraform
from tools.catalogue.terraform import terraform

CATALOGUE = ROOT / "lambda_src" / "tag_governance" / "catalogue.json"
TERRAFORM = ROOT / "modules" / "internal" / "catalogue" / "catalogue.json"
REPORT = ROOT / "docs" / "CATALOGUE-GAPS.md"


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when --check finds another catalogue than it would write."""
    parser = argparse.ArgumentParser(prog="python -m tools.catalogue", description=__doc__)
    parser.add_argument("--output", type=Path, default=CATALOGUE, help="where to write it (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with what is there")
    parser.add_argument("--terraform", type=Path, default=TERRAFORM, help="what modules read (default: %(default)s)")
    parser.add_argument("--report", type=Path, default=REPORT, help="what is left out (default: %(default)s)")
    parser.add_argument("--news", action="store_true", help="write nothing; say what AWS has added and dropped since")
    options = parser.parse_args(arguments)
    generated = generate()
    if options.news:
        print(*news(json.loads(options.output.read_text(encoding="utf-8")), generated.document), sep="\n")
        return 0
    print(numbers(generated), end="")
    files = {
        options.output: rendered(generated.document),
        options.terraform: rendered_terraform(terraform(generated.document)),
        options.report: report(generated),
    }
    if options.check:
        stale = [str(p) for p, text in files.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
        print(f"stale, run make catalogue: {', '.join(stale)}" if stale else "fresh")
        return 1 if stale else 0
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
