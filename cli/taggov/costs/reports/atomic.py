"""Files that appear whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OutputError(Exception):
    """Something can not be written or served. One line for people: what, why, and what would do."""


def place(target: Path) -> Path:
    """Find the place where a file would be written. A link stays a link: what it points to is replaced.

    Raises:
        OutputError: the folder is missing, or the target is no file.
    """
    final = target.resolve()
    if not final.parent.is_dir():
        raise OutputError(f"{target} can not be written: there is no folder {final.parent}")
    if final.exists() and not final.is_file():
        what = "is a folder" if final.is_dir() else "is not a file"
        raise OutputError(f"{target} can not be written: it {what}; name a file")
    return final


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A hidden path beside the target to write to; it becomes the target when the block ends well, else it goes.

    An older file stays as it was until then. A new one has the rights that the user's umask gives.

    Raises:
        OutputError: the folder is missing or closed, the target is no file, the disk is full.
    """
    final = place(target)
    temporary = final.with_name(f".taggov-{secrets.token_hex(8)}.tmp")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        temporary.replace(final)
    except OSError as error:
        raise OutputError(f"{target} can not be written: {error.strerror or error}") from error
    except UnicodeEncodeError as error:
        raise OutputError(f"{target} can not be written: {error.object!r} is not valid Unicode") from error
    finally:
        temporary.unlink(missing_ok=True)
