"""Rules that did nothing are named by every command, and stop a pipeline that asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import taggov
from tests.support.focus import charge, write_focus

DEAD = """
projects:
  alpha: dev
  aplha: dev
teams:
  dev: Alice
accounts:
  "prod-*": dev
  12345: dev
filters:
  charge_categories: {exclude: [Taxes]}
shared:
  support: {match: {services: ["AWS Suport*"]}, to: {dev: 1}}
"""
NEVER = [
    'accounts.prod-*: "prod-*" can never match: accounts are matched by id, not by pattern',
    'accounts.12345: "12345" can never match: an AWS account id has 12 digits',
    'filters.charge_categories.exclude[0]: "Taxes" is not a charge category, so it can never match; '
    'did you mean "Tax"?',
]
NOTHING = [
    'projects.aplha: no cost has the tag project "aplha"; the nearest is "alpha"',
    'shared.support.match.services[0]: "AWS Suport*" matches no service; the nearest is "AWS Support (Business)"',
]
TUTORIAL = """
projects:
  alpha: dev
  beta: ops
  shared: shared
teams:
  dev: Alice
  ops: Bob
  shared: Management
default_owner: Unassigned
filters:
  services: [EC2, S3, Lambda]
"""


def written(folder: Path, text: str) -> str:
    """The name of a file with these rules."""
    path = folder / "rules.yaml"
    path.write_text(text)
    return str(path)


@pytest.fixture
def support(folder: Path) -> str:
    """A bill with a project and a support plan, over two files: one for each cloud."""
    bills = folder / "bills"
    bills.mkdir()
    write_focus(
        bills / "aws.csv", charge("60", {"project": "alpha"}), charge("40", ServiceName="AWS Support (Business)")
    )
    write_focus(bills / "azure.csv", charge("5", {"project": "alpha"}, ProviderName="Microsoft", SubAccountId="a-1"))
    return str(bills / "*.csv")


COMMANDS = [
    ("report",),
    ("kpis",),
    ("coverage",),
    ("trace", "dev"),
    ("export", "out.csv", "--format", "csv"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_names_each_dead_rule_once(command: tuple[str, ...], folder: Path, support: str) -> None:
    arguments = ("costs", *command, "--focus", support, "--rules", written(folder, DEAD))

    result = taggov(*arguments, "--json")

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)["warnings"]
    assert sorted(found) == sorted([*NEVER, *NOTHING])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_text_has_the_same_warnings(command: tuple[str, ...], folder: Path, support: str) -> None:
    result = taggov("costs", *command, "--focus", support, "--rules", written(folder, DEAD))

    assert result.exit_code == 0
    for line in (*NEVER, *NOTHING):
        assert result.stderr.count(f"taggov: warning: {line}\n") == 1


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_strict_fails_when_a_rule_did_nothing(command: tuple[str, ...], folder: Path, support: str) -> None:
    arguments = ("costs", *command, "--focus", support, "--json", "--strict", "--rules")

    dead = taggov(*arguments, written(folder, DEAD))
    alive = taggov(*arguments, written(folder, "projects: {alpha: dev}\n"))

    assert dead.exit_code == 3
    assert "taggov: --strict: 5 rules match nothing\n" in dead.stderr
    assert json.loads(dead.stdout)
    assert alive.exit_code == 0, alive.stderr


def test_strict_fails_for_a_tag_key_that_no_cost_has(folder: Path, support: str) -> None:
    rules = written(folder, "tag_keys: {project: [project], team: [Teem]}\nprojects: {alpha: dev}\n")

    result = taggov("costs", "report", "--focus", support, "--rules", rules, "--strict", "--json")

    assert result.exit_code == 3
    assert [line for line in json.loads(result.stdout)["warnings"] if "Teem" in line]


def test_services_are_chosen_by_the_names_that_people_use(folder: Path, support: str) -> None:
    result = taggov("costs", "total", "--focus", support, "--where", "service=EC2", "--json")

    assert json.loads(result.stdout)["totals"] == [{"currency": "USD", "cost": "65"}]


def test_strict_does_not_hold_other_warnings_against_the_rules(folder: Path, support: str) -> None:
    rules = written(folder, "projects: {alpha: net}\nshared: {net: {split: proportional, to: [dev]}}\n")

    result = taggov("costs", "report", "--focus", support, "--rules", rules, "--strict", "--json")

    assert result.exit_code == 0
    assert "no target has any direct cost" in json.loads(result.stdout)["warnings"][0]


def test_among_costs_that_were_chosen_only_what_can_never_match_is_named(folder: Path, support: str) -> None:
    rules = written(folder, DEAD)

    for chosen in (("--where", "service=Amazon EC2"), ("--currency", "USD")):
        result = taggov("costs", "report", "--focus", support, "--rules", rules, *chosen, "--json")
        assert sorted(json.loads(result.stdout)["warnings"]) == sorted(NEVER)


def test_a_comparison_of_rules_names_what_either_file_has(folder: Path, support: str) -> None:
    before = written(folder, DEAD)
    after = folder / "after.yaml"
    after.write_text("projects: {alpha: dev, bheta: dev}\n")

    result = taggov("costs", "rules", "diff", before, str(after), "--focus", support, "--json", "--strict")

    new = 'projects.bheta: no cost has the tag project "bheta"; there are alpha'
    assert result.exit_code == 3
    assert sorted(json.loads(result.stdout)["warnings"]) == sorted([*NEVER, *NOTHING, new])


def test_check_refuses_what_can_never_match_by_line(folder: Path) -> None:
    rules = written(folder, DEAD)

    result = taggov("costs", "rules", "check", rules)

    lines = [f"taggov: {rules}, line {number}: {said}" for number, said in zip((8, 9, 11), NEVER, strict=True)]
    assert result.exit_code == 2
    assert result.stderr.splitlines() == lines


def test_check_says_so_in_json(folder: Path) -> None:
    result = taggov("costs", "rules", "check", written(folder, DEAD), "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 2
    assert not document["valid"]
    assert len(document["problems"]) == 3


def owned(folder: Path, rules: str, *charges: dict[str, str]) -> dict[tuple[str, str | None], str]:
    """Read from the report what each team and owner has."""
    bill = write_focus(folder / "bill.csv", *charges)
    checked = taggov("costs", "rules", "check", written(folder, rules))
    assert (checked.exit_code, checked.stderr) == (0, "")
    result = taggov(
        "costs", "report", "--focus", str(bill), "--rules", written(folder, rules), "--by", "team,owner", "--json"
    )
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)["allocations"]
    return {(row["team"], row["owner"]): row["cost"] for row in rows}


@pytest.mark.parametrize(
    ("ec2", "function", "store"),
    [
        ("Amazon EC2", "Lambda", "Amazon S3"),
        ("Amazon Elastic Compute Cloud", "AWS Lambda", "Amazon Simple Storage Service"),
        ("AmazonEC2", "AWSLambda", "AmazonS3"),
        ("Amazon Elastic Compute Cloud - Compute", "AWS Lambda", "Amazon Simple Storage Service"),
    ],
)
def test_the_rules_of_the_tutorial_work_as_they_stand(folder: Path, ec2: str, function: str, store: str) -> None:
    costs = [
        charge("100", {"project": "alpha"}, ServiceName=ec2),
        charge("40", {"project": "shared"}, ServiceName=function),
        charge("7", {"project": "beta"}, ServiceName=store),
        charge("3", None, ServiceName=store),
        charge("9", {"project": "alpha"}, ServiceName="Amazon Athena"),
    ]
    alone = {("dev", "Alice"): "100", ("ops", "Bob"): "7", ("unknown", "Unassigned"): "3"}

    assert owned(folder, TUTORIAL, *costs) == alone | {("shared", "Management"): "40"}
    split = f"{TUTORIAL}shared: [dev:0.5, ops:0.5]\n"
    assert owned(folder, split, *costs) == alone | {("dev", "Alice"): "120", ("ops", "Bob"): "27"}
