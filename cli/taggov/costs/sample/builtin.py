"""Built-in sample data, generated on first use in the cache folder of the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from taggov.costs.sample.generate import generate
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cache.store import default_folder
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.focus.runs import Selection

ROWS = 20_000
NAME = "the sample of a fictional company"


class SampleFiles(FocusFiles):
    """The sample as a source, with a display name instead of the path."""

    def _on_disk(self, paths: Sequence[str]) -> Selection:
        found = super()._on_disk(paths)
        return replace(found, files=[replace(file, name=NAME) for file in found.files])


def sample_file() -> Path:
    """Return the sample file. It is generated again when the generator has changed.

    Raises:
        SourceError: the cache folder cannot be written to.
    """
    made_by = sha256()
    for part in sorted(Path(__file__).parent.iterdir()):
        if part.is_file():
            made_by.update(part.read_bytes())
    file = default_folder() / f"sample-{made_by.hexdigest()[:16]}.parquet"
    if not file.is_file():
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            generate(file, ROWS)
        except OSError as error:
            raise SourceError(f"the sample cannot be written to {file.parent}: {error.strerror}") from None
    return file
