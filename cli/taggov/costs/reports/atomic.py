"""Atomic writing of files."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OutputError(Exception):
    """A file cannot be written, or a port not served. The message is one line with the reason and the fix."""


def place(target: Path) -> Path:
    """Resolve the path of an output file. A symbolic link is kept, and its target is replaced.

    Raises:
        OutputError: the folder is missing, or the target is not a file.
    """
    final = target.resolve()
    if not final.parent.is_dir():
        raise OutputError(f"{target} cannot be written: there is no folder {final.parent}")
    if final.exists() and not final.is_file():
        what = "is a folder" if final.is_dir() else "is not a file"
        raise OutputError(f"{target} cannot be written: it {what}; name a file")
    return final


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside the target. It replaces the target if the block succeeds; otherwise it is deleted.

    Until then, an existing file is unchanged. A new file gets the permissions of the umask.

    Raises:
        OutputError: the folder is missing or not writable, the target is not a file, or the disk is full.
    """
    final = place(target)
    temporary = final.with_name(f".taggov-{secrets.token_hex(8)}.tmp")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        temporary.replace(final)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
    except UnicodeEncodeError as error:
        raise OutputError(f"{target} cannot be written: {error.object!r} is not valid Unicode") from error
    finally:
        temporary.unlink(missing_ok=True)
