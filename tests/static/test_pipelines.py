"""Example pipelines: whoever changes the stack is one job of one repository, and applies what somebody approved."""

from __future__ import annotations

import re
from typing import Any

import hcl2
import pytest
import yaml

from tools import ROOT

GITHUB = ROOT / "examples" / "pipeline" / "github-actions"
CODEPIPELINE = ROOT / "examples" / "pipeline" / "codepipeline"
ISSUER = "${local.issuer}"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    found = yaml.safe_load((GITHUB / "workflow.yml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def roles() -> dict[str, Any]:
    return parsed(GITHUB / "main.tf")


def parsed(path: Any) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        found: dict[str, Any] = hcl2.load(file)
    return found


def test_github_may_take_a_role_for_one_repository_only(roles: dict[str, Any]) -> None:
    text = (GITHUB / "main.tf").read_text(encoding="utf-8")
    subjects = re.findall(r'"(repo:[^"]*)"', text)

    assert sorted(subjects) == [
        "repo:${var.repository}:environment:${var.environment}",
        "repo:${var.repository}:pull_request",
        "repo:${var.repository}:ref:refs/heads/${var.branch}",
    ]
    conditions = re.findall(r'test +?= "(\w+)"\s+variable = "([^"]+)"', text)
    assert sorted(conditions) == [("StringEquals", f"{ISSUER}:aud"), ("StringEquals", f"{ISSUER}:sub")]
    assert "*" not in str(roles["locals"])


def test_the_apply_has_the_modules_of_the_plan(workflow: dict[str, Any]) -> None:
    (upload,) = [step["with"] for step in workflow["jobs"]["plan"]["steps"] if "upload" in step.get("uses", "")]

    assert upload["path"].split() == ["plan.tfplan", ".terraform/modules"]
    assert upload["include-hidden-files"] is True
    assert '["**/.terraform/providers/**/*"]' in (CODEPIPELINE / "steps.tf").read_text(encoding="utf-8")


def test_only_the_protected_environment_applies(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    taken = {name: role for name, job in jobs.items() for role in re.findall(r"vars\.(\w+_ROLE)", str(job))}

    assert taken == {"plan": "PLAN_ROLE", "apply": "APPLY_ROLE"}
    assert {name: job.get("environment") for name, job in jobs.items()} == {"plan": None, "apply": "production"}
    assert re.search(r'default += "production"', (GITHUB / "variables.tf").read_text(encoding="utf-8"))
    assert jobs["apply"]["if"] == "github.event_name == 'push'"
    assert jobs["apply"]["needs"] == "plan"


def test_the_apply_takes_the_saved_plan(workflow: dict[str, Any]) -> None:
    scripts = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in workflow["jobs"].items()}

    assert [script for script in scripts["apply"] if "terraform plan" in script] == []
    assert scripts["apply"][-1] == "terraform apply -input=false plan.tfplan"
    assert any("-out=plan.tfplan" in script for script in scripts["plan"])


def test_the_workflow_has_no_stored_key_and_pinned_actions(workflow: dict[str, Any]) -> None:
    actions = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]

    assert workflow["permissions"] == {"contents": "read", "id-token": "write"}
    assert "secrets." not in str(workflow)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", action) for action in actions)


def test_the_pipeline_waits_for_a_person_before_it_applies_the_plan() -> None:
    (pipeline,) = (
        row
        for row in parsed(CODEPIPELINE / "pipeline.tf")["resource"]
        if '"aws_codepipeline"' in str(row) or "aws_codepipeline" in row
    )
    ((resource,),) = (list(block.values()) for block in pipeline.values())
    *_, deploy = resource["stage"]
    actions = sorted(deploy["action"], key=lambda action: action["run_order"])

    assert [action["category"].strip('"') for action in actions] == ["Build", "Approval", "Build"]
    assert actions[2]["input_artifacts"] == actions[0]["output_artifacts"]
    assert resource["execution_mode"].strip('"') == "QUEUED"
