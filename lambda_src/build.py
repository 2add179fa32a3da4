"""Package the function: the same bytes on every machine, so that the committed zip can be checked and its hash stays.

Usage: python lambda_src/build.py [--check]
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).parent
PACKAGE = "tag_governance"
TARGET = SOURCE.parent / "modules" / "remediation" / "lambda" / f"{PACKAGE}.zip"
SUFFIXES = {".py", ".json"}

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644


def package() -> bytes:
    """The zip archive: sorted names, fixed dates and modes.

    Stored without compression, because compressed bytes depend on the zlib that made them.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted((SOURCE / PACKAGE).rglob("*")):
            if file.suffix in SUFFIXES and "__pycache__" not in file.parts:
                info = zipfile.ZipInfo(file.relative_to(SOURCE).as_posix(), _EPOCH)
                info.external_attr = _READABLE << 16
                info.create_system = 3
                # A checkout may have turned line ends around; the package must not differ for it.
                archive.writestr(info, file.read_bytes().replace(b"\r\n", b"\n"))
    return buffer.getvalue()


def main() -> int:
    """Write the archive, or with --check say whether the committed one is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the committed zip is stale")
    if parser.parse_args().check:
        if TARGET.is_file() and TARGET.read_bytes() == package():
            return 0
        print(f"{TARGET.name} is stale: run `make build`", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(package())
    return 0


if __name__ == "__main__":
    sys.exit(main())
