"""Versions that examples and READMEs tell users to install."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.release.version import Version

# A call as a consumer of a registry writes it, with its version on the next line.
_REGISTRY = re.compile(
    r'source\s*=\s*"[^"\n]+/tag-governance/aws(?://[^"\n]*)?"[^\n]*(?:\n\s*version\s*=\s*"(?P<version>[^"\n]*)")?'
)
# ...?ref=v1.0.0 (Terraform), rev: v1.0.0 (pre-commit), .../refs/tags/v1.0.0.tar.gz (an archive)
_TAG = re.compile(r"(?:\?ref=|\brev:\s*|/refs/tags/)(?P<version>v\d+\.\d+\.\d+)")
# the folder in such an archive
_FOLDER = re.compile(r"//terraform-aws-tag-governance-(?P<version>\d+\.\d+\.\d+)")
_TEXTS = ("README.md", "cli/README.md", "docs/*.md", "modules/*/README.md", "examples/**/*.md", "examples/**/*.tf")


@dataclass(frozen=True, slots=True)
class Pin:
    """A version that a text names, empty where it names none, and the version it should name."""

    file: Path
    line: int
    found: str
    expected: str


def pins(root: Path, version: Version) -> Iterator[Pin]:
    """Find the versions of this module that Markdown and examples name."""
    patterns = ((_REGISTRY, version.constraint), (_TAG, version.tag), (_FOLDER, str(version)))
    for path in _texts(root):
        text = path.read_text("utf-8")
        for pattern, expected in patterns:
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                yield Pin(path.relative_to(root), line, match["version"] or "", expected)


def unpinned_readmes(root: Path) -> Iterator[Path]:
    """Find READMEs of the module and its examples that do not say how to call it from a registry."""
    for readme in [root / "README.md", *sorted(root.glob("examples/*/README.md"))]:
        if not _REGISTRY.search(readme.read_text("utf-8")):
            yield readme.relative_to(root)


def _texts(root: Path) -> Iterator[Path]:
    for pattern in _TEXTS:
        yield from sorted(path for path in root.glob(pattern) if ".terraform" not in path.parts)
