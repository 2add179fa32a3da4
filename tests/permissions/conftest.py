"""The policies that Terraform renders, and all requests to them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.forbidden import forbidden_requests
from tools import ROOT, WORK
from tools.emulator.terraform import Terraform, copy_module
from tools.permissions.call_driver import CallDriver
from tools.permissions.calls import needs, service_needs
from tools.permissions.estate import Estate, planned_resources, read_estate
from tools.permissions.policy import Request
from tools.permissions.review import Review
from tools.permissions.simulated import simulated_calls
from tools.simulation.scenario import HOME, MEMBERS, history

TESTS = Path("tests/permissions")
STACK = "stack.tftest.hcl"
ORGANIZATION = "o-abcdefghij"
HISTORIES = 100


@pytest.fixture(scope="session")
def plans(worker_id: str) -> dict[str, list[dict[str, Any]]]:
    """Run `stack.tftest.hcl` and return the planned resources of each run by its name."""
    terraform = Terraform(copy_module(WORK / f"permissions-{worker_id}"), {})
    folder = terraform.folder / TESTS
    folder.mkdir(parents=True)
    shutil.copy(ROOT / TESTS / STACK, folder)
    terraform.run("init", "-input=false", "-no-color", "-backend=false", f"-test-directory={TESTS}")
    printed = terraform.run("test", "-json", "-verbose", f"-test-directory={TESTS}")
    records = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return {
        record["@testrun"]: record["test_plan"]["resource_changes"]
        for record in records
        if record["type"] == "test_plan"
    }


@pytest.fixture(scope="session")
def estate(plans: dict[str, list[dict[str, Any]]]) -> Estate:
    """Build the estate of the home account and two member accounts. The second is a copy of the first with another
    number."""
    found = read_estate(planned_resources(plans["home"]), ORGANIZATION)
    member = json.dumps(plans["member"])
    for account in MEMBERS:
        changes = json.loads(member.replace(MEMBERS[0], account))
        found = found.beside(read_estate(planned_resources(changes), ORGANIZATION))
    return found


@pytest.fixture(scope="session")
def alone(plans: dict[str, list[dict[str, Any]]]) -> Review:
    """Review an account without an organization against the requests of AWS services and the forbidden ones."""
    estate = read_estate(planned_resources(plans["alone"]), None)
    return Review(estate, service_needs(estate), frozenset(forbidden_requests(estate)))


@pytest.fixture(scope="session")
def of_functions(estate: Estate) -> dict[Request, str]:
    """Collect the requests of the functions: in simulated histories, and in calls that the simulation does not make."""
    drive, settlement = CallDriver(), CallDriver("settlement")
    for account in (HOME, *MEMBERS):
        drive.catalogue(account)
        drive.bucket_with_attribute_based_access_control(account)
        drive.volumes_of_an_instance(account)
        drive.resources_that_may_be_gone(account)
    drive.tags_of_account(MEMBERS[0])
    for each in (drive, settlement):
        each.scope_of_account(MEMBERS[0])
    drive.failure_of_a_message()
    drive.dead_letter()
    (bucket,) = estate.arns["aws_s3_bucket.policy"]
    for each in (drive, settlement):
        each.policy_in_s3(bucket.rpartition(":")[2])
    simulated = simulated_calls(history(seed) for seed in range(HISTORIES))
    return needs((*simulated, *drive.calls, *settlement.calls), estate, drive.arns)


@pytest.fixture(scope="session")
def of_services(estate: Estate) -> dict[Request, str]:
    """Collect the requests of AWS services that run the stack."""
    return service_needs(estate)


@pytest.fixture(scope="session")
def review(estate: Estate, of_functions: dict[Request, str], of_services: dict[Request, str]) -> Review:
    """Review the policies against the requests of functions and AWS services, and against the forbidden ones."""
    return Review(estate, {**of_functions, **of_services}, frozenset(forbidden_requests(estate)))
