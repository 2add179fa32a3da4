"""Version of the project: written once, in the command line's package, and read by pyproject.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

VERSION_FILE = Path("cli/taggov/__init__.py")

_NUMBER = r"(?:0|[1-9]\d*)"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})")
_ASSIGNMENT = re.compile(r'^__version__ = "(?P<version>[^"]*)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A semantic version without a pre-release part."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """Name of the git tag."""
        return f"v{self}"

    @property
    def constraint(self) -> str:
        """Terraform's constraint for this version and what follows without breaking."""
        return f"~> {self.major}.{self.minor}"


def parse(text: str) -> Version:
    """Read a version.

    Raises:
        ValueError: it is not three numbers.
    """
    found = _VERSION.fullmatch(text)
    if not found:
        raise ValueError(f'VERSION "{text}": must be MAJOR.MINOR.PATCH, as in 1.2.0')
    major, minor, patch = map(int, found.groups())
    return Version(major, minor, patch)


def written(root: Path) -> str:
    """Read the version that the code carries.

    Raises:
        ValueError: the file has none.
    """
    found = _ASSIGNMENT.search((root / VERSION_FILE).read_text("utf-8"))
    if not found:
        raise ValueError(f'{VERSION_FILE}: has no line __version__ = "MAJOR.MINOR.PATCH"')
    return found["version"]
