"""Knowledge that tag policies have of a resource type. The data is in `tag_policy_types.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.catalogue.sources import ResourceDefinition

_VARIABLE = re.compile(r"\$\{\w+\}")

FIELDS = ("enforced_for", "report_required_tag_for")
"""The lists of types that a tag policy has, by their names there."""


@dataclass(frozen=True)
class TagPolicies:
    """The types and the wildcards that each list of a tag policy takes."""

    known: Mapping[str, frozenset[str]]
    """List -> names as AWS spells them."""
    all_supported: Mapping[str, list[str]]
    """List -> services whose types it takes all at once."""
    names: Mapping[str, str]
    """Type of the catalogue -> its name there, where neither its own nor its ARN says it."""

    def whole_services(self, field: str, entries: Iterable[Mapping[str, Any]]) -> list[str]:
        """The services with a wildcard that stands for types of the catalogue and no others.

        SSM's stands for managed instances, too: it would enforce more than was asked for.
        """
        covered = {entry[field] for entry in entries}
        return sorted(
            service
            for service in self.all_supported[field]
            if all(name in covered for name in self.known[field] if name.startswith(f"{service}:"))
        )

    def entry(self, resource: ResourceDefinition) -> dict[str, str | None]:
        """List -> the name of a type in it, or None where it does not take the type."""
        candidates = _candidates(resource, self.names.get(resource.type))
        return {field: next((n for n in candidates if n in self.known[field]), None) for field in FIELDS}


def load_tag_policies() -> TagPolicies:
    """Read `tag_policy_types.yaml`."""
    listed = yaml.safe_load(Path(__file__).with_name("tag_policy_types.yaml").read_text(encoding="utf-8"))
    known = {
        field: frozenset(f"{service}:{name}" for service, names in listed[field].items() for name in names)
        for field in FIELDS
    }
    return TagPolicies(known, listed["all_supported"], listed["names"])


def _candidates(resource: ResourceDefinition, told: str | None) -> Iterable[str]:
    """Its own name, and the fixed parts of its ARN: `connect:instance/queue`."""
    _, _, service, _, _, path = resource.arn.split(":", 5)
    parts = [part for part in re.split("[:/]", _VARIABLE.sub("", path)) if part]
    names = [resource.type, f"{resource.prefix}:{'/'.join(parts)}", f"{service}:{'/'.join(parts)}"]
    return [*([told] if told else []), *(name.lower() for name in names)]
