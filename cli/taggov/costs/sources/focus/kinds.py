"""Recognition of files that are not CSV or Parquet, and of exports that are not FOCUS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class _Magic(NamedTuple):
    start: bytes
    kind: str
    advice: str


_MAGIC = (
    _Magic(b"version https://git-lfs.github.com/spec/", "a Git LFS pointer", "fetch the file with `git lfs pull`"),
    _Magic(b"PK\x03\x04", "a ZIP archive", "unpack it first"),
    _Magic(b"PK\x05\x06", "an empty ZIP archive", "export it again"),
    _Magic(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (XLS)", "save it as CSV UTF-8"),
    _Magic(b"PAR1", "a Parquet file", "name it .parquet"),
    _Magic(b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "unpack it first"),
    *(_Magic(b"BZh%d" % level, "compressed with bzip2", "unpack it first") for level in range(1, 10)),
    _Magic(b"\xfd7zXZ\x00", "compressed with xz", "unpack it first"),
    _Magic(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    _Magic(b"ORC", "an ORC file", "export Parquet or CSV"),
    _Magic(b"Obj\x01", "an Avro file", "export Parquet or CSV"),
    _Magic(b"%PDF-", "a PDF document", "export Parquet or CSV"),
    _Magic(b"SQLite format 3\x00", "an SQLite database", "export Parquet or CSV"),
)
_TEXT_MAGIC = frozenset(magic.start for magic in _MAGIC if magic.start.isalnum())
"""Magic numbers that a CSV header could also start with."""
_CONTROL = re.compile(rb"[\x00-\x08]")
_JSON = re.compile(r'\[?\s*\{\s*(?:"[^"]*"\s*:|\})')
_TAR = (257, b"ustar")
_GZIP = b"\x1f\x8b"
_ANSWERS = (("<?xml", "an XML document"), ("<!doctype", "a web page"), ("<html", "a web page"))
_HEAD = 1024


class _Export(NamedTuple):
    """An export that has all of `columns` in its header, in any letter case."""

    columns: frozenset[str]
    kind: str


_FOCUS_OF_AWS = "export FOCUS with AWS Data Exports, or read Cost Explorer"
_FOCUS_OF_AZURE = "create an export of the dataset `Cost and usage (FOCUS)`"
_FOCUS_OF_OCI = "take the reports below `FOCUS Reports/`"
_FOCUS_OF_GOOGLE = "use its FOCUS view of BigQuery"

_EXPORTS = (
    _Export(
        frozenset({"lineitem/usagestartdate", "lineitem/unblendedcost"}),
        f"an AWS Cost and Usage Report (CUR); {_FOCUS_OF_AWS}",
    ),
    _Export(
        frozenset({"line_item_usage_start_date", "line_item_unblended_cost"}),
        f"an AWS Cost and Usage Report (CUR); {_FOCUS_OF_AWS}",
    ),
    _Export(frozenset({"invoiceid", "payeraccountid", "recordtype"}), f"an AWS billing report; {_FOCUS_OF_AWS}"),
    _Export(frozenset({"metercategory", "costinbillingcurrency"}), f"Azure cost details; {_FOCUS_OF_AZURE}"),
    _Export(frozenset({"metercategory", "pretaxcost"}), f"Azure usage details; {_FOCUS_OF_AZURE}"),
    _Export(frozenset({"lineitem/intervalusagestart", "cost/mycost"}), f"an OCI cost report; {_FOCUS_OF_OCI}"),
    _Export(
        frozenset({"lineitem/intervalusagestart", "usage/billedquantity"}), f"an OCI usage report; {_FOCUS_OF_OCI}"
    ),
    _Export(
        frozenset({"billing_account_id", "usage_start_time", "cost"}),
        f"a Google Cloud billing export; {_FOCUS_OF_GOOGLE}",
    ),
)


def other_kind(start: bytes) -> str | None:
    """Recognize a file that is not CSV by its first bytes. Return kind and advice: `a ZIP archive; unpack it first`.

    Args:
        start: at least 512 bytes; more help to recognize a workbook by the names in the ZIP archive.
    """
    if start.startswith(b"PK\x03\x04") and b"xl/" in start:
        return "an Excel workbook (XLSX); save it as CSV UTF-8"
    for magic in _MAGIC:
        # A CSV header may begin with the same letters.
        if start.startswith(magic.start) and (magic.start not in _TEXT_MAGIC or _CONTROL.search(start[:_HEAD])):
            return f"{magic.kind}; {magic.advice}"
    offset, sign = _TAR
    if start[offset : offset + len(sign)] == sign:
        return "a tar archive; unpack it first"
    beginning = start[:_HEAD].decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    answer = next((kind for sign, kind in _ANSWERS if beginning.startswith(sign)), None)
    if answer:
        return f"{answer}, perhaps the error of a download; fetch the file again"
    if _JSON.match(beginning):
        return "JSON; export Parquet or CSV"
    return None


def is_gzip(start: bytes) -> bool:
    """Return True if the content is gzip."""
    return start.startswith(_GZIP)


def other_export(columns: Iterable[str]) -> str | None:
    """Recognize a cloud export that is not FOCUS by its columns. Return its kind and how to get FOCUS, or None."""
    names = {name.lower() for name in columns}
    return next((export.kind for export in _EXPORTS if export.columns <= names), None)
