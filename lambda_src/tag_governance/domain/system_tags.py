"""Tags that AWS itself writes: the service that manages a resource, and the resources that it belongs to.

The rows are in `system_tags.json`, each with its source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from tag_governance.domain.model import Observation, RelatedResource

_PATH = Path(__file__).parents[1] / "system_tags.json"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ID = re.compile(r"[\w .:/@+=-]{1,1024}")
_STACK = "cloudformation:stack"


@dataclass(frozen=True, slots=True)
class Manager:
    """Sign that a service manages a resource: a tag with a value, or the ARN. `*` stands for any text."""

    by: str
    tag: str | None
    value: str | None
    arn: str | None
    source: str

    def manages(self, seen: Observation) -> bool:
        """Check if the sign is there."""
        if self.arn is not None:
            return fnmatchcase(seen.arn, self.arn)
        found = None if self.tag is None else (seen.tags or {}).get(self.tag)
        return found is not None and fnmatchcase(found, self.value or "*")


@dataclass(frozen=True, slots=True)
class Relation:
    """Tag whose value names another resource. In the template of its ARN, `${Value}` is the value of the tag."""

    tag: str
    type: str
    arn: str
    source: str


@dataclass(frozen=True, slots=True)
class SystemTags:
    """All rows."""

    managed: tuple[Manager, ...]
    relations: tuple[Relation, ...]

    def manager_of(self, seen: Observation) -> str | None:
        """Return the service that manages a resource; None if its owner does."""
        return next((manager.by for manager in self.managed if manager.manages(seen)), None)

    def related_to(self, seen: Observation) -> tuple[RelatedResource, ...]:
        """List the resources of the same account that the tags of a resource name, without its stack."""
        return tuple(related for related in self._named_by(seen) if related.resource_type != _STACK)

    def stack_of(self, seen: Observation) -> tuple[RelatedResource, ...]:
        """Return the CloudFormation stack that made a resource, if any."""
        return tuple(related for related in self._named_by(seen) if related.resource_type == _STACK)

    def _named_by(self, seen: Observation) -> Iterator[RelatedResource]:
        for relation in self.relations:
            value = (seen.tags or {}).get(relation.tag, "")
            if not _ID.fullmatch(value):
                continue
            arn = _expand(relation.arn, value, seen)
            if _is_own(arn, relation.type.split(":")[0], seen):
                yield RelatedResource(arn, relation.type)


@lru_cache(maxsize=1)
def load_system_tags() -> SystemTags:
    """Read the packaged rows, once per process."""
    rows = json.loads(_PATH.read_text(encoding="utf-8"))
    return SystemTags(
        tuple(Manager(**row) for row in rows["managed"]), tuple(Relation(**row) for row in rows["relations"])
    )


def _expand(template: str, value: str, seen: Observation) -> str:
    values: Mapping[str, str] = {
        "Partition": seen.arn.split(":")[1],
        "Region": seen.region,
        "Account": seen.account,
        "Value": value,
    }
    return _VARIABLE.sub(lambda variable: values[variable[1]], template)


def _is_own(arn: str, service: str, seen: Observation) -> bool:
    """Check that an ARN is of the service, and of the resource's account: a tag must not lead to the tags of others.

    A global resource and its stack are in different regions.
    """
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[1:3] == [seen.arn.split(":")[1], service] and parts[4] == seen.account
