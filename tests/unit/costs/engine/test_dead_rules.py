"""Rules that matched nothing in costs."""

from __future__ import annotations

from typing import Any

import pytest

from cost_allocation.analysis.dead_rules import dead_rules
from tests.support.costs import JUNE, MAY, Cost, allocated, cost, rules


def dead(document: dict[str, Any], *costs: Cost) -> list[str]:
    """List the rules that did nothing to costs."""
    given = rules(**document)
    return dead_rules(allocated(given, *costs), given)


BILL = (
    cost("10", project="alpha", account="111122223333", service="AWS Support (Business)"),
    cost("5", project="checkout", account="444455556666", service="Amazon Elastic Compute Cloud"),
)


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"projects": {"aplha": "dev"}}, 'projects.aplha: no cost has the tag project "aplha"; the nearest is "alpha"'),
        (
            {"projects": {"zzz": "dev"}},
            'projects.zzz: no cost has the tag project "zzz"; there are alpha, checkout',
        ),
        (
            {"accounts": {"111122223334": "dev"}},
            'accounts.111122223334: no cost has the account "111122223334"; the nearest is "111122223333"',
        ),
        (
            {"shared": {"help": {"match": {"services": ["AWS Suport*"]}, "to": ["dev"]}}},
            'shared.help.match.services[0]: "AWS Suport*" matches no service; the nearest is "AWS Support (Business)"',
        ),
        (
            {"filters": {"services": {"exclude": ["EC3"]}}},
            'filters.services.exclude[0]: "EC3" matches no service; the nearest is "Amazon Elastic Compute Cloud"',
        ),
        (
            {"filters": {"services": ["EC2", "AWS Support*", "RDS"]}},
            'filters.services[2]: "RDS" matches no service; '
            "there are AWS Support (Business), Amazon Elastic Compute Cloud",
        ),
        (
            {"shared": {"help": {"match": {"tags": {"project": ["chekout"]}}, "to": ["dev"]}}},
            'shared.help.match.tags.project[0]: "chekout" matches no tag project; the nearest is "checkout"',
        ),
        (
            {"shared": {"chekout": {"to": ["dev"]}}},
            'shared.chekout: no cost has the tag project or tag team "chekout"; the nearest is "checkout"',
        ),
        ({"teams": {"dev": "ana"}}, 'teams.dev: no cost has the tag team "dev"'),
        (
            {"filters": {"services": ["Amazon S3"]}},
            'filters.services[0]: "Amazon S3" matches no service; '
            "there are AWS Support (Business), Amazon Elastic Compute Cloud|filters: exclude all costs",
        ),
        (
            {"shared": {"net": {"match": {"services": ["EC2"], "accounts": ["1111*"]}, "to": ["dev"]}}},
            "shared.net.match: no cost matches all of it after filters and earlier pools",
        ),
        (
            {"filters": {"charge_categories": {"exclude": ["Taxes"]}}},
            'filters.charge_categories.exclude[0]: "Taxes" is not a charge category, so it can never match; '
            'did you mean "Tax"?',
        ),
    ],
)
def test_a_rule_that_did_nothing_is_named_with_the_nearest_name(document: dict[str, Any], line: str) -> None:
    assert dead(document, *BILL) == line.split("|")


@pytest.mark.parametrize(
    "document",
    [
        {"projects": {"alpha": "dev"}},
        {"projects": {"shop": {"team": "dev", "aliases": ["checkout"]}}},
        {"projects": {"ALPHA": "dev"}, "ignore_case": True},
        {"accounts": {"111122223333": "dev"}},
        {"teams": {"dev": "ana"}, "projects": {"alpha": "dev"}},
        {"filters": {"services": ["EC2", "AWS Support*"]}},
        # A month without taxes is no mistake of the rules.
        {"filters": {"charge_categories": {"exclude": ["Tax"]}}},
        {"shared": {"net": {"match": {"services": ["EC2"]}, "to": ["dev"]}}},
        {"shared": {"alpha": {"to": ["dev"]}}},
        {"shared": {"alpha": {"to": ["hub"]}, "hub": {"to": ["dev"]}}},
    ],
)
def test_a_rule_that_did_something_is_not(document: dict[str, Any]) -> None:
    assert dead(document, *BILL) == []


