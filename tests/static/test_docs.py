"""Documentation: READMEs are where people look for them, tables, links and names of tests are true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("cli/*.md"),
        *ROOT.glob("examples/*/README.md"),
        *ROOT.glob("modules/*/README.md"),
    ]
)
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
ELSEWHERE = ("http://", "https://", "mailto:")
LONGEST_README = 200


def test_tables_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, "run `make docs`\n" + done.stdout + done.stderr


def test_a_module_has_a_readme_if_it_is_for_others_to_call() -> None:
    """By HashiCorp's convention a nested module without a README is internal."""
    folders = {path.parent.relative_to(ROOT / "modules").as_posix() for path in ROOT.glob("modules/**/*.tf")}

    assert {name for name in folders if not name.startswith("internal/")} == {
        path.parent.name for path in ROOT.glob("modules/*/README.md")
    }
    assert not list(ROOT.glob("modules/internal/**/README.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_point_to_files_that_exist(page: Path) -> None:
    targets = {target: page.parent / target.partition("#")[0] for _, target in links(page) if target[0] != "#"}

    assert {target for target, file in targets.items() if not file.exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_point_to_headings_that_exist(page: Path) -> None:
    broken = []
    for _, target in links(page):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if anchor and anchor not in anchors(file / "README.md" if file.is_dir() else file):
            broken.append(target)

    assert broken == []


def test_the_readme_is_short_before_its_tables() -> None:
    text, _, _ = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- BEGIN TABLES -->")

    assert text.count("\n") < LONGEST_README


def test_tests_that_the_docs_name_exist() -> None:
    named = [
        (page.parent / target, text.strip("`"))
        for page in PAGES
        for text, target in links(page)
        if text.startswith("`") and re.search(r"/test_\w+\.py$|\.tftest\.hcl$", target)
    ]
    missing = [
        f"{name} in {file.name}"
        for file, name in named
        if "/" not in name
        and "." not in name
        and not re.search(rf'^(def {name}\(|run "{name}")', file.read_text(), re.M)
    ]

    assert named
    assert missing == []


def links(page: Path) -> list[tuple[str, str]]:
    """Text and target of every link of a page to a file of this repository."""
    found = [(link["text"], link["target"]) for link in LINK.finditer(page.read_text(encoding="utf-8"))]
    return [(text, target) for text, target in found if not target.startswith(ELSEWHERE)]


def anchors(page: Path) -> set[str]:
    """Anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
