"""examples/simple in one account, applied where there is no Python; a saved plan is applied from another folder.

The tests share one apply and run in the order they are written; the last one destroys.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_terraform import terraform

from tests.support.applied_examples import beside, environment_of
from tools.emulator import examples
from tools.emulator.cloudtrail import Trail
from tools.emulator.deliver import deliver
from tools.emulator.deployed_stack import DeployedStack
from tools.emulator.polling import wait_until
from tools.emulator.stack import Stack
from tools.emulator.tags import tags_of
from tools.emulator.terraform import Terraform, copy_module
from tools.permissions.review import review_applied

ACCOUNT = "444455556666"
PACKAGE = Path("modules/remediation/lambda/tag_governance.zip")
DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Applied:
    terraform: Terraform
    deployed: DeployedStack


@pytest.fixture(scope="module", autouse=True)
def example(stack: Stack, module: Path) -> Iterator[Terraform]:
    prepared = examples.simple(stack, ACCOUNT, module)
    prepared.environment["PATH"] = str(_folder_with_terraform_alone(stack.folder / "bin"))
    stack.clear_calls()
    with environment_of(prepared):
        yield prepared


@pytest.fixture(scope="module")
def applied(simple: Any, example: Terraform, stack: Stack) -> Applied:
    command = beside(simple, example)
    return Applied(command, DeployedStack(stack, command.outputs(), ACCOUNT))


@terraform("simple", scope="module")
def test_apply_needs_no_python(applied: Applied) -> None:
    path = applied.terraform.environment["PATH"]

    assert shutil.which("terraform", path=path)
    assert not shutil.which("python3", path=path)
    assert len(applied.terraform.resources()) > 20


def test_second_plan_is_empty(applied: Applied) -> None:
    assert applied.terraform.changes() == ""


def test_saved_plan_is_applied_from_another_folder(applied: Applied, stack: Stack) -> None:
    """Give the functions new code from a file of the module, by a plan of a folder that is gone."""
    command, planned, moved = applied.terraform, stack.folder / "planned", stack.folder / "moved"
    shutil.rmtree(moved, ignore_errors=True)
    folder = (copy_module(planned) / "examples" / "simple").relative_to(planned)
    shutil.copy(command.folder / ".terraform.lock.hcl", planned / folder)
    with zipfile.ZipFile(planned / PACKAGE, "a") as package:
        package.writestr("new.txt", "Another version.")
    code = base64.b64encode(hashlib.sha256((planned / PACKAGE).read_bytes()).digest()).decode()
    Terraform(planned / folder, command.environment).plan(out=Path("saved.tfplan"))
    planned.rename(moved)

    Terraform(moved / folder, command.environment).apply(Path("saved.tfplan"))

    functions = stack.client(ACCOUNT, "lambda").list_functions()["Functions"]
    assert len(functions) == 2
    assert {function["CodeSha256"] for function in functions} == {code}


def test_untagged_table_is_tagged(applied: Applied, stack: Stack) -> None:
    applied.deployed.disable_delays()
    session, trail = stack.session(ACCOUNT), Trail()
    trail.attach(session, ACCOUNT, "alice@example.com")
    made = session.client("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "env", "Value": "production"}],
    )
    arn = made["TableDescription"]["TableArn"]

    assert deliver(stack, *trail.events)

    wanted = {"env": "production", "Environment": "prod", "Owner": "alice@example.com"}
    wait_until(f"{arn} has {wanted}", lambda: tags_of(stack, ACCOUNT, arn) == wanted, DEADLINE_SECONDS)
    # nobody can guess the application
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    assert applied.deployed.states()[arn]["status"] == "non_compliant"


def test_resource_type_that_is_not_enabled_matches_no_rule(applied: Applied, stack: Stack) -> None:
    session, trail = stack.session(ACCOUNT), Trail()
    trail.attach(session, ACCOUNT, "alice@example.com")
    session.client("ecr").create_repository(repositoryName="api")

    assert trail.events
    assert deliver(stack, *trail.events) == []


def test_every_call_that_was_made_is_allowed_by_the_applied_policies(
    applied: Applied, simple: Any, stack: Stack
) -> None:
    """Check every call against the applied policies, because no emulator enforces IAM."""
    state = json.dumps(simple.terraform.show())
    review = review_applied(state, stack.calls(), organization=None)
    assert review.required
    assert review.refused_requests == []


def test_destroy_is_clean(applied: Applied, simple: Any) -> None:
    simple.terraform.destroy()

    assert applied.terraform.resources() == []


def _folder_with_terraform_alone(folder: Path) -> Path:
    terraform = shutil.which("terraform")
    assert terraform
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "terraform").symlink_to(terraform)
    return folder
