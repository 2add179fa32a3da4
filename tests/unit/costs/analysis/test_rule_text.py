"""Suggested rules are YAML that says what was meant, whatever the names are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_allocation.engine.attribute import attributions
from cost_allocation.model import Kind
from cost_allocation.rules import text as rule_text
from taggov.costs.rules.file import read_rules_text
from taggov.costs.rules.lines import load
from tests.support.costs import cost, rules, table

NAMES = st.text(min_size=1, max_size=8)


@given(NAMES)
def test_a_scalar_is_read_as_the_text_it_was(text: str) -> None:
    assert load(f"a: {rule_text.quote(text)}\n").value == {"a": text}
    assert load(f"{rule_text.quote(text)}: 1\n").value == {text: 1}
    assert load(f"[{rule_text.quote(text)}]\n").value == [text]
    assert rule_text.quote(text).isprintable()


@pytest.mark.parametrize(
    "text", ["1e5", "0x1F", "no", "Null", "y", "12", "-", "", "<<", "a: b", "a\nb", '"', "\\", "é"]
)
def test_what_could_be_something_else_is_quoted(text: str) -> None:
    assert rule_text.quote(text).startswith('"')


@pytest.mark.parametrize("text", ["web", "Web-2", "e5", "under_score"])
def test_plain_names_stay_plain(text: str) -> None:
    assert rule_text.quote(text) == text


def test_rules_are_written_in_one_line() -> None:
    assert rule_text.project("web", "dev") == "projects: {web: dev}"
    assert rule_text.project("web", "dev", ["wbe", "w 2"]) == 'projects: {web: {team: dev, aliases: [wbe, "w 2"]}}'
    assert rule_text.team("dev") == "teams: {dev: null}"
    assert rule_text.account("111122223333", "dev") == 'accounts: {"111122223333": dev}'
    assert rule_text.service_pool("s3", "S3", {}) == "shared: {s3: {match: {services: [S3]}, split: even}}"
    assert (
        rule_text.service_pool("s3", "S3", {"dev": Fraction(1, 3), "ops": Fraction(2, 3)})
        == "shared: {shared: {to: {dev: 1/3, ops: 2/3}}, s3: {match: {services: [S3]}, split: even}}"
    )


@given(NAMES)
def test_a_pool_takes_its_service_and_no_other(service: str) -> None:
    given_rules = (
        read_rules_text(f"teams: {{dev: }}\n{rule_text.service_pool('own', service, {})}\n", "suggested")
        if service.strip()
        else rules()
    )
    costs = table(
        [cost("1", service=service), cost("1", service=service + "x"), cost("1", service="x" + service)],
        given_rules.attribution_dimensions,
    )

    kinds = [decided.target.kind for decided in attributions(costs, given_rules)]

    assert kinds == [Kind.POOL if service.strip() else Kind.UNKNOWN, Kind.UNKNOWN, Kind.UNKNOWN]
