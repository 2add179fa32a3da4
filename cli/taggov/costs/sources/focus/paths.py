"""The files that a path, folder or pattern means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from glob import glob
from pathlib import Path

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.kinds import other_kind


class Format(StrEnum):
    """The ways in which the rows of a file are written."""

    CSV = "CSV"
    PARQUET = "Parquet"


_ENDINGS = {
    ".csv": Format.CSV,
    ".csv.gz": Format.CSV,
    ".parquet": Format.PARQUET,
    # Some tools name the codec that Parquet uses inside; the file itself is not compressed.
    ".parquet.gz": Format.PARQUET,
    ".parquet.gzip": Format.PARQUET,
    ".parquet.snappy": Format.PARQUET,
    ".parquet.zstd": Format.PARQUET,
}
_HEAD = 1 << 16
SCHEME = "s3://"
"""The scheme of addresses in S3."""
AZURE_MANIFEST = "manifest.json"
"""Beside the files of a run of an Azure export (Microsoft, Cost Management exports, file partitioning)."""
ENDINGS = ".csv, .csv.gz, .parquet"
"""For people."""


@dataclass(frozen=True, slots=True)
class FocusFile:
    """A file on this machine."""

    path: Path
    name: str
    """The name that the user knows it by: the path, or the address of the object that it is a copy of."""
    format: Format

    @property
    def place(self) -> str:
        """The place of the file among others: the whole path, or the address."""
        return self.name if self.name.startswith(SCHEME) else self.path.as_posix()


def format_of(name: str) -> Format | None:
    """The format that a file name tells; None for files that hold no costs."""
    folded = name.lower()
    return next((found for ending, found in _ENDINGS.items() if folded.endswith(ending)), None)


def named(files: Sequence[FocusFile]) -> str:
    """The first file, and how many more there are."""
    others = len(files) - 1
    return files[0].name + (f" and {others} more file{'s' if others > 1 else ''}" if others else "")


def local_files(path: str) -> list[FocusFile]:
    """The files that a path, a folder (with all below it) or a pattern with `*` and `**` stands for, by name.

    Raises:
        SourceError: there is none, or it has another format.
    """
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            found = list(_below(place))
            if not found:
                raise SourceError(f"{path}: no CSV or Parquet file in this folder ({ENDINGS})")
        elif place.exists():
            found = [place]
            if format_of(place.name) is None:
                raise SourceError(f"{path}: {_unknown(place)}; expected {ENDINGS}")
        else:
            # Path.glob takes no absolute pattern, and its `**` finds no files before Python 3.13.
            found = [Path(name) for name in glob(str(place), recursive=True)]  # noqa: PTH207
            found = [name for name in found if name.is_file() and format_of(name.name)]
            if not found:
                pattern = "no CSV or Parquet file matches" if any(sign in path for sign in "*?[") else "no such file:"
                raise SourceError(f"{pattern} {path}")
    except PermissionError as error:
        raise SourceError(f"{error.filename}: permission denied") from error
    return [FocusFile(name.absolute(), str(name), kind) for name in sorted(found) if (kind := format_of(name.name))]


def folders_of_runs(path: str) -> Iterator[Path]:
    """The folders with a manifest of Azure that a folder or a pattern covers, whether or not they have files of costs.

    A file by itself covers none.
    """
    place = Path(path).expanduser()
    manifests: Iterable[Path] = ()
    if place.is_dir():
        below = ((path, path.relative_to(place).parts) for path in place.rglob(AZURE_MANIFEST))
        manifests = (path for path, parts in below if not any(part.startswith((".", "_")) for part in parts))
    elif not place.exists():
        folder = place if place.name == "**" else place.parent
        manifests = map(Path, glob(str(folder / AZURE_MANIFEST), recursive=True))  # noqa: PTH207
    return (found.absolute().parent for found in manifests)


def _unknown(place: Path) -> str:
    with place.open("rb") as source:
        kind = other_kind(source.read(_HEAD))
    return f"neither CSV nor Parquet: it is {kind}" if kind else "neither CSV nor Parquet by its name"


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=_raise):
        # As Hive and Spark do: such names belong to work in progress and to notes about the data.
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        yield from (Path(root, name) for name in names if not name.startswith((".", "_")) and format_of(name))


def _raise(error: OSError) -> None:
    raise error