def test_an_account_whose_costs_all_have_tags_is_no_dead_rule() -> None:
    document = {"projects": {"alpha": "dev", "checkout": "dev"}, "accounts": {"111122223333": "dev"}}

    assert dead(document, *BILL) == []


def test_an_entry_of_another_time_is_not_looked_for() -> None:
    later = {"team": "dev", "from": "2026-06-01"}

    assert dead({"projects": {"web": [later]}}, cost("1", MAY, project="api")) == []
    assert dead({"projects": {"web": [later]}}, cost("1", JUNE, project="api")) == [
        'projects.web[0]: no cost has the tag project "web"; there are api'
    ]


def test_entries_with_dates_are_named_once() -> None:
    entries = [{"team": "dev", "until": "2026-06-01"}, {"team": "ops", "from": "2026-06-01"}]

    assert len(dead({"projects": {"web": entries}}, cost("1", MAY, project="api"), cost("1", JUNE, project="api"))) == 1


def test_without_any_value_of_the_tag_projects_are_not_named_one_by_one() -> None:
    document = {"projects": {"web": "dev", "api": "dev"}, "tag_keys": {"project": ["App", "Service"]}}

    assert dead(document, cost("1")) == ["projects: no cost has the tag App or tag Service"]


def test_costs_of_one_cloud_say_nothing_about_rules_for_another() -> None:
    document = {
        "accounts": {
            "111122223333": "dev",
            "64e355d7-997c-491d-b0c1-8414dccfcf42": "dev",
            "ocid1.compartment.oc1..aaaa1": "dev",
        },
        "shared": {"net": {"match": {"services": ["VPC", "Virtual Network"]}, "to": ["dev"]}},
    }
    azure = cost("1", account="64e355d7-997c-491d-b0c1-8414dccfcf42", service="Virtual Network")
    aws = cost("1", account="111122223333", service="Amazon Virtual Private Cloud")

    assert dead(document, azure) == []
    assert dead(document, aws) == []
    assert dead(document, aws, azure) == []


AWS = cost("1", account="111122223333", service="Amazon Elastic Compute Cloud", region="eu-west-1")


@pytest.mark.parametrize(
    "document",
    [
        {"accounts": {"my-gcp-project-1234": "dev", "shop-437215": "dev"}},
        {"filters": {"services": {"exclude": ["Virtual Machines", "BigQuery", "Azure Monitor", "Cloud SQL"]}}},
        {"filters": {"services": {"exclude": ["Cloud Run", "Cloud Storage*", "Cloud Logging", "Google Maps"]}}},
        {"filters": {"regions": {"exclude": ["westeurope", "eastus2", "europe-west1", "us-central1", "uk-london-1"]}}},
    ],
)
def test_what_is_of_another_cloud_by_its_form_is_left_alone(document: dict[str, Any]) -> None:
    known = {"filters": {"regions": {"include": ["eu-west-1"]}}} if "accounts" in document else {}

    assert dead(document | known, AWS) == []


@pytest.mark.parametrize("name", ["shop-prod", "project42", "shop-prod-123"])
def test_a_name_in_place_of_the_id_of_an_account_is_not(name: str) -> None:
    """Only ids that Google makes tell themselves from names."""
    line = f'accounts.{name}: no cost has the account "{name}"; there are 111122223333'

    assert dead({"accounts": {name: "dev"}}, cost("1", account="111122223333")) == [line]


def test_costs_of_google_are_told_by_any_id_of_a_project() -> None:
    assert dead({"accounts": {"111122223333": "dev"}}, cost("1", account="shop-prod")) == []


