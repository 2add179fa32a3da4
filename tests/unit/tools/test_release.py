"""Checks of a release, each broken once in a copy of the repository that could be released."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from taggov import __version__
from tools.checkout import copy_repository
from tools.release import checks
from tools.release.changelog import sections
from tools.release.version import Version, parse

VERSION = parse(__version__)
CHANGELOG = f"# Changelog\n\n## [Unreleased]\n\n## [{VERSION}] - 2026-11-30\n\n### Added\n\n- All of it.\n"
UPGRADING = f"# Upgrading\n\n## {VERSION}\n\n- Nothing.\n"


@pytest.fixture(scope="module")
def releasable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of what is here but the tests, with a changelog, all of it committed."""
    root = copy_repository(tmp_path_factory.mktemp("releasable") / "repository", ":!tests")
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    (root / "UPGRADING.md").write_text(UPGRADING)
    for command in (["lambda_src/build.py"], ["-m", "tools.docs"]):
        subprocess.run([sys.executable, *command], cwd=root, check=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Someone")
    git(root, "config", "user.email", "someone@example.com")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "feat: all of it")
    return root


@pytest.fixture
def repository(releasable: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", str(releasable), "repository")
    return tmp_path / "repository"


def test_a_version_that_is_ready_is_not_tagged_but_its_command_is_printed(repository: Path) -> None:
    done = release(repository, str(VERSION))

    assert (done.returncode, done.stderr) == (0, "")
    assert f"git tag --annotate v{VERSION}" in done.stdout
    assert git(repository, "tag") == ""


def test_the_commit_of_a_tag_is_checked_on_no_branch(repository: Path) -> None:
    git(repository, "tag", f"v{VERSION}")
    git(repository, "switch", "--quiet", "--detach")

    done = release(repository, str(VERSION), "--tagged")

    assert (done.returncode, done.stderr) == (0, "")


def test_every_problem_has_a_line(repository: Path) -> None:
    git(repository, "tag", "v99.0.0")
    edit(repository, "CHANGELOG.md", "2026-11-30", "today")

    done = release(repository, str(VERSION))

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"tag v99.0.0: {VERSION} is not newer: choose a version after it",
        f"CHANGELOG.md: not committed (1 in all): commit what belongs to {VERSION}",
        f'CHANGELOG.md: the date of {VERSION} is "today": write ## [{VERSION}] - YYYY-MM-DD',
    ]


@pytest.mark.parametrize("text", ["", "1.0", "v1.0.0", "1.0.0-rc1", "01.0.0"])
def test_a_version_is_three_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=f'VERSION "{text}": must be MAJOR.MINOR.PATCH'):
        parse(text)


def test_files_that_are_not_committed_are_named(repository: Path) -> None:
    (repository / "notes.txt").touch()

    assert lines(checks.clean_tree, repository) == [
        f"notes.txt: not committed (1 in all): commit what belongs to {VERSION}"
    ]


def test_a_version_is_tagged_on_main(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "fix")

    assert lines(checks.on_branch, repository) == [f'branch "fix": {VERSION} is tagged on main: run `git switch main`']


def test_the_code_carries_the_version(repository: Path) -> None:
    assert lines(checks.written_version, repository, Version(9, 9, 9)) == [
        f'cli/taggov/__init__.py: __version__ is "{VERSION}": set it to "9.9.9"'
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (f"[{VERSION}] - ", "[0.0.1] - ", "has nothing for"),
        ("\n### Added\n\n- All of it.\n", "", "has nothing for"),
        (" - 2026-11-30", "", 'the date of {} is ""'),
        ("2026-11-30", "20261130", 'the date of {} is "20261130"'),
        ("2026-11-30", "2026-11-31", 'the date of {} is "2026-11-31"'),
    ],
)
def test_the_changelog_has_a_section_with_a_date(repository: Path, old: str, new: str, problem: str) -> None:
    edit(repository, "CHANGELOG.md", old, new)

    (line,) = lines(checks.changelog_section, repository)
    assert line.startswith("CHANGELOG.md: " + problem.format(VERSION))


@pytest.mark.parametrize(
    ("name", "heading"), [("CHANGELOG.md", "## [Unreleased]\n"), ("UPGRADING.md", "# Upgrading\n")]
)
def test_nothing_is_left_unreleased(repository: Path, name: str, heading: str) -> None:
    edit(repository, name, heading, "# Upgrading\n\n## [Unreleased]\n\n- One more.\n")

    assert lines(checks.nothing_unreleased, repository) == [f"{name}: Unreleased is not empty: move it to {VERSION}"]


