"""Numbers of alarms and metrics that READMEs put a price on are those of the code."""

from __future__ import annotations

import re

import hcl2
import pytest

from tag_governance.reporting.metrics import GAUGES, NAMES
from tools import ROOT

PAGES = ("README.md", "examples/complete/README.md", "examples/simple/README.md")
OF_NO_SCOPE = {"Ignored"}
"""Metrics of messages about no governed resource."""


def alarms() -> tuple[int, int]:
    """Count the alarms of a stack, and the metrics that they look at, which are what AWS charges for."""
    files = (ROOT / "modules/remediation/alarms.tf", ROOT / "modules/event-forwarding/dead-letter.tf")
    parsed = [hcl2.loads(path.read_text("utf-8")) for path in files]
    (by_name,) = (block["alarms"] for found in parsed for block in found.get("locals", []) if "alarms" in block)
    resources = [
        alarm
        for found in parsed
        for block in found["resource"]
        for name, alarm in block.items()
        if name.strip('"') == "aws_cloudwatch_metric_alarm"
    ]
    names = len([name for name in by_name if not name.startswith("__")])
    in_expressions = 2  # evaluated and compliant, of `compliance-under-target`
    return names + len(resources) - 1, names + len(resources) - 2 + in_expressions


@pytest.mark.parametrize("page", PAGES)
def test_alarms_and_metrics_are_counted(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    count, metrics = alarms()

    (listed,) = re.findall(r"(\d+) alarms", text)
    (in_total,) = re.findall(r"up to (\d+) metrics\s+for the whole", text)
    (by_scope,) = re.findall(r"whole(?:,| and) (\d+) for (?:each|the one) scope", text)

    assert int(listed) == count
    assert int(in_total) == len(NAMES) + len(GAUGES)
    assert int(by_scope) == len(set(NAMES) - OF_NO_SCOPE)
    if page == "README.md":
        assert f"{metrics} in all" in text
