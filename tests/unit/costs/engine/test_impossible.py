"""Rules that no cost can ever fit."""

from __future__ import annotations

from typing import Any

import pytest

from cost_allocation.rules.impossible import impossible_conditions
from tests.support.costs import rules


def found(**document: Any) -> list[str]:
    """List what can never match, each as `place: message`."""
    return [f"{problem.place}: {problem.message}" for problem in impossible_conditions(rules(**document))]


def pools(**match: Any) -> dict[str, Any]:
    """Pools that take what matches."""
    return {name: {"match": one, "to": ["dev"]} for name, one in match.items()}


NAME = "can never match: it is a name, but accounts are matched by id"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            {"filters": {"charge_categories": {"exclude": ["Taxes"]}}},
            'filters.charge_categories.exclude[0]: "Taxes" is not a charge category, so it can never match; '
            'did you mean "Tax"?',
        ),
        (
            {"filters": {"charge_categories": ["Usage", "tax"]}},
            'filters.charge_categories[1]: "tax" is not a charge category, so it can never match; did you mean "Tax"?',
        ),
        (
            {"shared": pools(net={"charge_categories": ["Discount"]})},
            'shared.net.match.charge_categories[0]: "Discount" is not a charge category, so it can never match; '
            "they are Usage, Purchase, Tax, Credit, Adjustment",
        ),
        (
            {"accounts": {"prod-*": "dev"}},
            'accounts.prod-*: "prod-*" can never match: accounts are matched by id, not by pattern',
        ),
        ({"accounts": {"Production": "dev"}}, f'accounts.Production: "Production" {NAME}'),
        ({"accounts": {"prod": "dev"}}, f'accounts.prod: "prod" {NAME}'),
        ({"accounts": {"my prod 1": "dev"}}, f'accounts.my prod 1: "my prod 1" {NAME}'),
        (
            {"accounts": {"12345": "dev"}},
            'accounts.12345: "12345" can never match: an AWS account id has 12 digits',
        ),
        (
            {"accounts": {"12345678901": [{"team": "dev", "from": "2026-05-01"}]}},
            'accounts.12345678901[0]: "12345678901" can never match: an AWS account id has 12 digits; '
            'are leading zeros missing? "012345678901"',
        ),
        (
            {"filters": {"accounts": {"exclude": ["2345678901"]}}},
            'filters.accounts.exclude[0]: "2345678901" can never match: an AWS account id has 12 digits; '
            'are leading zeros missing? "002345678901"',
        ),
        (
            {"shared": pools(net={"accounts": ["Shared Services"]})},
            f'shared.net.match.accounts[0]: "Shared Services" {NAME}',
        ),
        (
            {"filters": {"services": {"include": ["AWS Lambda", "Amazon S3"], "exclude": ["Lambda", "Amazon G*"]}}},
            'filters.services.include[0]: "AWS Lambda" can never match: exclude removes it',
        ),
        (
            {"filters": {"regions": {"include": ["eu-west-*", "us-*"], "exclude": ["eu-*"]}}},
            'filters.regions.include[0]: "eu-west-*" can never match: exclude removes it',
        ),
        (
            {
                "filters": {"charge_categories": {"exclude": ["Tax"]}},
                "shared": pools(tax={"charge_categories": ["Tax"]}),
            },
            'shared.tax.match.charge_categories[0]: "Tax" can never match: filters exclude it',
        ),
        (
            {"shared": pools(net={"services": ["Amazon*"]}, vpc={"services": ["Amazon VPC*"], "regions": ["eu-*"]})},
            "shared.vpc.match: can never match: shared.net comes first and takes all of it",
        ),
        (
            {"projects": {"web": "dev"}, "tag_keys": {"project": []}},
            "tag_keys.project: is empty, so no project can ever match",
        ),
    ],
)
def test_what_can_never_match_is_named(document: dict[str, Any], problem: str) -> None:
    assert found(**document) == [problem]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"filters": {"charge_categories": {"include": ["Usage", "Cred*"], "exclude": ["Tax"]}}},
        {
            "accounts": {
                "012345678901": "dev",
                "64e355d7-997c-491d-b0c1-8414dccfcf42": "dev",
                "/subscriptions/64e355d7-997c-491d-b0c1-8414dccfcf42": "dev",
                "ocid1.compartment.oc1..aaaa1": "dev",
                "shop-production": "dev",
                "5123456789012345": "dev",
            }
        },
        {"filters": {"accounts": ["1234*", "shop-*"]}},
        {"filters": {"services": {"include": ["EC2"], "exclude": ["EC2 - Other"]}}},
        {"filters": {"regions": {"include": ["eu-*"], "exclude": ["eu-west-?"]}}},
        {"filters": {"services": ["EC2"]}, "shared": pools(net={"services": ["AmazonEC2"]})},
        {"filters": {"services": ["EC2"]}, "shared": pools(net={"services": ["Amazon*"]})},
        {"shared": pools(vpc={"services": ["Amazon VPC"], "regions": ["eu-*"]}, net={"services": ["Amazon VPC"]})},
        {"shared": pools(one={"services": ["a?"]}, all={"services": ["a*"]})},
        {"shared": pools(one={"services": ["a"]}, two={"services": ["a", "b"]})},
        {"tag_keys": {"project": []}},
    ],
)
def test_what_may_match_is_let_be(document: dict[str, Any]) -> None:
    assert found(**document) == []


def test_a_pool_of_another_time_takes_nothing_before() -> None:
    match = {"match": {"services": ["Amazon*"]}, "to": ["dev"]}

    assert found(shared={"old": match | {"until": "2026-05-01"}, "new": match | {"from": "2026-05-01"}}) == []


def test_a_pool_may_ignore_the_letter_case_of_charge_categories() -> None:
    document = {"shared": pools(usage={"charge_categories": ["usage", "TAX"]})}

    assert found(**document, ignore_case=True) == []
    assert len(found(**document)) == 2
    assert len(found(filters={"charge_categories": ["usage"]}, ignore_case=True)) == 1


def test_an_account_that_filters_leave_out_never_gets_to_its_team() -> None:
    accounts = {"111122223333": "dev", "444455556666": "ops"}

    assert found(accounts=accounts, filters={"accounts": {"exclude": ["1111*"]}}, ignore_case=True) == [
        'accounts.111122223333: "111122223333" can never match: filters exclude it'
    ]
    assert found(accounts=accounts, filters={"accounts": ["444455556666"]}) == [
        'accounts.111122223333: "111122223333" can never match: filters exclude it'
    ]
