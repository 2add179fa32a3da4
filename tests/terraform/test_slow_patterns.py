"""Regular expressions that Python may take minutes for are warned of at plan; others are not."""

from __future__ import annotations

import re

import pytest

from tag_governance.domain.patterns import PatternTooSlow, matches
from tests.terraform.conftest import Root

SLOW = (
    r"([a-z]+-?)+",
    r"(a+)+",
    r"(a*)*b",
    r"(.*)+",
    r"(\w+\s?)*",
    r"(-?[a-z]+)*",
    r"([a-z]{2,}\.?)+",
    r"([a-z]+-?){2,}",
    r"([a-z]{2,5})+",
    r"((a+)b?)*",
    r"((([a-z]+)))+",
    r"(?:[a-z0-9]+[._-]?)+@example\.com",
)
SWIFT = (
    r"[a-z0-9.+-]+@example\.com",
    r"CC-[0-9]{4}",
    r"(dev|prod)",
    r"^[A-Z]{2,5}(-[0-9]+)?$",
    r"[a-z]+(-[a-z]+)*",
    r"([a-z0-9]+-)*[a-z0-9]+",
    r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*",
    r"(\+\*)+",
    r"([+*])+",
    r"\(a+\)+",
    r"(a+)b+",
    r"(ab)+c+",
    r"(a+)(b)*",
    r"(a{2})+",
    r"([a-z]+-?){1,2}",
    r"([0-9]{1,3}\.)+",
)
# Long enough for the slow ones, and matched by none of the patterns.
VALUES = ("a" * 64 + "!", "-a" * 32 + "!", "a-" * 32 + "!", "ab" * 32 + "!", "+*" * 32 + "!")


def test_a_warning_names_the_pattern_and_what_to_do(schema: Root) -> None:
    variables = {
        "tags": {"Team": {}},
        "scopes": {"one": {"target_id": "111122223333", "tags": {"Team": {"pattern": SLOW[0]}}}},
    }

    (line,) = schema.warnings(variables)

    assert line.startswith(f'scopes["one"].tags["Team"].pattern is "{SLOW[0]}": a + or * inside a repeated group')
    assert "can take minutes in Python" in line
    assert "gives up after 50 ms and reports the resource as not evaluated" in line
    assert "as in [a-z]+(-[a-z]+)*" in line


def test_all_that_repeat_a_repetition_are_warned_of_and_no_others(schema: Root) -> None:
    tags = {f"Key{number:02}": {"pattern": pattern} for number, pattern in enumerate((*SLOW, *SWIFT))}

    lines = schema.warnings({"tags": tags})

    assert [line.split('"')[1] for line in lines] == [f"Key{number:02}" for number in range(len(SLOW))]


def test_a_pattern_that_is_warned_of_is_applied_all_the_same(schema: Root) -> None:
    assert schema.refusals({"tags": {"Team": {"pattern": SLOW[0]}}}) == []


@pytest.mark.parametrize("pattern", SWIFT)
def test_python_answers_at_once_where_nothing_is_warned_of(pattern: str) -> None:
    assert not any(matches(re.compile(pattern), value) for value in VALUES)


def test_python_gives_up_where_it_is_warned_of() -> None:
    with pytest.raises(PatternTooSlow):
        matches(re.compile(SLOW[0]), VALUES[0])
