"""Small FOCUS files, written as people would by hand."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import ROOT

_CHARGE = {
    "BilledCost": "1",
    "EffectiveCost": "1",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-05-01T00:00:00Z",
    "BillingPeriodEnd": "2026-06-01T00:00:00Z",
    "ChargePeriodStart": "2026-05-10T00:00:00Z",
    "ChargePeriodEnd": "2026-05-11T00:00:00Z",
    "ChargeCategory": "Usage",
    "ProviderName": "AWS",
    "RegionId": "eu-west-1",
    "ServiceName": "Amazon EC2",
    "SubAccountId": "111122223333",
    "Tags": "",
}
"""A charge of one dollar in May 2026, without tags."""


def charge(cost: str, tags: Mapping[str, str] | None = None, **columns: str) -> dict[str, str]:
    """A row: a cost, its tags, and what differs otherwise."""
    return {**_CHARGE, "BilledCost": cost, "Tags": json.dumps(tags) if tags else "", **columns}


def write_focus(path: Path, *charges: Mapping[str, str]) -> Path:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(charges[0]) if charges else list(_CHARGE))
        writer.writeheader()
        writer.writerows(charges)
    return path


def real_sample() -> Path:
    """The FOCUS Sample Data (CC BY 4.0) with a thousand real rows; the test is skipped where nobody put it."""
    named = os.environ.get("TAGGOV_FOCUS_SAMPLE")
    path = Path(named) if named else ROOT.parent / "shared" / "data" / "focus_1_0_sample_1000.csv"
    if not path.is_file():
        pytest.skip("the FOCUS Sample Data is not here: name focus_1_0_sample_1000.csv in TAGGOV_FOCUS_SAMPLE")
    return path
