"""A file says exactly what the same document says, numbers to the last digit."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings

from cost_allocation.rules.document import read_rules
from taggov.costs.rules.file import read_rules_text
from tests.support.cost_strategies import documents


@settings(max_examples=100)
@given(documents())
def test_a_file_says_what_its_document_says(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, sort_keys=False)

    assert read_rules_text(text, "rules.yaml") == read_rules(document)
