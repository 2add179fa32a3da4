"""Every test carries the marker of its layer, which is the folder it is in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

LAYERS = Path(__file__).parent


# A busy machine is no failure.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(item.path.relative_to(LAYERS).parts[0])
