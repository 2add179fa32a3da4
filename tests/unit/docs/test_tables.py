"""The tables of the READMEs, from HCL to Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs.markdown import tables
from tools.docs.module import inputs, outputs

VARIABLES = """
variable "mode" {
  description = "One of `a|b`."
  type        = string
  default     = "observe"
}

variable "function" {
  description = <<-EOT
    Its size. This line
    goes on.

    - `memory`: in MB,
      whole.
  EOT
  type = object({
    memory = optional(number, 512)
    sizes  = map(object({ a = string, b = list(string) }))
  })
}
"""


def test_required_inputs_come_first_and_objects_take_a_line_for_each_field(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text(VARIABLES)

    lines = tables(inputs(tmp_path), outputs(tmp_path)).splitlines()

    assert lines[4:] == [
        "| `function` | Its size. This line goes on.<br>- `memory`: in MB, whole. | <pre>object({<br>"
        "  memory = optional(number, 512)<br>  sizes = map(object({<br>    a = string<br>    b = list(string)<br>"
        "  }))<br>})</pre> | required |",
        '| `mode` | One of `a\\|b`. | `string` | `"observe"` |',
    ]


def test_a_variable_without_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text('variable "mode" {\n  type = string\n}\n')

    with pytest.raises(ValueError, match="variable mode has no description"):
        inputs(tmp_path)
