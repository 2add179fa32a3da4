"""Selection of export runs. Each run has all costs of its period, so only the newest run counts."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.paths import AZURE_MANIFEST, SCHEME, FocusFile

MANIFEST = "Manifest.json"
"""End of the names of AWS Data Exports manifests. They are in `metadata/` beside `data/`, in a folder named by time if
the export keeps all runs."""

_PARTITION = re.compile(r"(?P<export>(?:.*/)?)data/(?P<period>BILLING_PERIOD=\d{4}-\d{2})/(?P<rest>.+)")
"""Path of the files of a billing period in AWS Data Exports (AWS, Understanding export delivery)."""
_TIMED = re.compile(r"\d{8}T?\d{4,6}")


class Storage(Protocol):
    """Access to the files beside the named files."""

    def manifests(self, folder: str) -> Iterable[tuple[str, bytes]]:
        """Yield name and content of the AWS manifests below a folder, the newest first."""

    def names(self, folder: str) -> Iterable[str]:
        """Yield the paths of all files below a folder, relative to it."""


class Disk:
    """Local folders."""

    def manifests(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """See `Storage.manifests`. The folder name of a run begins with its time."""
        for path in sorted(Path(folder).rglob(f"*{MANIFEST}"), reverse=True):
            yield str(path), path.read_bytes()

    def names(self, folder: str) -> Iterator[str]:
        """See `Storage.names`."""
        return (path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


@dataclass(frozen=True, slots=True)
class Selection:
    """The files to read, and notices about the others."""

    files: list[FocusFile]
    notices: tuple[str, ...] = ()
    runs: Mapping[str, str] = field(default_factory=dict)
    """By file name: the manifest of its run, if there is one."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A run with a manifest."""

    manifest: str
    """Display name of the manifest."""
    files: list[FocusFile]
    """Files of the run that the user named."""
    absent: int
    """Number of files that are in the manifest but not in the storage."""
    listed: frozenset[str]
    """File names in the manifest, without folders."""


@dataclass(slots=True)
class _Choice:
    """The selected run of a period."""

    kept: list[FocusFile] = field(default_factory=list)
    """Files of the run; empty if no run is left out."""
    run: _Run | None = None
    """The run, if it has a manifest."""
    incomplete: list[_Run] = field(default_factory=list)
    """Incomplete runs that are selected or newer than the selected run."""


class _AzureRun(NamedTuple):
    export: tuple[str, ...]
    """Name, scope, type and first day. Among runs with the same values, only the newest counts."""
    submitted: str
    manifest: Path
    listed: frozenset[str]
    """File names in the manifest, without folders."""
    absent: int
    """Number of them that do not exist here."""


def select_runs(files: Sequence[FocusFile], storage: Storage, azure: Iterable[Path] = ()) -> Selection:
    """Select the files of the newest complete run of each export, as far as manifests or folder names show the runs.

    Args:
        files: the named files.
        storage: storage of the files.
        azure: named folders with an Azure manifest; they may have no cost files. See `paths.folders_of_runs`.

    Raises:
        SourceError: a manifest is damaged.
    """
    notices: list[str] = []
    other: set[FocusFile] = set()
    runs: dict[str, str] = {}
    for choice, found in (*_of_aws(files, storage), *_of_azure(files, azure)):
        notices += map(_missing_files_notice, choice.incomplete)
        kept = set(choice.kept)
        left = [file for file in found if file not in kept] if kept else []
        notices += _ignored_runs_notices(left, choice)
        other.update(left)
        if choice.run:
            runs |= {file.name: choice.run.manifest for file in choice.kept}
            for file, counted in _copies(choice.run):
                other.add(file)
                form = "packed" if _unpacked_name(file.name) != file.name else "unpacked"
                notices.append(f"{file.name} is {counted.name} {form}: it is left out")
    return Selection([file for file in files if file not in other], tuple(notices), runs)


def _of_aws(files: Iterable[FocusFile], storage: Storage) -> Iterator[tuple[_Choice, list[FocusFile]]]:
    """Choose a run for each billing period of AWS exports."""
    periods: dict[tuple[str, str], dict[str, FocusFile]] = defaultdict(dict)
    for file in files:
        if match := _PARTITION.fullmatch(file.place):
            periods[match["export"], match["period"]][match["rest"]] = file
    for (export, period), found in periods.items():
        choice = _choose(_aws_runs(storage, export, period, found))
        if not choice.kept:
            runs = {rest.partition("/")[0] for rest in found if "/" in rest and _TIMED.match(rest)}
            choice.kept = [file for rest, file in found.items() if runs and rest.startswith(max(runs) + "/")]
        yield choice, list(found.values())


def _aws_runs(storage: Storage, export: str, period: str, found: dict[str, FocusFile]) -> Iterator[_Run]:
    by_name = defaultdict(list)
    for rest, file in found.items():
        by_name[_unpacked_name(rest)].append(file)

    @cache
    def existing() -> frozenset[str]:
        return frozenset(map(_unpacked_name, storage.names(f"{export}data/{period}")))

    for name, body in storage.manifests(f"{export}metadata/{period}"):
        listed = set(_manifest_files(name, body))
        wanted = set(map(_unpacked_name, listed))
        absent = wanted - by_name.keys()
        if absent:
            absent -= existing()
        shown = _as_the_user_names_it(name, next(iter(found.values())))
        its_files = [file for its in sorted(wanted) for file in by_name.get(its, ())]
        yield _Run(shown, its_files, len(absent), frozenset(PurePosixPath(file).name for file in listed))


