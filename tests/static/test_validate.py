"""`terraform validate` of the root module and every public submodule, with what they call.

Not of those that `tests/*.tftest.hcl` run by themselves, which `terraform test` validates first, nor of the examples,
which tests/static/test_archive.py validates as users get them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import ROOT, WORK
from tools.emulator.terraform import Terraform, copy_module

RUN = {
    module
    for file in ROOT.glob("tests/*.tftest.hcl")
    for module in re.findall(r'^ +source = "\./(modules/[^"]+)"$', file.read_text(), re.MULTILINE)
}
MODULES = sorted(
    {str(file.parent.relative_to(ROOT)) for pattern in ("*.tf", "modules/*/*.tf") for file in ROOT.glob(pattern)} - RUN
)
EXAMPLES = [
    str(file.parent.relative_to(ROOT))
    for file in sorted(ROOT.glob("examples/**/versions.tf"))
    if 'provider "aws"' in file.read_text()
]


@pytest.fixture(scope="module")
def copy(worker_id: str) -> Path:
    return copy_module(WORK / f"validate-{worker_id}")


@pytest.mark.parametrize("module", MODULES)
def test_module_is_valid(copy: Path, module: str) -> None:
    terraform = Terraform(copy / module, {"AWS_REGION": "us-east-1"})
    terraform.init()

    terraform.validate()


def test_the_usage_block_of_the_readme_works_as_pasted(copy: Path) -> None:
    (usage,) = re.findall(r"^## Usage\n+```hcl\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    from_registry = re.compile(r'  source  = "[^"]+/tag-governance/aws" #.*\n  version = "[^"]+"\n')
    assert len(from_registry.findall(usage)) == 1
    pasted = copy / ".usage"
    pasted.mkdir()
    (pasted / "main.tf").write_text(from_registry.sub('source = "./module"\n', usage))
    (pasted / "module").symlink_to(copy, target_is_directory=True)
    terraform = Terraform(pasted, {"AWS_REGION": "us-east-1"})
    terraform.init()

    terraform.validate()


@pytest.mark.parametrize("module", EXAMPLES)
def test_example_pins_terraform_and_the_provider(module: str) -> None:
    text = (ROOT / module / "versions.tf").read_text()

    assert 'required_version = ">= 1.9"' in text
    assert '"hashicorp/aws"' in text


def test_the_aws_provider_is_the_only_one() -> None:
    sources = {
        line.split('"')[1]
        for path in ROOT.glob("**/versions.tf")
        if not path.relative_to(ROOT).parts[0].startswith(".")
        for line in path.read_text().splitlines()
        if line.strip().startswith("source")
    }

    assert sources == {"hashicorp/aws"}
