"""Local files that a path, folder or pattern matches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from glob import glob
from pathlib import Path

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.kinds import other_kind


class Format(StrEnum):
    """File formats."""

    CSV = "CSV"
    PARQUET = "Parquet"


_ENDINGS = {
    ".csv": Format.CSV,
    ".csv.gz": Format.CSV,
    ".parquet": Format.PARQUET,
    # Some tools name the codec inside Parquet; the file itself is not compressed.
    ".parquet.gz": Format.PARQUET,
    ".parquet.gzip": Format.PARQUET,
    ".parquet.snappy": Format.PARQUET,
    ".parquet.zstd": Format.PARQUET,
}
_HEAD = 1 << 16
SCHEME = "s3://"
"""Scheme of S3 addresses."""
AZURE_MANIFEST = "manifest.json"
"""Name of the manifest beside the files of an Azure export run (Microsoft, Cost Management exports, file
partitioning)."""
ENDINGS = ".csv, .csv.gz, .parquet"
"""File name endings, for messages."""


@dataclass(frozen=True, slots=True)
class FocusFile:
    """A local file."""

    path: Path
    name: str
    """Display name: the path, or the address of the S3 object that it is a copy of."""
    format: Format

    @property
    def place(self) -> str:
        """Absolute path or S3 address."""
        return self.name if self.name.startswith(SCHEME) else self.path.as_posix()


def format_of(name: str) -> Format | None:
    """Return the format by the ending of a file name; None for other files."""
    folded = name.lower()
    return next((found for ending, found in _ENDINGS.items() if folded.endswith(ending)), None)


def describe_files(files: Sequence[FocusFile]) -> str:
    """Name the first file and the number of others."""
    others = len(files) - 1
    return files[0].name + (f" and {others} more file{'s' if others > 1 else ''}" if others else "")


def local_files(path: str) -> list[FocusFile]:
    """List the files that a path, a folder (recursively) or a pattern with `*` and `**` matches, sorted by name.

    Raises:
        SourceError: no file matches, or the file has another format.
    """
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            found = list(_below(place, format_of))
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
    """Yield the folders with an Azure manifest that a folder or pattern covers, with or without cost files.

    The path of a single file covers no folder.
    """
    place = Path(path).expanduser()
    manifests: Iterable[Path] = ()
    if place.is_dir():
        manifests = _below(place, AZURE_MANIFEST.__eq__)
    elif not place.exists():
        folder = place if place.name == "**" else place.parent
        manifests = map(Path, glob(str(folder / AZURE_MANIFEST), recursive=True))  # noqa: PTH207
    return (found.absolute().parent for found in manifests)


def _unknown(place: Path) -> str:
    with place.open("rb") as source:
        kind = other_kind(source.read(_HEAD))
    return f"neither CSV nor Parquet: it is {kind}" if kind else "neither CSV nor Parquet by its name"


def _below(folder: Path, wanted: Callable[[str], object]) -> Iterator[Path]:
    """Yield the files below a folder whose names pass a predicate."""
    for root, folders, names in os.walk(folder, onerror=_raise):
        # Skip these names as Hive and Spark do: they are temporary files and metadata.
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        yield from (Path(root, name) for name in names if not name.startswith((".", "_")) and wanted(name))


def _raise(error: OSError) -> None:
    raise error
