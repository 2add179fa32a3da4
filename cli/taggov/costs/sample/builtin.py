"""The data that is shown when there is nothing else: made on first use, kept in the user's cache folder."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from taggov.costs.sample.generate import generate
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cache.store import default_folder
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.focus.runs import Current

ROWS = 20_000
NAME = "the sample of a made-up company"


class SampleFiles(FocusFiles):
    """The sample as a source. It has a name: where its file lies is nobody's business."""

    def _meant(self, path: str) -> Current:
        found = super()._meant(path)
        return replace(found, files=[replace(file, name=NAME) for file in found.files])


def sample_file() -> Path:
    """The file, which is made anew when the generator has changed.

    Raises:
        SourceError: the cache folder can not be written to.
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
            raise SourceError(f"the sample can not be made in {file.parent}: {error.strerror}") from None
    return file
