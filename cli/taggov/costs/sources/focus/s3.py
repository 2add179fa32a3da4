"""FOCUS files in S3, downloaded to this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error

from taggov.costs.sources.aws_errors import source_errors
from taggov.costs.sources.base import Progress, SourceError, silent
from taggov.costs.sources.cache.store import default_folder
from taggov.costs.sources.focus.paths import ENDINGS, SCHEME, FocusFile, format_of
from taggov.costs.sources.focus.runs import MANIFEST, Selection, select_runs

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_s3 import S3Client

_LIST_CODES: Mapping[str, str] = MappingProxyType({"NoSuchBucket": "there is no such bucket"})
_GET_CODES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDenied": "access denied: the caller needs the IAM action {action}, and kms:Decrypt if a key of KMS "
        "encrypts the object ({message})",
        # The response to a HEAD request has only a status code.
        "403": "access denied: the caller needs the IAM action {action}, and kms:Decrypt if a key of KMS encrypts "
        "the object",
        "404": "the object no longer exists: the export may be in progress, try again",
        "NoSuchKey": "the object no longer exists: the export may be in progress, try again",
        "InvalidObjectState": "the object is archived: restore it first",
    }
)


@dataclass(frozen=True, slots=True)
class _Object:
    bucket: str
    key: str
    etag: str
    size: int
    modified: datetime

    @property
    def address(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


class S3Files:
    """S3 objects as local files. Copies are cached by ETag, so that unchanged objects are not downloaded again."""

    def __init__(self, client: S3Client, folder: Path, progress: Progress = silent) -> None:
        """Set the client and the cache folder.

        Args:
            client: with permission to read the buckets.
            folder: cache folder. Only the user should be able to read it.
            progress: receives the number of downloaded bytes.
        """
        self._client = client
        self._folder = folder
        self._progress = progress

    @classmethod
    def of_session(cls, session: boto3.Session, progress: Progress = silent) -> S3Files:
        """Use the credentials of a session and the cache folder of the user."""
        return cls(session.client("s3"), default_folder() / "focus", progress)

    def files(self, *addresses: str) -> Selection:
        """Download the files that addresses match: an object, a prefix, or a pattern with `*` and `**`.

        Only the selected run of an AWS Data Export is downloaded: see `runs.select_runs`.

        Raises:
            SourceError: no object matches, or S3 refuses.
        """
        objects: dict[FocusFile, _Object] = {}
        for address in addresses:
            objects |= self._objects(address)
        found = select_runs(list(objects), self)
        self._fetch_missing({objects[file]: file.path for file in found.files})
        return found

    def _objects(self, address: str) -> dict[FocusFile, _Object]:
        bucket, _, path = address.removeprefix(SCHEME).partition("/")
        prefix = re.split(r"[*?]", path, maxsplit=1)[0]
        wanted = re.compile(_expression(path))
        found = {
            FocusFile(self._copy(its), its.address, kind): its
            for its in sorted(self._list(bucket, prefix), key=lambda its: its.key)
            if (kind := format_of(its.key)) and wanted.fullmatch(its.key)
        }
        if not found:
            raise SourceError(f"no CSV or Parquet object matches {address} ({ENDINGS})")
        return found

    def manifests(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """See `Storage.manifests`."""
        found = [its for its in self._below(folder) if its.key.endswith(MANIFEST)]
        # Names break ties, because they begin with the time of the run, and S3 has only seconds.
        for its in sorted(found, key=lambda its: (its.modified, its.key), reverse=True):
            with source_errors(f"S3 object {its.address}", "s3:GetObject", _GET_CODES):
                yield its.address, self._client.get_object(Bucket=its.bucket, Key=its.key)["Body"].read()

    def names(self, folder: str) -> Iterator[str]:
        """See `Storage.names`."""
        return (its.address.removeprefix(f"{folder}/") for its in self._below(folder))

    def _below(self, folder: str) -> Iterator[_Object]:
        bucket, _, key = folder.removeprefix(SCHEME).partition("/")
        return self._list(bucket, f"{key}/")

    def _list(self, bucket: str, prefix: str) -> Iterator[_Object]:
        with source_errors(f"S3 bucket {bucket}", "s3:ListBucket", _LIST_CODES):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield _Object(bucket, entry["Key"], entry["ETag"], entry["Size"], entry["LastModified"])

    def _copy(self, found: _Object) -> Path:
        return self._folder / _stem(found) / sha256(found.etag.encode()).hexdigest()[:16]

    def _fetch_missing(self, objects: Mapping[_Object, Path]) -> None:
        absent = {found: path for found, path in objects.items() if not path.exists()}
        total, done = sum(found.size for found in absent), 0

        def add_bytes(count: int) -> None:
            nonlocal done
            done += count
            self._progress(done, total, "downloading from S3")

        for found, path in absent.items():
            self._fetch(found, path, add_bytes)

    def _fetch(self, found: _Object, path: Path, add_bytes: Callable[[int], None]) -> None:
        try:
            # Bills are confidential.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(exist_ok=True)
            older = [its for its in path.parent.iterdir() if len(its.name) == len(path.name)]
            with source_errors(f"S3 object {found.address}", "s3:GetObject", _GET_CODES):
                # It downloads to a longer name beside the path, and renames it at the end.
                self._client.download_file(found.bucket, found.key, str(path), Callback=add_bytes)
            for file in older:
                file.unlink(missing_ok=True)
        except (OSError, Boto3Error) as error:
            raise SourceError(f"{found.address} cannot be copied to {path.parent}: {error}") from error


def _stem(found: _Object) -> str:
    return sha256(f"{found.bucket}/{found.key}".encode()).hexdigest()[:32]


def _expression(path: str) -> str:
    """Convert a path to a regular expression. `**` matches slashes, `*` and `?` do not."""
    patterns = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = "".join(patterns.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", path))
    if any(sign in path for sign in "*?"):
        return expression
    # Match everything below the path, but only below whole names: `costs` does not match `costs-old/`.
    return expression + ".*" if path.endswith("/") or not path else expression + "(?:/.*)?"
