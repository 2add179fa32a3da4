"""Checks of a release. Each yields a line for what is wrong: the file, and what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from tools.release.changelog import UNRELEASED, Section, sections
from tools.release.pins import pins, unpinned_readmes
from tools.release.version import VERSION_FILE, Version, parse, written

Check = Callable[[Path, Version], Iterator[str]]

BRANCH = "main"
ZIP = "modules/remediation/lambda/tag_governance.zip"


def clean_tree(root: Path, version: Version) -> Iterator[str]:
    changed = _git(root, "status", "--porcelain").splitlines()
    if changed:
        yield f"{changed[0][3:]}: not committed ({len(changed)} in all): commit what belongs to {version}"


def on_branch(root: Path, version: Version) -> Iterator[str]:
    branch = _git(root, "branch", "--show-current")
    if branch != BRANCH:
        yield f'branch "{branch}": {version} is tagged on {BRANCH}: run `git switch {BRANCH}`'


def written_version(root: Path, version: Version) -> Iterator[str]:
    found = written(root)
    if found != str(version):
        yield f'{VERSION_FILE}: __version__ is "{found}": set it to "{version}"'


def changelog_section(root: Path, version: Version) -> Iterator[str]:
    found = sections((root / "CHANGELOG.md").read_text("utf-8"))
    section = found.get(str(version))
    if section is None or not section.text:
        yield f"CHANGELOG.md: has nothing for {version}: add ## [{version}] - YYYY-MM-DD and what changed"
    elif not _is_date(section.date):
        yield f'CHANGELOG.md: the date of {version} is "{section.date}": write ## [{version}] - YYYY-MM-DD'


def nothing_unreleased(root: Path, version: Version) -> Iterator[str]:
    for name in ("CHANGELOG.md", "UPGRADING.md"):
        found = sections((root / name).read_text("utf-8"))
        if found.get(UNRELEASED, Section("", "")).text:
            yield f"{name}: {UNRELEASED} is not empty: move it to {version}"


def generated_files(root: Path, version: Version) -> Iterator[str]:
    done = _python(root, "-m", "tools.docs", "--check")
    stale = [line.removeprefix("--- ").strip() for line in done.stdout.splitlines() if line.startswith("--- ")]
    for name in stale:
        yield f"{name}: its tables are not those of {version}: run `make docs`"
    if done.returncode and not stale:
        yield f"tools/docs: {done.stderr.strip().splitlines()[-1]}"


def fresh_zip(root: Path, version: Version) -> Iterator[str]:
    if _python(root, "lambda_src/build.py", "--check").returncode:
        yield f"{ZIP}: not built from lambda_src/tag_governance of {version}: run `make build`"


def pinned_versions(root: Path, version: Version) -> Iterator[str]:
    for pin in pins(root, version):
        if pin.found != pin.expected:
            yield f'{pin.file}:{pin.line}: the version is "{pin.found}": write "{pin.expected}"'
    for readme in unpinned_readmes(root):
        yield f'{readme}: no source = ".../tag-governance/aws": add a call with version = "{version.constraint}"'


def newest_version(root: Path, version: Version) -> Iterator[str]:
    tagged = [parsed for tag in _git(root, "tag", "--list", "v*").splitlines() if (parsed := _parsed(tag))]
    if tagged and version <= max(tagged):
        yield f"tag {max(tagged).tag}: {version} is not newer: choose a version after it"


def tag_here(root: Path, version: Version) -> Iterator[str]:
    if version.tag not in _git(root, "tag", "--points-at", "HEAD").splitlines():
        yield f"tag {version.tag}: does not point at this commit: check out the tag"


CONTENT: tuple[Check, ...] = (
    clean_tree,
    written_version,
    changelog_section,
    nothing_unreleased,
    generated_files,
    fresh_zip,
    pinned_versions,
)
BEFORE_THE_TAG: tuple[Check, ...] = (on_branch, newest_version, *CONTENT)
AT_THE_TAG: tuple[Check, ...] = (tag_here, *CONTENT)


def problems(root: Path, version: Version, checks: tuple[Check, ...]) -> list[str]:
    """Run all checks and collect their lines."""
    return [line for check in checks for line in check(root, version)]


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _parsed(tag: str) -> Version | None:
    try:
        return parse(tag.removeprefix("v"))
    except ValueError:
        return None


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def _python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=root, capture_output=True, text=True, check=False)
