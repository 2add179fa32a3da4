"""Every test carries the marker of its layer, which is the folder it is in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

LAYERS = Path(__file__).parent


# A busy machine is no failure, and continuous integration tries the same examples each time.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same examples", settings.get_profile("any machine"), derandomize=True)
settings.load_profile("same examples" if os.environ.get("CI") else "any machine")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Let pyproject.toml hold the setting of pytest-terraform where `-p no:terraform` keeps it away."""
    if pluginmanager.is_blocked("terraform"):
        parser.addini("terraform-mod-dir", "the folder of the roots that pytest-terraform applies")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(item.path.relative_to(LAYERS).parts[0])
