"""Complaints about a rules file: one line each, with the line and the field, in the order of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from taggov.costs.rules.file import RulesFileError, read_rules_file, read_rules_text

SECTIONS = (
    "version, tag_keys, ignore_case, ignore_key_case, value_aliases, projects, teams, default_owner, accounts, "
    "filters, shared, currency_rates, metrics"
)


def complaints(text: str) -> list[str]:
    """Return what the reader has against a text, without the name of the file."""
    with pytest.raises(RulesFileError) as caught:
        read_rules_text(text, "rules.yaml")
    for line in caught.value.problems:
        assert line.startswith("rules.yaml, ")
        assert line.isprintable()
    return [line.removeprefix("rules.yaml, ") for line in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello\n", 'line 1: the document: must be a mapping, not "hello"'),
        ("- a\n", "line 1: the document: must be a mapping, not a list"),
        ("0\n", 'line 1: the document: must be a mapping, not "0"'),
        ("version: 2\n", 'line 1: version: must be 1, not "2"'),
        ("version: true\n", "line 1: version: must be 1, not true"),
        ("projets: {a: b}\n", 'line 1: projets: unknown field; did you mean "projects"?'),
        ("x: 1\n", f"line 1: x: unknown field; allowed are {SECTIONS}"),
        ("projects: [a]\n", "line 1: projects: must be a mapping, not a list"),
        ("projects:\n  a: 3\n", 'line 2: projects.a: must be a text or a mapping or a list, not "3"'),
        ("projects:\n  a:\n", "line 2: projects.a: must be a text or a mapping or a list, not nothing"),
        ("projects:\n  a:\n    team:\n", "line 3: projects.a.team: must be a text, not nothing"),
        ("projects:\n  a: {aliases: [b]}\n", "line 2: projects.a: team is missing"),
        ("projects:\n  a: {team: x, aliases: b}\n", 'line 2: projects.a.aliases: must be a list, not "b"'),
        (
            "projects:\n  a:\n    team: x\n    aliases:\n      - b\n      - 2024\n",
            'line 6: projects.a.aliases[1]: must be a text; put it in quotes: "2024"',
        ),
        ("projects:\n  a: {team: x, aliases: [b, c, b]}\n", 'line 2: projects.a.aliases: has "b" twice'),
        ("projects:\n  a: {team: x, aliases: []}\n", "line 2: projects.a.aliases: must not be empty"),
        (
            "projects:\n  a: {team: x, from: yesterday}\n",
            'line 2: projects.a.from: must be YYYY-MM-DD, not "yesterday"',
        ),
        (
            "projects:\n  a: {team: x, from: 2026-02-30}\n",
            'line 2: projects.a.from: "2026-02-30" is not a valid date; write YYYY-MM-DD',
        ),
        ("projects:\n  '': x\n", 'line 1: projects: "" is not a valid name; a name must be a text that is not blank'),
        (
            "shared:\n  to: {dev: 1}\n",
            'line 1: shared: "to" is not a valid name; a name must be a name other than the fields of a pool '
            "(split, to, by, when_zero, match, from, until)",
        ),
        ("projects:\n  ' ': x\n", 'line 1: projects: " " is not a valid name; a name must be a text that is not blank'),
        ("projects:\n  a: ' '\n", 'line 2: projects.a: must be a text that is not blank, not " "'),
        ("tag_keys: {project: project}\n", 'line 1: tag_keys.project: must be a list, not "project"'),
        ("tag_keys: {projekt: [a]}\n", 'line 1: tag_keys.projekt: unknown field; did you mean "project"?'),
        ("ignore_case: yes\n", 'line 1: ignore_case: must be true or false, not "yes"'),
        ("default_owner:\n", "line 1: default_owner: must be a text, not nothing"),
        ("default_owner: true\n", 'line 1: default_owner: must be a text; put it in quotes: "true"'),
        ("accounts:\n  0123: 5\n", 'line 2: accounts.0123: must be a text or a mapping or a list, not "5"'),
        ("filters: {services: EC2}\n", 'line 1: filters.services: must be a list or a mapping, not "EC2"'),
        ("filters: {services: {}}\n", "line 1: filters.services: must not be empty"),
        (
            "filters:\n  services:\n    exclud: [a]\n",
            'line 3: filters.services.exclud: unknown field; did you mean "exclude"?',
        ),
        (
            "shared: {dev: half, ops: 1/2}\n",
            'line 1: shared.dev: must be a number or a fraction such as 1/3, not "half"',
        ),
        ("shared:\n  net: {to: {a: -1, b: 2}}\n", 'line 2: shared.net.to.a: must not be negative: "-1"'),
        (
            "shared:\n  net: {split: evn}\n",
            'line 2: shared.net.split: must be one of fixed, even, proportional, not "evn"',
        ),
        ("shared:\n  net: {splitt: even}\n", 'line 2: shared.net.splitt: unknown field; did you mean "split"?'),
        (
            "shared:\n  net: {dev: half, ops: 0.5}\n",
            'line 2: shared.net.dev: must be a number or a fraction such as 1/3, not "half"',
        ),
        ("shared:\n  net: {to: []}\n", "line 2: shared.net.to: must not be empty"),
        (
            "shared:\n  net:\n    match:\n      foo: [a]\n",
            "line 4: shared.net.match.foo: unknown field; "
            "allowed are services, accounts, regions, providers, charge_categories, tags",
        ),
        ("metrics: {orders: {dev: many}}\n", 'line 1: metrics.orders.dev: must be a number, not "many"'),
        ("metrics: {orders: {}}\n", "line 1: metrics.orders: must not be empty"),
        ("projects:\n  a: x\n  b: y\n  a: z\n", 'line 4: "a" is written twice, first on line 2'),
        ("x: &x {team: a}\nprojects:\n  p: {<<: *x, team: b}\n", f"line 1: x: unknown field; allowed are {SECTIONS}"),
        ("a:\n\tb: c\n", "line 2: a tab; indent with spaces"),
    ],
)
def test_what_has_the_wrong_form_is_told_with_line_and_field(text: str, complaint: str) -> None:
    assert complaints(text) == [complaint]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("shared: {dev: 0.5, ops: 0.6}\n", "line 1: shared: the weights add up to 1.1; "),
        ("shared:\n  net:\n    to: {dev: 0.5, ops: 0.6}\n", "line 3: shared.net.to: the weights add up to 1.1; "),
        ("shared: {dev: 0.5, net: {to: [a]}}\n", "line 1: shared.dev: is a weight among pools; "),
        (
            "shared:\n  a: {split: even, to: [b, x]}\n  b:\n    to: {c: 0.5, y: 0.5}\n  c: {to: [a]}\n",
            "line 2: shared.a: is part of a cycle: a -> b -> c -> a",
        ),
        (
            "projects:\n  a:\n    - {team: x}\n    - {team: y, from: 2026-01-01}\n",
            "line 4: projects.a[1]: overlaps with another entry; ",
        ),
        ("teams: {dev: }\nmetrics:\n  m: {dev: 1e30}\n", "line 3: metrics.m.dev: 1E+30 is too large or too small"),
    ],
)
def test_what_contradicts_itself_is_told_with_line_and_field(text: str, complaint: str) -> None:
    (said,) = complaints(text)

    assert said.startswith(complaint)


def test_several_problems_come_in_the_order_of_the_file() -> None:
    text = (
        "shared:\n  net: {split: evn}\n"
        "teams:\n  dev: {owner: 1, boss: a, chief: b}\n"
        "version: 2\n"
        "projects:\n  a: {teem: x}\n"
    )

    assert complaints(text) == [
        'line 2: shared.net.split: must be one of fixed, even, proportional, not "evn"',
        "line 4: teams.dev.boss: unknown field; allowed are owner, from, until",
        "line 4: teams.dev.chief: unknown field; allowed are owner, from, until",
        'line 4: teams.dev.owner: must be a text; put it in quotes: "1"',
        'line 5: version: must be 1, not "2"',
        'line 7: projects.a.teem: unknown field; did you mean "team"?',
        "line 7: projects.a: team is missing",
    ]


def test_contradictions_come_in_the_order_of_the_file() -> None:
    text = (
        "shared:\n  ops: {to: {dev: 0.3, web: 0.3}, by: orders}\n"
        "teams:\n  ops: bo\n  unknown: bo\n"
        "projects:\n  a: {team: dev, from: 2026-13-01}\n"
    )

    assert [said.split(": ")[0] for said in complaints(text)] == ["line 2", "line 2", "line 5", "line 7"]


def test_a_value_with_line_breaks_and_commands_for_the_terminal_stays_one_line() -> None:
    text = 'projects: {a: {team: x, from: "a\\nb\\e[31m\\x9b"}}'

    assert complaints(text) == ['line 1: projects.a.from: must be YYYY-MM-DD, not "a b [31m "']


def test_a_long_value_is_cut() -> None:
    (said,) = complaints(f"version: {'v' * 500}\n")

    assert said == f'line 1: version: must be 1, not "{"v" * 59}..."'


def test_a_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    found = []
    for mark in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(mark + "projects: {café: équipe}\n".encode())
        found.append(read_rules_file(path).snapshots[0].projects["café"].target.name)

    assert found == ["équipe", "équipe"]


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "{}\n", "version: 1\n"])
def test_a_file_that_says_nothing_leaves_everything_unknown(text: str) -> None:
    rules = read_rules_text(text, "rules.yaml")

    assert rules.snapshots[0].names == {}
    assert rules.project_tags == ("project",)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a: b\n".encode("utf-16"), ", line 1: not UTF-8 (byte 0xff)"),
        ("projects:\n  caf\xe9: x\n".encode("latin-1"), ", line 2: not UTF-8 (byte 0xe9)"),
        ("a: b\n".encode("utf-16-le"), ", line 1: the character #x0000 is not allowed in YAML"),
    ],
    ids=["UTF-16", "Latin-1", "UTF-16 without a mark"],
)
def test_a_file_in_another_encoding_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(content)

    with pytest.raises(RulesFileError) as caught:
        read_rules_file(path)

    assert caught.value.problems == [f"{path}{complaint}"]


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"

    with pytest.raises(RulesFileError) as caught:
        read_rules_file(path)

    assert str(caught.value) == f"{path}: No such file or directory"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesFileError) as caught:
        read_rules_file(tmp_path)

    assert str(caught.value) == f"{tmp_path}: Is a directory"


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(RulesFileError) as caught:
        read_rules_file(Path("a\0b"))

    assert "null byte" in str(caught.value)


def test_amounts_are_taken_as_written() -> None:
    rules = read_rules_text("teams: {dev: }\nmetrics: {bytes: {dev: 123456789012}}\nshared: {dev: .1, ops: 0.9}\n", "")

    assert rules.metrics["bytes"]["dev"] == 123456789012
    assert [str(weight) for weight in rules.snapshots[0].pools["shared"].weights] == ["1/10", "9/10"]


def test_an_account_with_zeros_at_its_front_is_found() -> None:
    rules = read_rules_text("accounts:\n  012345678901: dev\nfilters: {accounts: [012345678901]}\n", "rules.yaml")

    assert rules.snapshots[0].accounts.keys() == {"012345678901"}
    assert rules.filters["account"].allow("012345678901")
