"""`taggov lint` knows the calls of this module, and leaves others alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import taggov
from tests.support.linted import SOURCE, call, found, write
from tools import ROOT


@pytest.mark.parametrize(
    "source",
    [
        SOURCE,
        "git@git.example.com:platform/terraform-aws-tag-governance.git",
        "app.terraform.io/acme/tag-governance/aws",
        "s3::https://s3-eu-west-1.amazonaws.com/modules/tag_governance.zip",
        "git::https://git.example.com/modules.git//aws/tag-governance?ref=v1",
        str(ROOT),
        "git::https://git.example.com/infra/modules.git//tagging",
    ],
)
def test_the_module_is_known_by_its_name_its_folder_or_its_fields(source: str, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call("tags = { Owner = { derive_from = [], mandatory = true } }", source)})
    assert [subject for *_, subject in found(tmp_path)] == ['tags["Owner"].mandatory']


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        ("terraform-aws-modules/vpc/aws", 'tags = { Name = "x", Owner = null }'),
        (f"{SOURCE.partition('?')[0]}//modules/member-account", "untags = true"),
        ("app.terraform.io/acme/tag-governance/aws//modules/member-account", "untags = true"),
        ("./own", "tags = { Owner = { mandatory = true } }"),
        ("./nowhere", "tags = { Owner = { mandatory = true } }"),
        ("acme/tagger/aws", "tags = { Owner = { allowed_values = [] } }\na = 1\nb = 2\nc = 3"),
    ],
)
def test_other_modules_are_left_alone_and_it_is_said_that_none_is_ours(
    source: str, arguments: str, tmp_path: Path
) -> None:
    write(tmp_path, {"main.tf": call(arguments, source), "own/main.tf": 'variable "tags" {}\n'})

    result = taggov("lint", str(tmp_path))

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"taggov: no call of the tag governance module in {tmp_path}\n"