def _manifest_files(manifest: str, body: bytes) -> Iterator[str]:
    """Yield the files in a manifest of AWS Data Exports, relative to the billing period.

    Bucket and prefix are ignored: the export may have been copied.
    """
    try:
        files = [str(file) for file in json.loads(body)["dataFiles"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{manifest}: not a manifest of a Data Export: it has no dataFiles") from error
    for file in files:
        match = _PARTITION.fullmatch(file.removeprefix(SCHEME))
        yield match["rest"] if match else PurePosixPath(file).name


def _of_azure(files: Iterable[FocusFile], named: Iterable[Path]) -> Iterator[tuple[_Choice, list[FocusFile]]]:
    """Choose a run for each period of Azure exports."""
    folders: dict[Path, list[FocusFile]] = defaultdict(list)
    for file in files:
        folders[file.path.parent].append(file)
    exports: dict[tuple[str, ...], list[_AzureRun]] = defaultdict(list)
    # A newer run may have only a manifest.
    for folder in sorted({*folders, *named}):
        if run := _azure_run(folder / AZURE_MANIFEST):
            exports[run.export].append(run)
    for runs in exports.values():
        beside = next((folders[run.manifest.parent][0] for run in runs if run.manifest.parent in folders), None)
        if beside:
            newest_first = sorted(runs, key=lambda run: run.submitted, reverse=True)
            seen = [_named_files_of(run, folders.get(run.manifest.parent, []), beside) for run in newest_first]
            yield _choose(seen), [file for run in seen for file in run.files]


def _named_files_of(run: _AzureRun, files: Iterable[FocusFile], beside: FocusFile) -> _Run:
    names = set(map(_unpacked_name, run.listed))
    its = [file for file in files if _unpacked_name(file.path.name) in names]
    return _Run(_as_the_user_names_it(run.manifest.as_posix(), beside), its, run.absent, run.listed)


def _azure_run(path: Path) -> _AzureRun | None:
    """Read an Azure manifest; return None if it is missing, unreadable or something else."""
    try:
        if not path.is_file():
            return None
        body: dict[str, Any] = json.loads(path.read_bytes())
        export, run = body["exportConfig"], body["runInfo"]
        listed = frozenset(str(blob["blobName"]).rpartition("/")[2] for blob in body["blobs"])
        here = {_unpacked_name(file.name) for file in path.parent.iterdir()}
        return _AzureRun(
            tuple(str(its) for its in (export["exportName"], export["resourceId"], export["type"], run["startDate"])),
            str(run["submittedTime"]),
            path,
            listed,
            len({*map(_unpacked_name, listed)} - here),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _choose(runs: Iterable[_Run]) -> _Choice:
    """Choose the newest complete run, or the newest run if none is complete.

    Args:
        runs: the newest first. Complete runs of which no file was named are ignored.
    """
    incomplete: list[_Run] = []
    for run in runs:
        if run.absent:
            incomplete.append(run)
        elif run.files:
            return _Choice(run.files, run, incomplete)
    for place, run in enumerate(incomplete):
        if run.files:
            return _Choice(run.files, run, incomplete[: place + 1])
    return _Choice(incomplete=incomplete[:1])


def _missing_files_notice(run: _Run) -> str:
    files = "1 file that is" if run.absent == 1 else f"{run.absent} files that are"
    return f"{run.manifest} lists {files} not here: costs are missing"


def _ignored_runs_notices(files: Iterable[FocusFile], choice: _Choice) -> Iterator[str]:
    incomplete = {file for run in choice.incomplete for file in run.files}
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for file in files:
        counts[_folder(file), "an incomplete" if file in incomplete else "an older"] += 1
    for (folder, kind), count in counts.items():
        yield (
            f"{folder} is {kind} run of the export that {choice.kept[0].name} is of: "
            f"{'its file is' if count == 1 else f'its {count} files are'} left out"
        )


def _copies(run: _Run) -> Iterator[tuple[FocusFile, FocusFile]]:
    """Yield files that exist both packed and unpacked: the file to leave out, and the file to read."""
    both: dict[str, dict[str, FocusFile]] = defaultdict(dict)
    for file in run.files:
        both[_unpacked_name(file.place)][file.place] = file
    for files in both.values():
        counted, *others = sorted(files.values(), key=lambda file: PurePosixPath(file.place).name not in run.listed)
        yield from ((other, counted) for other in others)


def _as_the_user_names_it(place: str, named: FocusFile) -> str:
    """Convert a path to the form in which the user named a file beside it."""
    return place.removeprefix(named.place.removesuffix(named.name))


def _unpacked_name(name: str) -> str:
    """Return the file name without `.gz`: users may unpack downloaded files."""
    return name.removesuffix(".gz")


def _folder(file: FocusFile) -> str:
    return file.name.rpartition("/")[0] or file.name
