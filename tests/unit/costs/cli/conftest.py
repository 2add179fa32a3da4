"""Rules and charges of a small company, in a folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.focus import charge, write_focus

RULES = """
projects: {web: dev, api: ops}
teams: {dev: ana@example.com, ops: bo@example.com}
default_owner: finops@example.com
shared: {dev: 0.5, ops: 0.5}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where commands run: no rules lie about, no AWS is at hand, no cache of the user is touched."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def rules(folder: Path) -> Path:
    path = folder / "rules.yaml"
    path.write_text(RULES)
    return path


@pytest.fixture
def bill(folder: Path) -> Path:
    """Two months: 100 in May, 130.01 in June, 10 of it untagged and 3 given back."""
    june = {"ChargePeriodStart": "2026-06-02T00:00:00Z", "ChargePeriodEnd": "2026-06-03T00:00:00Z"}
    return write_focus(
        folder / "bill.csv",
        charge("60", {"project": "web", "environment": "prod"}),
        charge("40", {"project": "shared"}, ServiceName="Amazon VPC"),
        charge("70.01", {"project": "web"}, **june),
        charge("53", {"project": "api", "environment": "prod"}, **june),
        charge("10", None, SubAccountId="444455556666", **june),
        charge("-3", None, ChargeCategory="Credit", **june),
    )
