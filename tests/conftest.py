"""Every test carries the marker of its layer; tests that share one applied example stay together on one worker."""

from __future__ import annotations

from pathlib import Path

import pytest

LAYERS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        layer = item.path.relative_to(LAYERS).parts[0]
        item.add_marker(layer)
        if layer == "integration":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
