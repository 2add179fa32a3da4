"""The fields of a tag are declared in `tags`; whatever repeats them has the same types and defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tools import ROOT
from tools.policy_document import DEFAULTS

OBJECT = re.compile(r"\b(?P<name>type|tags)\s*= (?:optional\()?map\(object\(\{\n(?P<fields>.*?)\n\s*\}\)\)", re.DOTALL)
FIELD = re.compile(
    r"^ *(\w+) *= (?:optional\((?P<type>[\w()]+)(?:, (?P<default>.+))?\)|(?P<required>[\w()]+))$", re.MULTILINE
)
PUBLIC = sorted(ROOT.glob("modules/*/variables.tf"))


def declared(path: Path, variable: str, name: str) -> dict[str, tuple[str, str | None]]:
    """Read the fields of a tag object: type and default of each.

    Args:
        name: `type` where the variable is the map of tags, `tags` where it is a field of another object.
    """
    block = re.search(rf'^variable "{variable}" \{{\n.*?^\}}', path.read_text(), re.DOTALL | re.MULTILINE)
    text = re.sub(r"<<-EOT.*?EOT", "", block[0], flags=re.DOTALL) if block else ""
    text = text if name == "type" else text.partition("object({")[2]
    found = next((each for each in OBJECT.finditer(text) if each["name"] == name), None)
    fields = FIELD.finditer(found["fields"]) if found else ()
    return {field[1]: (field["type"] or field["required"], field["default"]) for field in fields}


def parsed(literals: Mapping[str, str]) -> dict[str, Any]:
    """Parse values written in HCL."""
    (values,) = hcl2.loads("".join(["locals {\n", *(f"{k} = {v}\n" for k, v in literals.items()), "}\n"]))["locals"]
    return {field: value for field, value in values.items() if not field.startswith("__")}


TAGS = declared(ROOT / "variables.schema.tf", "tags", "type")
REPEATED = {path: fields for path in PUBLIC if (fields := declared(path, "scopes", "tags"))}


def test_there_is_something_to_compare() -> None:
    assert TAGS["derive_from"] == ("list(string)", "[]")
    assert {path.parent.name for path in REPEATED} == {"service-control-policy", "tag-policy"}


def test_an_override_takes_every_field_and_has_no_defaults() -> None:
    overrides = declared(ROOT / "variables.schema.tf", "scopes", "tags")

    assert overrides == {field: (type_, None) for field, (type_, _) in TAGS.items()}


def test_a_key_that_only_a_scope_knows_starts_from_the_same_defaults() -> None:
    (values,) = hcl2.loads((ROOT / "modules/internal/tag-schema/main.tf").read_text())["locals"]
    defaults = {field: value for field, value in values["defaults"].items() if not field.startswith("__")}

    assert defaults == parsed({field: default or "null" for field, (_, default) in TAGS.items()})


def test_the_contract_with_the_function_has_the_same_defaults() -> None:
    wanted = {field: json.loads(default or "null") for field, (_, default) in TAGS.items() if field in DEFAULTS}

    # Terraform writes null for every governed type.
    assert wanted | {"resource_types": None} == DEFAULTS


@pytest.mark.parametrize("path", REPEATED, ids=lambda path: path.parent.name)
def test_a_module_that_repeats_a_part_has_the_same_types(path: Path) -> None:
    assert {field: type_ for field, (type_, _) in REPEATED[path].items()} == {
        field: TAGS[field][0] for field in REPEATED[path]
    }
