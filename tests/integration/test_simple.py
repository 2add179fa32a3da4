"""examples/simple in one account, planned in one folder and applied from another one where there is no Python.

The tests share one apply and run in the order they are written; the last one destroys.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.emulator import examples
from tools.emulator.cloudtrail import Trail
from tools.emulator.deliver import deliver
from tools.emulator.deployed import Deployed
from tools.emulator.polling import wait_until
from tools.emulator.stack import Stack
from tools.emulator.tags import tags_of
from tools.emulator.terraform import Terraform
from tools.permissions.review import review_applied

ACCOUNT = "444455556666"
DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Applied:
    terraform: Terraform
    deployed: Deployed


@pytest.fixture(scope="module")
def applied(stack: Stack) -> Applied:
    planned, moved = stack.folder / "planned", stack.folder / "applied"
    stack.forget_calls()
    planner = examples.simple(stack, ACCOUNT, planned)
    planner.init()
    planner.plan(out=Path("saved.tfplan"))
    shutil.rmtree(moved, ignore_errors=True)
    planned.rename(moved)

    terraform = Terraform(moved / planner.folder.relative_to(planned), planner.environment)
    terraform.environment["PATH"] = str(_folder_with_terraform_alone(stack.folder / "bin"))
    terraform.apply(Path("saved.tfplan"))
    return Applied(terraform, Deployed(stack, terraform.outputs(), ACCOUNT))


def test_apply_needs_neither_the_folder_of_the_plan_nor_python(applied: Applied) -> None:
    path = applied.terraform.environment["PATH"]

    assert shutil.which("terraform", path=path)
    assert not shutil.which("python3", path=path)
    assert len(applied.terraform.resources()) > 20


def test_second_plan_is_empty(applied: Applied) -> None:
    assert applied.terraform.changes() == ""


def test_untagged_table_is_tagged(applied: Applied, stack: Stack) -> None:
    applied.deployed.do_not_wait()
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


def test_every_call_that_was_made_is_allowed_by_the_applied_policies(applied: Applied, stack: Stack) -> None:
    """Check every call against the applied policies, because no emulator enforces IAM."""
    state = applied.terraform.run("show", "-json", "-no-color")
    review = review_applied(state, stack.calls(), organization=None)
    assert review.asked
    assert review.refused == []


def test_destroy_is_clean(applied: Applied) -> None:
    applied.terraform.destroy()

    assert applied.terraform.resources() == []


def _folder_with_terraform_alone(folder: Path) -> Path:
    terraform = shutil.which("terraform")
    assert terraform
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "terraform").symlink_to(terraform)
    return folder
