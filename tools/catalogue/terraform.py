"""The part of the catalogue that Terraform reads, in the shape in which its modules need it.

Terraform evaluates every expression over the catalogue again in each plan, for more than a thousand types. So what does
not depend on the consumer's variables is worked out here, and the modules select.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tools.catalogue.tag_policies import FIELDS

Document = Mapping[str, Any]
_VARIABLE = re.compile(r"\$\{(?!Partition\})\w+\}")


def terraform(document: Document) -> dict[str, Any]:
    """Build the file of `modules/internal/catalogue` from the catalogue."""
    types = document["types"]
    return {
        "keyless_untag_actions": document["keyless_untag_actions"],
        "unguarded": document["unguarded"],
        "tag_policy_wildcards": {field: _wildcards(types, field, document["all_supported"][field]) for field in FIELDS},
        "notifications": {entry["type"]: entry["notifications"] for entry in types if entry["notifications"]},
        "regions": {entry["type"]: entry["regions"] for entry in types if entry["regions"]},
        "entries": {entry["type"]: _entry(entry, document) for entry in types},
        "creations": {entry["type"]: _creations(entry) for entry in types},
    }


def rendered(document: Document) -> str:
    """Write the file: one type a line, so that its changes can be read."""
    by_type = ("entries", "creations")
    parts = [f"{_json(name)}:{_json(value)}" for name, value in document.items() if name not in by_type]
    for name in by_type:
        lines = ",\n".join(f"{_json(key)}:{_json(value)}" for key, value in document[name].items())
        parts.append(f"{_json(name)}:{{\n{lines}\n}}")
    return "{" + ",\n".join(parts) + "}\n"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _entry(entry: Document, document: Document) -> dict[str, Any]:
    tagging = {*entry["tag_actions"], *entry["untag_actions"]}
    return {
        "arn_pattern": _pattern(entry["arn"]),
        "request_tag_actions": {
            action: [_pattern(spelled) for spelled in _spelled(arn, entry["arn_values"])]
            for action, arn in entry["request_tag_actions"].items()
        },
        "request_tag_group": entry["request_tag_group"],
        "tag_actions": entry["tag_actions"],
        "untag_actions": entry["untag_actions"],
        "read_actions": entry["read_actions"],
        "unscoped_actions": sorted((tagging | {*entry["read_actions"]}) & {*document["unscoped_actions"]}),
        "any_key_actions": sorted(tagging & {*document["any_key_actions"]}),
        **{field: entry[field] for field in FIELDS},
    }


def _pattern(arn: str) -> str:
    """Write an ARN template as a pattern; only the partition is left for Terraform to fill in."""
    return _VARIABLE.sub("*", arn)


def _spelled(arn: str, values: Mapping[str, Iterable[str]]) -> list[str]:
    """Write out a variable in the place of the resource type, where IAM takes no wildcard."""
    found = [arn.replace(f"${{{variable}}}", value) for variable, listed in values.items() for value in listed]
    return list(dict.fromkeys(found)) or [arn]


def _creations(entry: Document) -> list[dict[str, str]]:
    """List the events that create a type.

    CloudTrail adds the date of the API version to some event names (CreateFunction20150331v2), with or without
    underscores, so a dated name is matched both as it is and followed by the century.
    """
    return [
        {"source": creation["event_source"], "name": name}
        for creation in entry["create"]
        for name in (creation["event_name"], *([f"{creation['event_name']}20*"] if creation["dated"] else []))
    ]


def _wildcards(types: Iterable[Document], field: str, services: Iterable[str]) -> dict[str, list[str]]:
    """Map each service with a wildcard, and more than one type, to the names that the wildcard stands for."""
    names: dict[str, set[str]] = defaultdict(set)
    for entry in types:
        if entry[field] is not None:
            names[entry[field].partition(":")[0]].add(entry[field])
    return {service: sorted(names[service]) for service in sorted(services) if len(names[service]) > 1}
