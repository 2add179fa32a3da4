"""Runs of an export that lie beside each other: each has all costs of its period, so that only the newest counts."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.paths import AZURE_MANIFEST, SCHEME, FocusFile

MANIFEST = "Manifest.json"
"""End of the names of the manifests of AWS Data Exports; they lie in `metadata/` beside `data/`, each in a folder named
by its time if runs are kept."""

_PARTITION = re.compile(r"(?P<export>(?:.*/)?)data/(?P<period>BILLING_PERIOD=\d{4}-\d{2})/(?P<rest>.+)")
"""Place in which AWS Data Exports puts the files of a billing period (AWS, Understanding export delivery)."""
_TIMED = re.compile(r"\d{8}T?\d{4,6}")


class Storage(Protocol):
    """The storage around the files that were named."""

    def manifests(self, folder: str) -> Iterable[tuple[str, bytes]]:
        """Names and contents of the manifests of AWS below a folder, the newest first."""

    def names(self, folder: str) -> Iterable[str]:
        """All files below a folder, by their places from there on."""


class Disk:
    """Folders of this machine."""

    def manifests(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """See `Storage.manifests`: the names of the folders of runs begin with their times."""
        for path in sorted(Path(folder).rglob(f"*{MANIFEST}"), reverse=True):
            yield str(path), path.read_bytes()

    def names(self, folder: str) -> Iterator[str]:
        """See `Storage.names`."""
        return (path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


@dataclass(frozen=True, slots=True)
class Current:
    """The files that count, and what has to be said about the others."""

    files: list[FocusFile]
    notices: tuple[str, ...] = ()
    runs: Mapping[str, str] = field(default_factory=dict)
    """Manifests of the runs that files are of, as far as there are any, by the name of the file."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that has a manifest."""

    manifest: str
    """As the user would name it."""
    files: list[FocusFile]
    """Those of it that were named."""
    absent: int
    """Number of files that the manifest lists and that do not exist here."""
    listed: frozenset[str]
    """Names of its files as the manifest spells them, without folders."""


@dataclass(slots=True)
class _Choice:
    """The run of a period that counts."""

    kept: list[FocusFile] = field(default_factory=list)
    """Its files; none if no run is left out."""
    run: _Run | None = None
    """That which they are of, if it has a manifest."""
    incomplete: list[_Run] = field(default_factory=list)
    """Runs of which files are absent, and whose costs would be newer or are those that count."""


class _AzureRun(NamedTuple):
    export: tuple[str, ...]
    """Name, scope, type, and first day: of one export and period, only the newest run counts."""
    submitted: str
    manifest: Path
    listed: frozenset[str]
    """Names of its files, without folders."""
    absent: int
    """Number of them that do not exist here."""


def current(files: Sequence[FocusFile], storage: Storage, azure: Iterable[Path] = ()) -> Current:
    """Leave out the files of other runs than the newest complete one, as far as manifests or the folders of a run tell.

    Args:
        files: those that were named.
        storage: what lies around them.
        azure: folders of runs that were named and may have no file of costs; see `paths.folders_of_runs`.

    Raises:
        SourceError: a manifest is damaged.
    """
    notices: list[str] = []
    other: set[FocusFile] = set()
    runs: dict[str, str] = {}
    for choice, found in (*_of_aws(files, storage), *_of_azure(files, azure)):
        notices += map(_absent, choice.incomplete)
        kept = set(choice.kept)
        left = [file for file in found if file not in kept] if kept else []
        notices += _left_out(left, choice)
        other.update(left)
        if choice.run:
            runs |= {file.name: choice.run.manifest for file in choice.kept}
            for file, counted in _copies(choice.run):
                other.add(file)
                form = "packed" if _unpacked(file.name) != file.name else "unpacked"
                notices.append(f"{file.name} is {counted.name} {form}: it is left out")
    return Current([file for file in files if file not in other], tuple(notices), runs)


def _of_aws(files: Iterable[FocusFile], storage: Storage) -> Iterator[tuple[_Choice, list[FocusFile]]]:
    """Choose a run for each billing period of an export."""
    periods: dict[tuple[str, str], dict[str, FocusFile]] = defaultdict(dict)
    for file in files:
        if match := _PARTITION.fullmatch(file.place):
            periods[match["export"], match["period"]][match["rest"]] = file
    for (export, period), found in periods.items():
        choice = _chosen(_aws_runs(storage, export, period, found))
        if not choice.kept:
            runs = {rest.partition("/")[0] for rest in found if "/" in rest and _TIMED.match(rest)}
            choice.kept = [file for rest, file in found.items() if runs and rest.startswith(max(runs) + "/")]
        yield choice, list(found.values())