@pytest.mark.parametrize("name", ["Cloud Trail", "Cloud Watch"])
def test_services_of_aws_with_a_blank_too_many_are_not(name: str) -> None:
    (line,) = dead({"filters": {"services": {"exclude": [name]}}}, AWS)

    assert line.startswith(f'filters.services.exclude[0]: "{name}" matches no service')


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (
            {"filters": {"services": {"exclude": ["BigCompute"]}, "regions": ["eu-*"]}},
            'filters.services.exclude[0]: "BigCompute" matches no service; there are Amazon Elastic Compute Cloud',
        ),
        (
            {"filters": {"regions": {"exclude": ["eu-wst-1"]}}},
            'filters.regions.exclude[0]: "eu-wst-1" matches no region; the nearest is "eu-west-1"',
        ),
        (
            {"filters": {"regions": {"exclude": ["eu-west1"]}}},
            'filters.regions.exclude[0]: "eu-west1" matches no region; the nearest is "eu-west-1"',
        ),
        (
            {"filters": {"regions": {"exclude": ["ap-southeast-2"]}}},
            'filters.regions.exclude[0]: "ap-southeast-2" matches no region; there are eu-west-1',
        ),
    ],
)
def test_what_may_be_a_slip_of_the_pen_is_not(document: dict[str, Any], line: str) -> None:
    assert dead(document, AWS) == [line]


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        (
            {
                "projects": {"alpha": "dev", "checkout": "ops"},
                "shared": {"all": {"match": {"accounts": ["*"]}, "to": ["dev"]}},
            },
            [
                f'projects.{name}: filters or pools take all costs with the tag project "{name}" first'
                for name in ("alpha", "checkout")
            ],
        ),
        (
            {"projects": {"checkout": "ops", "alpha": "dev"}, "filters": {"services": ["EC2"]}},
            ['projects.alpha: filters or pools take all costs with the tag project "alpha" first'],
        ),
        (
            {
                "filters": {"services": {"exclude": ["EC2"]}},
                "shared": {"net": {"match": {"accounts": ["444455556666"]}, "to": ["dev"]}},
            },
            ['shared.net.match.accounts[0]: filters take all costs with the account "444455556666" first'],
        ),
    ],
)
def test_an_entry_whose_costs_are_all_taken_before_is_named(document: dict[str, Any], lines: list[str]) -> None:
    assert dead(document, *BILL) == lines


def test_account_ids_of_their_own_that_costs_have_are_right() -> None:
    costs = (cost("5", account="PROD"), cost("7", account="12345"))

    assert dead({"accounts": {"PROD": "dev", "12345": "ops"}}, *costs) == []
    assert dead({"accounts": {"PROD": "dev", "1234": "ops"}}, *costs) == [
        'accounts.1234: "1234" can never match: an AWS account id has 12 digits'
    ]
    given = rules(accounts={"PROD": "dev", "Stage": "ops"})
    assert dead_rules(allocated(given, *costs), given, chosen=True) == [
        'accounts.Stage: "Stage" can never match: it is a name, but accounts are matched by id'
    ]


def test_what_a_filter_takes_is_named_though_costs_have_it() -> None:
    document = {"accounts": {"PROD": "dev"}, "filters": {"accounts": {"exclude": ["PROD"]}}}

    assert dead(document, cost("5", account="PROD"), cost("5", account="111122223333")) == [
        'accounts.PROD: "PROD" can never match: filters exclude it'
    ]


def test_without_costs_only_what_can_never_match_is_named() -> None:
    document = {"projects": {"web": "dev"}, "accounts": {"prod-*": "dev"}}

    assert dead(document) == ['accounts.prod-*: "prod-*" can never match: accounts are matched by id, not by pattern']


@pytest.mark.parametrize("written", ["zebra-chekout", "sebra-checkout"])
def test_the_nearest_of_many_names_is_found(written: str) -> None:
    names = (*(f"service-{number:05}" for number in range(3000)), "zebra-checkout")

    (line,) = dead({"projects": {written: "dev", "service-00001": "dev"}}, *(cost("1", project=name) for name in names))

    assert line.endswith('; the nearest is "zebra-checkout"')
