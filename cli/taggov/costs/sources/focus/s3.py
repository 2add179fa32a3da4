"""FOCUS files in S3, copied to this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error

from taggov.costs.sources.aws_errors import explained
from taggov.costs.sources.base import Progress, SourceError, silent
from taggov.costs.sources.cache.store import default_folder
from taggov.costs.sources.focus.paths import ENDINGS, SCHEME, FocusFile, format_of
from taggov.costs.sources.focus.runs import MANIFEST, PARTITION, listed

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_s3 import S3Client

_LIST_CODES: Mapping[str, str] = MappingProxyType({"NoSuchBucket": "there is no such bucket"})
_GET_CODES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDenied": "access denied: the caller needs the IAM action {action}, and kms:Decrypt if a key of KMS "
        "encrypts the object ({message})",
        # The answer to a HEAD request has a number only.
        "403": "access denied: the caller needs the IAM action {action}, and kms:Decrypt if a key of KMS encrypts "
        "the object",
        "404": "the object is gone: the export may just be written anew, try again",
        "NoSuchKey": "the object is gone: the export may just be written anew, try again",
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
    """Objects as local files. A copy is kept by ETag, so that what did not change is not fetched again."""

    def __init__(self, client: S3Client, folder: Path, progress: Progress = silent) -> None:
        """Fetch through a client.

        Args:
            client: of the account that may read the buckets.
            folder: where the copies stay. Nobody else should be able to read it.
            progress: told the bytes that have arrived.
        """
        self._client = client
        self._folder = folder
        self._progress = progress

    @classmethod
    def of_session(cls, session: boto3.Session, progress: Progress = silent) -> S3Files:
        """With the credentials of a session, and copies in the cache folder of the user."""
        return cls(session.client("s3"), default_folder() / "focus", progress)

    def files(self, address: str) -> list[FocusFile]:
        """The files that an address stands for, by name: an object, all below a prefix, or a pattern with `*` and `**`.

        Of an AWS Data Export only the files that the newest manifest of each billing period lists: an export that is
        not overwritten leaves its older files beside them, with the same costs.

        Raises:
            SourceError: there is none, or S3 refuses.
        """
        bucket, _, path = address.removeprefix(SCHEME).partition("/")
        prefix = re.split(r"[*?]", path, maxsplit=1)[0]
        wanted = re.compile(_expression(path))
        objects = [its for its in self._listed(bucket, prefix) if format_of(its.key) and wanted.fullmatch(its.key)]
        current = sorted(self._current(objects), key=lambda its: its.key)
        if not current:
            raise SourceError(f"no CSV or Parquet object matches {address} ({ENDINGS})")
        return self._fetched(current)

    def _listed(self, bucket: str, prefix: str) -> Iterator[_Object]:
        with explained(f"S3 bucket {bucket}", "s3:ListBucket", _LIST_CODES):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield _Object(bucket, entry["Key"], entry["ETag"], entry["Size"], entry["LastModified"])

    def _current(self, objects: Iterable[_Object]) -> Iterator[_Object]:
        partitions: dict[tuple[str, str, str], list[_Object]] = {}
        for found in objects:
            if match := PARTITION.match(found.key):
                partitions.setdefault((found.bucket, match["export"], match["period"]), []).append(found)
            else:
                yield found
        for (bucket, export, period), found_there in partitions.items():
            manifests = [
                its for its in self._listed(bucket, f"{export}metadata/{period}/") if its.key.endswith(MANIFEST)
            ]
            if manifests:
                # The names of runs begin with their time; S3 knows seconds only.
                newest = max(manifests, key=lambda its: (its.modified, its.key))
                yield from self._in_manifest(newest, found_there)
            else:
                yield from found_there

    def _in_manifest(self, manifest: _Object, objects: list[_Object]) -> Iterator[_Object]:
        with explained(f"S3 object {manifest.address}", "s3:GetObject", _GET_CODES):
            body = self._client.get_object(Bucket=manifest.bucket, Key=manifest.key)["Body"].read()
        keys = listed(manifest.address, body)
        yield from (found for found in objects if found.key in keys)

    def _fetched(self, objects: list[_Object]) -> list[FocusFile]:
        paths = {found: self._folder / _stem(found) / sha256(found.etag.encode()).hexdigest()[:16] for found in objects}
        absent = [found for found, path in paths.items() if not path.exists()]
        total, done = sum(found.size for found in absent), 0

        def arrived(count: int) -> None:
            nonlocal done
            done += count
            self._progress(done, total, "downloading from S3")

        for found in absent:
            self._fetch(found, paths[found], arrived)
        return [FocusFile(path, found.address, kind) for found, path in paths.items() if (kind := format_of(found.key))]

    def _fetch(self, found: _Object, path: Path, arrived: Callable[[int], None]) -> None:
        try:
            # Bills are nobody else's business.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(exist_ok=True)
            older = [its for its in path.parent.iterdir() if len(its.name) == len(path.name)]
            with explained(f"S3 object {found.address}", "s3:GetObject", _GET_CODES):
                # It writes beside the path, under a longer name, and renames at the end.
                self._client.download_file(found.bucket, found.key, str(path), Callback=arrived)
            for file in older:
                file.unlink(missing_ok=True)
        except (OSError, Boto3Error) as error:
            raise SourceError(f"{found.address} can not be copied to {path.parent}: {error}") from error


def _stem(found: _Object) -> str:
    return sha256(f"{found.bucket}/{found.key}".encode()).hexdigest()[:32]


def _expression(path: str) -> str:
    """A path as a regular expression; `**` passes over slashes, `*` and `?` do not."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = "".join(words.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", path))
    if any(sign in path for sign in "*?"):
        return expression
    # All below it, but only below whole names: `costs` does not mean `costs-old/`.
    return expression + ".*" if path.endswith("/") or not path else expression + "(?:/.*)?"