def test_tables_are_those_of_the_code(repository: Path) -> None:
    edit(repository, "modules/dashboard/README.md", "Names of the scopes", "The scopes")

    assert lines(checks.generated_files, repository) == [
        f"modules/dashboard/README.md: its tables are not those of {VERSION}: run `make docs`"
    ]


def test_tables_without_a_place_are_named(repository: Path) -> None:
    edit(repository, "modules/dashboard/README.md", "<!-- END TABLES -->", "")

    (line,) = lines(checks.generated_files, repository)
    assert "modules/dashboard/README.md: put <!-- BEGIN TABLES -->" in line


def test_the_zip_is_built_from_the_sources(repository: Path) -> None:
    with (repository / "lambda_src/tag_governance/__init__.py").open("a") as file:
        file.write("\n")

    assert lines(checks.fresh_zip, repository) == [
        f"{checks.ZIP}: not built from lambda_src/tag_governance of {VERSION}: run `make build`"
    ]


def test_the_next_version_moves_the_pins_of_readmes_and_examples(repository: Path) -> None:
    following = Version(VERSION.major + 1, 2, 3)

    found = lines(checks.pinned_versions, repository, following)

    assert {line.partition(": write ")[2] for line in found} == {
        f'"~> {following.major}.2"',
        f'"v{following}"',
        f'"{following}"',
    }
    assert {line.partition(":")[0] for line in found} >= {
        "README.md",
        "cli/README.md",
        "docs/INSTALLATION.md",
        "examples/complete/README.md",
        "modules/member-account/README.md",
    }


def test_every_readme_and_example_of_today_is_pinned_to_the_version_of_the_code(releasable: Path) -> None:
    assert lines(checks.pinned_versions, releasable) == []


def test_a_call_without_a_version_is_named(repository: Path) -> None:
    edit(repository, "modules/member-account/README.md", f'  version = "{VERSION.constraint}"\n', "")

    (line,) = lines(checks.pinned_versions, repository)
    assert line == f'modules/member-account/README.md:8: the version is "": write "{VERSION.constraint}"'


def test_an_example_says_how_to_call_the_module_from_a_registry(repository: Path) -> None:
    edit(repository, "examples/disabled/README.md", "/tag-governance/aws", "/another/aws")

    (line,) = lines(checks.pinned_versions, repository)
    assert line.startswith('examples/disabled/README.md: no source = ".../tag-governance/aws"')


def test_a_version_is_newer_than_all_tags(repository: Path) -> None:
    for tag in ("v0.0.9", "vnext", f"v{VERSION}"):
        git(repository, "tag", tag)

    assert lines(checks.newest_version, repository) == [
        f"tag v{VERSION}: {VERSION} is not newer: choose a version after it"
    ]
    assert lines(checks.newest_version, repository, Version(VERSION.major, VERSION.minor, VERSION.patch + 1)) == []
    assert lines(checks.newest_version, repository, Version(0, 0, 10))


def test_tags_are_compared_by_number(repository: Path) -> None:
    git(repository, "tag", "v1.10.0")

    assert lines(checks.newest_version, repository, Version(1, 9, 0))
    assert lines(checks.newest_version, repository, Version(1, 11, 0)) == []


def test_the_tag_is_that_of_the_commit(repository: Path) -> None:
    git(repository, "tag", "v0.0.1")

    assert lines(checks.tag_here, repository) == [f"tag v{VERSION}: does not point at this commit: check out the tag"]


def test_the_notes_are_the_section_of_the_changelog(repository: Path) -> None:
    done = release(repository, str(VERSION), "--notes")

    assert (done.returncode, done.stdout) == (0, "### Added\n\n- All of it.\n")
    assert release(repository, "9.9.9", "--notes").stderr == "CHANGELOG.md: has no section for 9.9.9\n"


def test_a_section_ends_where_the_next_begins() -> None:
    found = sections("# C\n\n## [Unreleased]\n\n## [1.1.0] - 2027-01-02\n\n- b\n\n## [1.0.0] - 2026-11-30\n\n- a\n")

    assert {name: (section.date, section.text) for name, section in found.items()} == {
        "Unreleased": ("", ""),
        "1.1.0": ("2027-01-02", "- b"),
        "1.0.0": ("2026-11-30", "- a"),
    }


def lines(check: checks.Check, root: Path, version: Version = VERSION) -> list[str]:
    return list(check(root, version))


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), "utf-8")


def release(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.release", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
