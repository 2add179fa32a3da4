"""Every test carries the marker of its layer, which is the folder it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

LAYERS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(item.path.relative_to(LAYERS).parts[0])
