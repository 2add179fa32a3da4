"""The rules that the documentation and the examples show are rules, and read the tags of the schema beside them."""

from __future__ import annotations

import re

import hcl2

from taggov.costs.rules.file import read_rules_file, read_rules_text
from taggov.costs.rules.review import review
from tools import ROOT


def test_the_rules_in_the_documentation_work_as_pasted() -> None:
    text = (ROOT / "docs" / "COST-ALLOCATION.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)

    rules = read_rules_text(block, "COST-ALLOCATION.md")

    assert set(rules.snapshots[0].pools) == {"network", "platform", "security", "warehouse", "support"}
    assert review(rules) == []


def test_cost_rules_of_an_example_read_tags_of_its_schema() -> None:
    example = ROOT / "examples" / "complete"
    configuration = hcl2.loads((example / "main.tf").read_text())
    (call,) = [module['"tag_governance"'] for module in configuration["module"] if '"tag_governance"' in module]

    rules = read_rules_file(example / "allocation_rules.yaml")

    read = {*rules.project_tags, *rules.team_tags, *rules.environment_tags, *rules.customer_tags}
    assert read - rules.assumed_tags <= set(call["tags"])
    assert {"Application", "CostCenter", "Environment", "CustomerID"} <= read
    assert review(rules) == []
