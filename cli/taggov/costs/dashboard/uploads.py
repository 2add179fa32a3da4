"""Uploaded files, in a private folder of the session."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Protocol


class Upload(Protocol):
    """An uploaded file of Streamlit."""

    name: str

    def getvalue(self) -> bytes: ...


def save_upload(folder: Path, upload: Upload) -> Path:
    """Write an upload to the folder under its name. The same content gets the same path.

    Args:
        folder: folder of the session.
        upload: the upload. Its name is not trusted.
    """
    content = upload.getvalue()
    place = folder / sha256(content).hexdigest()
    place.mkdir(mode=0o700, exist_ok=True)
    # Use only the last part of a path, and no name of only dots.
    name = upload.name.replace("\\", "/").rpartition("/")[2]
    file = place / (name if name.strip(".") else "upload")
    if not file.is_file():
        file.write_bytes(content)
    return file


def without_folder(folder: Path, message: str) -> str:
    """Replace paths of uploads in a message by their names."""
    parts = message.split(f"{folder}/")
    # Paths are folder, digest, name.
    return parts[0] + "".join(part.partition("/")[2] if "/" in part else part for part in parts[1:])
