"""Files that the user uploads: kept in a folder of the session that nobody else can look into."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Protocol


class Upload(Protocol):
    """A file as Streamlit hands it over."""

    name: str

    def getvalue(self) -> bytes: ...


def kept(folder: Path, upload: Upload) -> Path:
    """Write an upload into the folder under its own name; the same content has the same path.

    Args:
        folder: of the session.
        upload: its name is not trusted to stay inside the folder.
    """
    content = upload.getvalue()
    place = folder / sha256(content).hexdigest()
    place.mkdir(mode=0o700, exist_ok=True)
    # Of a path only the last part counts, and of dots alone nothing.
    name = upload.name.replace("\\", "/").rpartition("/")[2]
    file = place / (name if name.strip(".") else "upload")
    if not file.is_file():
        file.write_bytes(content)
    return file


def without_folder(folder: Path, message: str) -> str:
    """A message that calls uploads by the names that the user knows."""
    parts = message.split(f"{folder}/")
    # After the folder comes the digest, then the name.
    return parts[0] + "".join(part.partition("/")[2] if "/" in part else part for part in parts[1:])