def _aws_runs(storage: Storage, export: str, period: str, found: dict[str, FocusFile]) -> Iterator[_Run]:
    by_name = defaultdict(list)
    for rest, file in found.items():
        by_name[_unpacked(rest)].append(file)
    for name, body in storage.manifests(f"{export}metadata/{period}"):
        listed = set(_listed(name, body))
        wanted = set(map(_unpacked, listed))
        absent = wanted - by_name.keys()
        if absent:
            absent -= set(map(_unpacked, storage.names(f"{export}data/{period}")))
        shown = _shown(name, next(iter(found.values())))
        its_files = [file for its in sorted(wanted) for file in by_name.get(its, ())]
        yield _Run(shown, its_files, len(absent), frozenset(PurePosixPath(file).name for file in listed))


def _listed(manifest: str, body: bytes) -> Iterator[str]:
    """Read the files of a run of AWS Data Exports from its manifest, by their places in the billing period.

    Bucket and prefix are others where the export was copied.
    """
    try:
        files = [str(file) for file in json.loads(body)["dataFiles"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{manifest}: not a manifest of a Data Export: it has no dataFiles") from error
    for file in files:
        match = _PARTITION.fullmatch(file.removeprefix(SCHEME))
        yield match["rest"] if match else PurePosixPath(file).name


def _of_azure(files: Iterable[FocusFile], named: Iterable[Path]) -> Iterator[tuple[_Choice, list[FocusFile]]]:
    """Choose a run for each period of an export."""
    folders: dict[Path, list[FocusFile]] = defaultdict(list)
    for file in files:
        folders[file.path.parent].append(file)
    exports: dict[tuple[str, ...], list[_AzureRun]] = defaultdict(list)
    # A newer run may have a manifest and nothing else.
    for folder in sorted({*folders, *named}):
        if run := _azure_run(folder / AZURE_MANIFEST):
            exports[run.export].append(run)
    for runs in exports.values():
        beside = next((folders[run.manifest.parent][0] for run in runs if run.manifest.parent in folders), None)
        if beside:
            newest_first = sorted(runs, key=lambda run: run.submitted, reverse=True)
            seen = [_seen(run, folders.get(run.manifest.parent, []), beside) for run in newest_first]
            yield _chosen(seen), [file for run in seen for file in run.files]


def _seen(run: _AzureRun, files: Iterable[FocusFile], beside: FocusFile) -> _Run:
    names = set(map(_unpacked, run.listed))
    its = [file for file in files if _unpacked(file.path.name) in names]
    return _Run(_shown(run.manifest.as_posix(), beside), its, run.absent, run.listed)


def _azure_run(path: Path) -> _AzureRun | None:
    """Read the manifest of a run; None where there is none, or one of something else, or nobody may read it."""
    try:
        if not path.is_file():
            return None
        body: dict[str, Any] = json.loads(path.read_bytes())
        export, run = body["exportConfig"], body["runInfo"]
        listed = frozenset(str(blob["blobName"]).rpartition("/")[2] for blob in body["blobs"])
        here = {_unpacked(file.name) for file in path.parent.iterdir()}
        return _AzureRun(
            tuple(str(its) for its in (export["exportName"], export["resourceId"], export["type"], run["startDate"])),
            str(run["submittedTime"]),
            path,
            listed,
            len({*map(_unpacked, listed)} - here),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _chosen(runs: Iterable[_Run]) -> _Choice:
    """Take the newest complete run, the newest one if none is complete.

    Args:
        runs: the newest first. Those of which no file was named, though all are there, are not asked for.
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


def _absent(run: _Run) -> str:
    files = "1 file that is" if run.absent == 1 else f"{run.absent} files that are"
    return f"{run.manifest} lists {files} not here: costs are missing"


def _left_out(files: Iterable[FocusFile], choice: _Choice) -> Iterator[str]:
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
    """Files that lie here packed and unpacked: the one to leave out, and the one that the manifest lists."""
    both: dict[str, dict[str, FocusFile]] = defaultdict(dict)
    for file in run.files:
        both[_unpacked(file.place)][file.place] = file
    for files in both.values():
        counted, *others = sorted(files.values(), key=lambda file: PurePosixPath(file.place).name not in run.listed)
        yield from ((other, counted) for other in others)


def _shown(place: str, named: FocusFile) -> str:
    """A place as the user would name it, who has named a file beside it."""
    return place.removeprefix(named.place.removesuffix(named.name))


def _unpacked(name: str) -> str:
    """The name that a file has once it is unpacked: people unpack what they download."""
    return name.removesuffix(".gz")


def _folder(file: FocusFile) -> str:
    return file.name.rpartition("/")[0] or file.name
