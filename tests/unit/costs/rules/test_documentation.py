"""The rules that the documentation shows are rules."""

from __future__ import annotations

import re

from taggov.costs.rules_file import read_rules_text
from taggov.costs.rules_review import review
from tools import ROOT


def test_the_rules_in_the_documentation_work_as_pasted() -> None:
    text = (ROOT / "docs" / "COST-ALLOCATION.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)

    rules = read_rules_text(block, "COST-ALLOCATION.md")

    assert set(rules.snapshots[0].pools) == {"network", "platform", "security", "warehouse", "support"}
    assert review(rules) == []
