"""`taggov lint` reads what Terraform reads: both languages, values from everywhere, and files that are broken."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.support.command_line import taggov
from tests.support.linted import SOURCE, call, found, write
from tools import ROOT

TYPO = "{ Owner = { mandatory = true } }"
YAML = "Owner:\n  mandatory: true\n"
LOCALS = 'locals {\n  key   = "Owner"\n  first = "O"\n}\n'
OVERRIDE = f'module "tag_governance" {{\n  tags = {TYPO}\n}}\n'


def rules(folder: Path, *options: str) -> list[tuple[str, int, str]]:
    return [(file, line, subject) for file, line, _, subject in found(folder, *options)]


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"main.tf": call("tags = local.tags"), "locals.tf": f"locals {{\n  tags = {TYPO}\n}}\n"}, ("locals.tf", 2)),
        (
            {"main.tf": call("tags = local.all.tags"), "a.tf": f"locals {{\n  all = {{ tags = {TYPO} }}\n}}\n"},
            ("a.tf", 2),
        ),
        (
            {"main.tf": call('tags = local.all["tags"]'), "a.tf": f"locals {{\n  all = {{ tags = {TYPO} }}\n}}\n"},
            ("a.tf", 2),
        ),
        (
            {"main.tf": call("tags = var.tags"), "variables.tf": f'variable "tags" {{\n  default = {TYPO}\n}}\n'},
            ("variables.tf", 2),
        ),
        ({"main.tf": call("tags = var.tags"), "terraform.tfvars": f"# a\ntags = {TYPO}\n"}, ("terraform.tfvars", 2)),
        ({"main.tf": call("tags = var.tags"), "x.auto.tfvars": f"tags = {TYPO}\n"}, ("x.auto.tfvars", 1)),
        (
            {"main.tf": call("tags = var.tags"), "x.auto.tfvars.json": '{"tags": {"Owner":\n {"mandatory": true}}}'},
            ("x.auto.tfvars.json", 2),
        ),
        ({"main.tf": call("tags = var.tags"), "prod.tfvars": f"tags = {TYPO}\n"}, ("prod.tfvars", 1)),
        ({"main.tf": call("tags = var.tags"), "env/prod.tfvars": f"tags = {TYPO}\n"}, ("env/prod.tfvars", 1)),
        ({"main.tf": call(f"tags = merge(var.tags, {TYPO})")}, ("main.tf", 3)),
        ({"main.tf": call(f"tags = merge({TYPO}, var.tags)")}, ("main.tf", 3)),
        ({"main.tf": call(f"tags = var.strict ? {TYPO} : {{}}")}, ("main.tf", 3)),
        ({"main.tf": call("tags = tomap({ Owner = merge(local.base, { mandatory = true }) })")}, ("main.tf", 3)),
        ({"main.tf": call('tags = { "Owner" : { "mandatory" : true } }')}, ("main.tf", 3)),
        ({"main.tf": call("tags = { (local.key) = { mandatory = true } }") + LOCALS}, ("main.tf", 3)),
        ({"main.tf": call('tags = { "${local.first}wner" = { mandatory = true } }') + LOCALS}, ("main.tf", 3)),
        ({"main.tf": call("tags = {}"), "override.tf": OVERRIDE}, ("override.tf", 2)),
        ({"main.tf": call("tags = {}"), "a_override.tf": OVERRIDE}, ("a_override.tf", 2)),
        ({"deep/er/main.tf": call(f"tags = {TYPO}")}, ("deep/er/main.tf", 3)),
        (
            {"main.tf": call('tags = yamldecode(file("${path.module}/tags.yaml"))'), "tags.yaml": YAML},
            ("tags.yaml", 2),
        ),
        (
            {
                "main.tf": call("tags = local.schema.tags") + 'locals { schema = yamldecode(file("tags.yaml")) }\n',
                "tags.yaml": "tags:\n  Owner:\n    mandatory: true\n",
            },
            ("tags.yaml", 3),
        ),
        (
            {"main.tf": call('tags = jsondecode(file("./tags.json"))'), "tags.json": '{"Owner":\n{"mandatory": true}}'},
            ("tags.json", 2),
        ),
    ],
)  # fmt: skip
def test_values_are_found_where_they_are_written(files: dict[str, str], place: tuple[str, int], tmp_path: Path) -> None:
    write(tmp_path, files)
    assert rules(tmp_path) == [(*place, 'tags["Owner"].mandatory')]


def test_elements_of_a_for_expression_are_looked_at(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call("tags = { for key in var.keys : key => { mandatory = true } }")})
    assert rules(tmp_path) == [("main.tf", 3, "tags[...].mandatory")]


JSON = {
    "module": {
        "tag_governance": {
            "//": "a comment",
            "source": SOURCE,
            "tags": {"Owner": {"mandatory": True}},
            "scopes": "${local.scopes}",
        }
    },
    "locals": [{"scopes": {"dev": {"target_id": "111122223333", "tags": {"Ownr": {"required": False}}}}}],
}


@pytest.mark.parametrize("module", [JSON["module"], [JSON["module"]]], ids=["object", "list"])
def test_json_is_a_language_of_terraform(module: object, tmp_path: Path) -> None:
    text = json.dumps(JSON | {"module": module}, indent=1)
    write(tmp_path, {"main.tf.json": text})

    def line(word: str) -> int:
        return next(i for i, row in enumerate(text.splitlines(), 1) if word in row)

    assert rules(tmp_path) == [
        ("main.tf.json", line("mandatory"), 'tags["Owner"].mandatory'),
        ("main.tf.json", line("Ownr"), 'scopes["dev"].tags["Ownr"]'),
    ]


def test_several_calls_are_all_looked_at(tmp_path: Path) -> None:
    first, second = call(f"tags = {TYPO}"), call("tags = { Team = { mandatory = true } }").replace('"tag_', '"other_')
    write(tmp_path, {"main.tf": first + second, "b/main.tf": first})

    assert rules(tmp_path) == [
        ("b/main.tf", 3, 'tags["Owner"].mandatory'),
        ("main.tf", 3, 'tags["Owner"].mandatory'),
        ("main.tf", 7, 'tags["Team"].mandatory'),
    ]
    assert json.loads(taggov("lint", str(tmp_path), "--json").stdout)["calls"] == 3


# What the files do not tell gives no finding, though one of its values would.
UNKNOWN: dict[str, dict[str, str]] = {
    "a base that is not known": {
        "main.tf": call(
            'tags = var.tags\nscopes = { dev = { target_id = "111122223333", tags = { Ownr = { required = true } } } }'
        )
    },
    "a base with more keys": {
        "main.tf": call(
            """
            tags   = merge(var.more, { Owner = {} })
            scopes = { dev = { target_id = "111122223333", tags = { Ownr = { required = true }, Owner = {} } } }
            """
        ).replace(", Owner = {} } }", " } }")
    },
    "a base that may be replaced": {
        "main.tf": call(
            """
            tags   = merge({ Owner = { required = true } }, var.more)
            scopes = { dev = { target_id = "111122223333", tags = { Owner = { required = true } } } }
            """
        )
    },
    "a base that a computed key may replace": {
        "main.tf": call(
            """
            tags   = merge({ Owner = { required = true } }, { (var.key) = { required = false } })
            scopes = { dev = { target_id = "111122223333", tags = { Owner = { required = true } } } }
            """
        )
    },
    "scopes that are not all known": {
        "main.tf": call(
            """
            organization = var.organization
            tags   = { Owner = { required = true } }
            scopes = merge(var.scopes, { dev = { target_id = "111122223333", tags = { Owner = { required = true } } } })
            """
        )
    },
    "a single default, which is there to be replaced": {
        "main.tf": call(
            """
            mode   = var.mode
            tags   = { Owner = {} }
            scopes = { dev = { target_id = var.account, mode = "notify" } }
            exemptions = { a = { accounts = [var.account], reason = "r", owner = "o", expires = var.until } }
            """
        )
        + 'variable "mode" { default = "notify" }\nvariable "until" { default = "2020-01-01" }\n'
        + 'variable "account" { default = "" }\n'
    },
    "values that another file may give": {
        "main.tf": call("tags = { Owner = {} }\nscopes = var.scopes") + 'variable "scopes" { default = { a = {} } }\n',
        "prod.tfvars": 'scopes = { a = { target_id = "111122223333", mode = "notify" } }\n',
    },
    "values that another file may replace": {
        "main.tf": call("tags = { Owner = {} }\nmode = var.mode\nscopes = var.scopes"),
        "terraform.tfvars": 'mode = "notify"\nscopes = { a = { target_id = "111122223333", mode = "notify" } }\n',
        "prod.tfvars": 'mode = "observe"\n',
    },
    "two files of values that belong together": {
        "main.tf": call("tags = var.tags\nscopes = var.scopes"),
        "common.tfvars": "tags = { Note = { required = false } }\n",
        "prod.tfvars": 'scopes = { a = { target_id = "111122223333", tags = { Note = { required = true } } } }\n',
    },
    "tags that something unknown may read": {
        "main.tf": call("tags = { Note = { required = false } }\nnotifications = var.notifications"),
        "a/main.tf": call("tags = { Note = { required = false } }\nexemptions = var.exemptions"),
        "b/main.tf": call("tags = { Note = { required = false }, Owner = { derive_from = var.sources } }"),
        "c/main.tf": call("tags = { Note = { required = false } }\nscopes = var.scopes"),
        "d/main.tf": call('tags = { Note = { required = false } }\nscopes = { a = { target_id = "1", tags = var.t } }'),
    },
    "a switch": {
        "main.tf": call(
            """
            tags   = { Note = { required = var.strict } }
            scopes = { dev = { target_id = "111122223333", mode = var.mode, tags = { Note = { required = !var.x } } } }
            """
        )
    },
    "a local that is its own": {"main.tf": call("tags = local.a") + "locals {\n  a = local.b\n  b = local.a\n}\n"},
    "a function": {"main.tf": call('tags = { Owner = jsondecode(data.x.y.z) }\nscopes = provider::x::y("a")')},
    "a file that is computed": {"main.tf": call('tags = yamldecode(file("${var.name}.yaml"))')},
    "a file that is not there": {"main.tf": call('tags = yamldecode(file("tags.yaml"))')},
    "a file that is not YAML": {"main.tf": call('tags = yamldecode(file("tags.yaml"))'), "tags.yaml": "a: [\n"},
    "values of a loop": {"main.tf": call("for_each = var.all\ntags = each.value.tags\nmode = each.key")},
    "a heredoc and signs": {
        "main.tf": call(
            """
            tags = {
              Owner = {
                description = <<-EOT
                  ${var.a} { mandatory = true
                EOT
                pattern = "\\\\d{4}\\u00e9%%{x}$${y}" # { mandatory
              }
            }
            """
        )
    },
    "lists in lists": {"main.tf": call("tags = " + "[" * 5_000 + "]" * 5_000)},
    "a long path": {"main.tf": call("tags = local" + ".a" * 5_000)},
    "a long chain of locals": {
        "main.tf": call("tags = local.a0"),
        "a.tf": "locals {\n" + "".join(f"  a{i} = local.a{i + 1}\n" for i in range(2_000)) + "}\n",
    },
    "hidden folders": {"main.tf": call("tags = {Owner = {}}"), ".terraform/x/main.tf": call(f"tags = {TYPO}")},
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_nothing_is_said_of_what_the_files_do_not_tell(case: str, tmp_path: Path) -> None:
    write(tmp_path, UNKNOWN[case])

    result = taggov("lint", str(tmp_path))

    assert (result.exit_code, result.output) == (0, "")


def test_files_of_values_win_in_the_order_of_terraform(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": call("tags = { Owner = {} }\nmode = var.mode\nscopes = var.scopes"),
            "terraform.tfvars": 'mode = "notify"\nscopes = { a = { target_id = "111122223333", mode = "notify" } }\n',
            "z.auto.tfvars": 'mode = "observe"\n',
        },
    )
    assert rules(tmp_path) == []

    write(tmp_path, {"zz.auto.tfvars.json": '{"mode": "notify"}'})
    assert rules(tmp_path) == [("terraform.tfvars", 2, 'scopes["a"].mode')]


def test_files_that_are_named_are_the_values_of_the_plan(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": call("tags = { Owner = {} }\nmode = var.mode\nscopes = var.scopes"),
            "common.tfvars": 'mode = "notify"\n',
            "prod.tfvars": 'scopes = { a = { target_id = "111122223333", mode = "notify" } }\n',
        },
    )
    assert rules(tmp_path) == []

    files = [f"--var-file={tmp_path / name}" for name in ("common.tfvars", "prod.tfvars")]
    assert rules(tmp_path, *files) == [("prod.tfvars", 1, 'scopes["a"].mode')]


@pytest.mark.parametrize(
    ("name", "data", "line", "cause"),
    [
        ("main.tf", b'module "x" {\n  source = "a"\n', 2, "the end of the file is not expected here"),
        ("main.tf", b"locals {\n  a =\n}\n", 2, "the end of the line is not expected"),
        ("main.tf", b'locals {\n  a = [1 2]\n}\n', 2, '"2" is not expected'),
        ("main.tf", b'locals {\n  a = tru e\n}\n', 3, '"}" is not expected'),
        ("main.tf", b'a = "b\n', 1, "not valid HCL"),
        ("main.tf", b"\x89PNG\r\n\x1a\n\x00", 1, "not UTF-8 (byte 0x89)"),
        ("main.tf", "a = 1\nb = \"é\"\n".encode("latin-1"), 2, "not UTF-8 (byte 0xe9)"),
        ("main.tf", "a = 1\n".encode("utf-16"), 1, "not UTF-8 (byte 0xff)"),
        ("main.tf", b"a {\n" * 5_000 + b"}\n" * 5_000, 1, "nested too deeply"),
        ("main.tf.json", b'{\n "a": 1,\n}', 3, "not valid JSON"),
        ("main.tf.json", b'{"a":\n', 1, "the end of the file"),
        ("terraform.tfvars", b"a = {\n", 1, "not valid HCL"),
        ("x.auto.tfvars.json", b"not json", 1, "not valid JSON"),
    ],
)  # fmt: skip
def test_a_file_that_can_not_be_read_is_one_line_and_the_others_are_read(
    name: str, data: bytes, line: int, cause: str, tmp_path: Path
) -> None:
    write(tmp_path, {"z.tf": call(f"tags = {TYPO}")})
    (tmp_path / name).write_bytes(data)

    result = taggov("lint", str(tmp_path))

    assert result.exit_code == 2
    (problem,) = result.stderr.splitlines()
    assert problem.startswith(f"taggov: {tmp_path / name}:{line}: ")
    assert cause in problem
    assert [row.partition(": ")[0] for row in result.stdout.splitlines()] == [f"{tmp_path}/z.tf:3"]


def test_a_folder_below_without_a_call_may_be_unreadable(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call("tags = { Owner = {} }"), "other/main.tf": "a b c"})
    assert found(tmp_path) == []

    write(tmp_path, {"other/main.tf": f'module "x" {{\n  source = "{SOURCE}"\n  a b\n}}\n'})
    result = taggov("lint", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"taggov: {tmp_path}/other/main.tf:4: ")


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"\xef\xbb\xbflocals {}\r\n", b"{\n}"])
def test_files_that_say_nothing_are_no_problem(data: bytes, tmp_path: Path) -> None:
    (tmp_path / ("main.tf.json" if data.startswith(b"{") else "main.tf")).write_bytes(data)

    result = taggov("lint", str(tmp_path))

    assert (result.exit_code, result.stdout) == (0, "")
    assert "no call of the tag governance module" in result.stderr


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"empty/readme.md": "", "file.txt": ""})

    for path, cause in ((tmp_path / "none", "no such file or folder"), (tmp_path / "empty", "no Terraform files")):
        result = taggov("lint", str(path))
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert cause in result.stderr


def test_a_file_stands_for_its_folder_as_pre_commit_gives_it(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": call("tags = var.tags"), "a/terraform.tfvars": f"tags = {TYPO}"})
    write(tmp_path, {"a/b/main.tf": "this is not HCL"})

    result = taggov("lint", str(tmp_path / "a/main.tf"), str(tmp_path / "a/terraform.tfvars"))

    assert (result.exit_code, result.stdout.count("\n"), result.stderr) == (1, 1, "")


def test_the_hook_for_pre_commit_runs_the_command_on_the_files_of_terraform(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    names = ["main.tf", "main.tf.json", "a/terraform.tfvars", "x.auto.tfvars.json", "main.tfstate", "tf", "a.json"]
    write(tmp_path, {"main.tf": call(f"tags = {TYPO}")})

    program, *arguments = hook["entry"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]

    assert [name for name in names if re.search(hook["files"], name)] == names[:4]
    assert scripts[program] == "taggov.main:main"
    assert taggov(*arguments, str(tmp_path / "main.tf")).exit_code == 1


def test_names_in_a_configuration_can_not_command_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call('tags = { "\\u001b[2J" = { "\\u001b]0;x" = 1 } }')})
    assert "\x1b" not in taggov("lint", str(tmp_path)).output
