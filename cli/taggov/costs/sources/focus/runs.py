"""Runs of an export that lie beside each other: each has all costs of its period, so that only the newest counts."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.paths import SCHEME, FocusFile

PARTITION = re.compile(r"(?P<export>(?:.*/)?)data/(?P<period>BILLING_PERIOD=\d{4}-\d{2})/(?P<rest>.+)")
"""Place in which AWS Data Exports puts the files of a billing period (AWS, Understanding export delivery)."""
MANIFEST = "Manifest.json"
"""End of the names of its manifests; they lie in `metadata/` beside `data/`, each in a folder named by its time."""

_AZURE_MANIFEST = "manifest.json"
"""Beside the files of a run of an Azure export (Microsoft, Cost Management exports, file partitioning)."""
_TIMED = re.compile(r"\d{8}T?\d{4,6}")


@dataclass(frozen=True, slots=True)
class Current:
    """The files that count, and what has to be said about the others."""

    files: list[FocusFile]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _AzureRun:
    export: tuple[str, ...]
    """Name, scope, type, and first day: of one export and period, only the newest run counts."""
    submitted: str
    names: frozenset[str]
    """Names of its files, without folders."""


def current(files: Sequence[FocusFile]) -> Current:
    """Leave out the files of older runs, as far as manifests or the folders of a run tell.

    Raises:
        SourceError: a manifest is damaged.
    """
    older: dict[FocusFile, FocusFile] = {}
    for newest, others in (*_of_aws(files), *_of_azure(files)):
        older |= dict.fromkeys(others, newest)
    notices: dict[tuple[str, str], int] = defaultdict(int)
    for file, newer in older.items():
        notices[_folder(file), newer.name] += 1
    return Current(
        [file for file in files if file not in older],
        tuple(
            f"{folder} is an older run of the export that {newer} is of: "
            f"{'its file is' if count == 1 else f'its {count} files are'} left out"
            for (folder, newer), count in notices.items()
        ),
    )


def listed(manifest: str, body: bytes | str) -> set[str]:
    """Read the files of a run of AWS Data Exports from its manifest: keys, without their bucket.

    Raises:
        SourceError: it is none.
    """
    try:
        # The bucket is another one where the export was replicated.
        return {str(file).removeprefix(SCHEME).partition("/")[2] for file in json.loads(body)["dataFiles"]}
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{manifest}: not a manifest of a Data Export: it has no dataFiles") from error


def _of_aws(files: Iterable[FocusFile]) -> Iterator[tuple[FocusFile, list[FocusFile]]]:
    """Find a file of the newest run, and those of older ones, for each billing period of an export."""
    periods: dict[tuple[str, str], list[tuple[str, FocusFile]]] = defaultdict(list)
    for file in files:
        if match := PARTITION.fullmatch(file.path.as_posix()):
            periods[match["export"], match["period"]].append((match["rest"], file))
    for (export, period), found in periods.items():
        manifests = sorted(Path(export, "metadata", period).rglob(f"*{MANIFEST}"))
        if manifests:
            wanted = listed(str(manifests[-1]), manifests[-1].read_bytes())
            kept = [file for _, file in found if any(key.endswith(_key(file)) for key in wanted)]
        else:
            runs = {rest.partition("/")[0] for rest, _ in found if "/" in rest and _TIMED.match(rest)}
            kept = [file for rest, file in found if not runs or rest.startswith(max(runs) + "/")]
        if kept:
            yield kept[0], [file for _, file in found if file not in kept]


def _key(file: FocusFile) -> str:
    """The end of the key that the file had in its bucket, from `data/` on."""
    match = PARTITION.fullmatch(file.path.as_posix())
    return f"data/{match['period']}/{match['rest']}" if match else file.path.name


def _of_azure(files: Iterable[FocusFile]) -> Iterator[tuple[FocusFile, list[FocusFile]]]:
    folders: dict[Path, list[FocusFile]] = defaultdict(list)
    for file in files:
        folders[file.path.parent].append(file)
    runs = {folder: run for folder in folders if (run := _azure_run(folder / _AZURE_MANIFEST))}
    newest: dict[tuple[str, ...], Path] = {}
    for folder, run in runs.items():
        other = newest.setdefault(run.export, folder)
        newest[run.export] = max(other, folder, key=lambda its: runs[its].submitted)
    for folder, run in runs.items():
        of_newest = [file for file in folders[newest[run.export]] if file.path.name in runs[newest[run.export]].names]
        if of_newest and folder != newest[run.export]:
            yield of_newest[0], [file for file in folders[folder] if file.path.name in run.names]


def _azure_run(path: Path) -> _AzureRun | None:
    """Read the manifest of a run; None where there is none, or one of something else."""
    if not path.is_file():
        return None
    try:
        body: dict[str, Any] = json.loads(path.read_bytes())
        export, run = body["exportConfig"], body["runInfo"]
        return _AzureRun(
            tuple(str(its) for its in (export["exportName"], export["resourceId"], export["type"], run["startDate"])),
            str(run["submittedTime"]),
            frozenset(str(blob["blobName"]).rpartition("/")[2] for blob in body["blobs"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _folder(file: FocusFile) -> str:
    return file.name.rpartition("/")[0] or file.name
