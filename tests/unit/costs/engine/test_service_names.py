"""Services by the names that people use."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from cost_allocation.model import Kind
from cost_allocation.rules.service_names import is_aws_service, service_names
from tests.support.costs import cost, decision, rules

EVERYONE_SAYS = {
    "EC2": ("Amazon Elastic Compute Cloud", "Amazon Elastic Compute Cloud - Compute", "EC2 - Other", "AmazonEC2"),
    "S3": ("Amazon Simple Storage Service", "AmazonS3"),
    "Lambda": ("AWS Lambda", "AWSLambda"),
    "RDS": ("Amazon Relational Database Service", "AmazonRDS"),
}
"""Names that people say, and what FOCUS, Cost Explorer and the CUR have for it."""

NAMED = [(said, name) for said, names in EVERYONE_SAYS.items() for name in (said, *names)]


@pytest.mark.parametrize(("said", "name"), NAMED)
def test_a_filter_by_the_name_that_people_use_lets_through_the_name_of_every_source(said: str, name: str) -> None:
    given = rules(projects={"web": "dev"}, filters={"services": [said]})

    assert decision(given, cost("1", project="web", service=name)).target.kind is Kind.TEAM
    assert decision(given, cost("1", project="web", service="Amazon Athena")).target.kind is Kind.EXCLUDED


@pytest.mark.parametrize(("said", "name"), NAMED)
def test_a_pool_takes_a_service_by_the_name_that_people_use(said: str, name: str) -> None:
    given = rules(shared={"net": {"match": {"services": [said.lower()]}, "to": {"dev": 1}}})

    assert decision(given, cost("1", service=name if name != said else said.lower())).target.name == "net"
    assert decision(given, cost("1", service="Amazon Athena")).target.kind is Kind.UNKNOWN


def test_an_exclusion_by_the_name_that_people_use_leaves_out_every_part() -> None:
    given = rules(projects={"web": "dev"}, filters={"services": {"exclude": ["EC2"]}})

    assert decision(given, cost("1", project="web", service="EC2 - Other")).target.kind is Kind.EXCLUDED
    assert decision(given, cost("1", project="web", service="AWS Lambda")).target.kind is Kind.TEAM


@pytest.mark.parametrize("part", ["EC2 - Other", "Amazon Elastic Compute Cloud - Compute"])
def test_the_name_of_a_part_stands_for_that_part_alone(part: str) -> None:
    given = rules(projects={"web": "dev"}, filters={"services": [part]})

    assert decision(given, cost("1", project="web", service=part)).target.kind is Kind.TEAM
    for other in {*EVERYONE_SAYS["EC2"], "EC2"} - {part}:
        assert decision(given, cost("1", project="web", service=other)).target.kind is Kind.EXCLUDED


def test_a_name_of_one_source_stands_for_that_of_another() -> None:
    assert "AmazonS3" in service_names("Amazon Simple Storage Service")
    assert "EC2 - Other" in service_names("AmazonEC2")


@pytest.mark.parametrize("name", ["Virtual Machines", "EC*", "Backup", "Support", ""])
def test_a_name_that_is_in_no_table_stands_for_itself(name: str) -> None:
    assert service_names(name) == (name,)
    assert not is_aws_service(name)


def test_only_services_have_other_names() -> None:
    given = rules(projects={"web": "dev"}, filters={"accounts": {"exclude": ["S3"]}})

    assert given.filters["account"].exclude == ("S3",)


def test_no_name_means_two_services() -> None:
    table = json.loads(files("cost_allocation.rules").joinpath("service_names.json").read_text("utf-8"))
    owners: dict[str, set[int]] = {}
    for index, service in enumerate(table["services"]):
        assert service.keys() == {"names", "focus", "cost_explorer", "cur"}
        for name in {name.casefold() for names in service.values() for name in names}:
            owners.setdefault(name, set()).add(index)

    assert [name for name, its in owners.items() if len(its) > 1] == []
