"""Tags of policy documents, for simulations, measurements and tests."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from tools import ROOT

_SCHEMA = json.loads((ROOT / "lambda_src/tag_governance/policy.schema.json").read_text(encoding="utf-8"))
DEFAULTS: dict[str, Any] = {
    field: declared["default"] for field, declared in _SCHEMA["$defs"]["rule"]["properties"].items() if field != "key"
}
"""Defaults of the fields of a tag, from `policy.schema.json`."""


def rule(key: str, **fields: Any) -> dict[str, Any]:
    """Build one tag of a scope with every field, as Terraform writes it."""
    return {"key": key} | deepcopy(DEFAULTS) | fields


def finished_scope(mode: str, tags: list[dict[str, Any]], target: str | None = None) -> dict[str, Any]:
    """Build one scope, right below `default` unless it is that one, with tags that it sets itself."""
    return {
        "target": target,
        "parent": None if target is None else "default",
        "mode": mode,
        "sets_mode": True,
        "tags": tags,
        "overrides": {tag["key"]: [field for field in tag if field != "key"] for tag in tags},
    }
