"""YAML with lines: what a scalar is, what is refused, and where things stand."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from taggov.costs.rules.lines import NotYaml, load

TOO_MUCH = "too large, or nested too deeply: do anchors repeat each other?"


def refusal(text: str) -> str:
    with pytest.raises(NotYaml) as caught:
        load(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("0", 0),
        ("0.10", Decimal("0.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal(1000)),
        ("2.5E-3", Decimal("0.0025")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("off", "off"),
        ("2026-05-01", "2026-05-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("007", "007"),
        ("1/3", "1/3"),
        ("50%", "50%"),
        (".nan", ".nan"),
        ("Infinity", "Infinity"),
        ('"5"', "5"),
        ("'true'", "true"),
        ('""', ""),
    ],
)
def test_a_scalar_is_what_people_mean_by_it(written: str, meant: object) -> None:
    value = load(f"a: {written}\n").value["a"]

    assert value == meant
    assert type(value) is type(meant)


def test_an_account_keeps_its_zeros_as_a_key_and_in_a_list() -> None:
    document = load("012345678901: dev\n111122223333: [012345678901, 444455556666]\n")

    assert document.value == {"012345678901": "dev", "111122223333": ["012345678901", "444455556666"]}


def test_a_quantity_of_twelve_digits_is_a_number() -> None:
    assert load("bytes: 123456789012\n").value == {"bytes": 123456789012}


@pytest.mark.parametrize("digits", ["9" * 5000, "1e9999999999", "0." + "1" * 200])
def test_a_number_that_nobody_can_count_with_stays_a_text(digits: str) -> None:
    assert load(f"a: {digits}\n").value == {"a": digits}


def test_lines_are_those_of_keys_and_items() -> None:
    document = load("# a comment\na:\n  b: 1\n\n  c:\n    - x\n    - d: 2\n")

    assert document.lines == {
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c"): 5,
        ("a", "c", 0): 6,
        ("a", "c", 1): 7,
        ("a", "c", 1, "d"): 7,
    }


def test_what_the_file_does_not_have_is_on_the_line_of_what_is_around_it() -> None:
    document = load("a:\n  b:\n    c: 1\n")

    assert document.line(("a", "b", "x", "y")) == 2
    assert document.line(("z",)) == 1


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_document_says_nothing(text: str) -> None:
    assert load(text).value is None


@pytest.mark.parametrize(
    ("text", "line", "first"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1),
        ("a: 1\r\nb: 2\r\na: 3\r\n", 3, 1),
        ("{a: 1, a: 2}", 1, 1),
        ('a: 1\n"a": 2\n', 2, 1),
    ],
)
def test_a_key_that_is_written_twice_is_refused_with_both_lines(text: str, line: int, first: int) -> None:
    assert refusal(text) == f'line {line}: "a" is written twice, first on line {first}'


def test_a_mapping_overrides_what_it_merges() -> None:
    document = load("a: &a {team: dev, from: x}\nb:\n  <<: *a\n  team: ops\n")

    assert document.value["b"] == {"team": "ops", "from": "x"}
    assert document.line(("b", "team")) == 4
    assert document.line(("b", "from")) == 1


def test_of_several_merged_mappings_the_first_counts() -> None:
    document = load("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n")

    assert document.value["c"] == {"x": 1, "y": 2}


def test_a_mapping_that_merges_can_be_used_again() -> None:
    document = load("a: &a {team: dev}\nb: &b {<<: *a, team: ops}\nc: *b\n")

    assert document.value["c"] == {"team": "ops"}


def test_a_key_in_quotes_merges_nothing() -> None:
    assert load('a: {"<<": 1}').value == {"a": {"<<": 1}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1\nb: 2", "line 2: expected ',' or ']', but got ':'"),
        ("a:\n\tb: c\n", "line 2: a tab; indent with spaces"),
        ("a: b\nc: \x01\n", "line 2: the character #x0001 is not allowed in YAML"),
        ("a: b\n\x00", "line 2: the character #x0000 is not allowed in YAML"),
        ("a: *x\n", "line 1: found undefined alias 'x'"),
        ("a: &x 1\nb: &x 2\n", "line 2: the anchor is written twice"),
        ("a: 1\n---\nb: 2\n", "line 2: another document begins; a file has one"),
        ("a: b: c\n", "line 1: mapping values are not allowed here"),
        ("? [a]\n: b\n", "line 1: a key must be a plain text"),
        ("a: 1\n<<: 5\n", "line 2: << takes a mapping, or a list of them"),
        ("a: 1\n<<: [{b: 1}, x]\n", "line 2: << takes a mapping, or a list of them"),
        ("a: 1\nb: !include other.yaml\n", "line 2: !include is not allowed; write the value itself"),
        (
            "a: !!python/name:os.system x\n",
            "line 1: tag:yaml.org,2002:python/name:os.system is not allowed; write the value itself",
        ),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(text: str, problem: str) -> None:
    assert refusal(text) == problem


LAUGH = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(12))
MERGES = "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" if n else "a0: &a0 {x: 1}\n" for n in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "a: &a {<<: *a}\n",
        LAUGH,
        MERGES,
        "[" * 5000,
        "{a: " * 5000,
        "- " * 5000 + "x",
    ],
    ids=["list in itself", "mapping in itself", "merge of itself", "bomb", "bomb of merges", "[", "{", "-"],
)
def test_what_would_never_end_is_refused(text: str) -> None:
    assert refusal(text).endswith(TOO_MUCH)


# The writer is of YAML 1.1 and leaves 1e5 without quotes, which is a number since YAML 1.2.
_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), max_size=8
).filter(lambda text: not re.fullmatch(r"[-+]?[0-9.]+[eE][-+]?[0-9]+", text))
_documents: st.SearchStrategy[Any] = st.recursive(
    _texts | st.integers(-(10**30), 10**30) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)


@given(_documents)
def test_what_a_yaml_writer_writes_is_read_as_it_was(document: Any) -> None:
    text = yaml.safe_dump(document, default_style='"' if isinstance(document, str) else None, allow_unicode=True)

    assert spelled(load(text).value) == spelled(document)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    try:
        load(text)
        said = "line "
    except NotYaml as refused:
        said = str(refused)

    assert said.startswith("line ")


def spelled(value: Any) -> Any:
    """Numbers in lists of twelve digits are accounts, so numbers are compared as they are written."""
    if isinstance(value, dict):
        return {str(key): spelled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [spelled(inner) for inner in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
