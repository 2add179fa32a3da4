"""The catalogue: how each resource type is created, identified, read and tagged.

`catalogue.json` is generated (`make catalogue`). Terraform reads it too. This module contains nothing about any
specific AWS service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import jmespath
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

_PATH = Path(__file__).parents[1] / "catalogue.json"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_API_DATE = re.compile(r"(?:19|20)\d{2}_?\d{2}_?\d{2}(?:v\d+)?$")
_ARN_CONTEXT = frozenset({"Partition", "Region", "Account"})


@dataclass(frozen=True, slots=True)
class Creation:
    """Event that creates a resource of a type. All paths are JMESPath into the event's `detail`."""

    id: Mapping[str, str]
    """By variable of the ARN; also by `Region` if the resource is in another region than the event."""
    arn: str | None
    tags: str | None
    nothing: str | None
    """Path that is true for an event that creates no resource of the type; None if every event creates one."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Event that a service itself sends about an existing resource. Paths lead into the event's `detail`."""

    detail: Mapping[str, Sequence[str]]
    """Member of `detail` -> its allowed values. An event with other values is ignored."""
    id: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Related:
    """A resource that the creating call names, identified by paths to the variables of its ARN."""

    resource_type: str
    id: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NativeCall:
    """Tagging operation of a service for one of its resources."""

    operation: str
    parameters: Mapping[str, str | list[str]]
    """Parameters that identify the resource. They are templates with `${Arn}` and `${Id}`, which is its last part."""
    tags: str
    """Path to the tags or keys in the request; for a read operation, in the answer."""
    pair: Sequence[str]
    """Names of key and value of a tag; empty if tags are a map and keys are plain text."""


@dataclass(frozen=True, eq=False, slots=True)
class Native:
    """Operations of a service that tag, untag and read a resource type."""

    service: str
    """Name of the service in botocore."""
    tag: NativeCall
    untag: NativeCall
    read: NativeCall


@dataclass(frozen=True, slots=True)
class Describe:
    """Call of a service that lists existing resources of a type."""

    service: str
    """Name of the service in botocore."""
    operation: str
    parameter: str
    """Parameter that takes the ids, or filters for them."""
    also: Mapping[str, bool | list[str]]
    """Further parameters: they include resources that the answer omits by default, or limit it to the account's own."""
    filter: str | None
    present: str
    """Path to the ids of the existing resources in the answer."""

    def parameters(self, ids: Sequence[str], unknown: Container[str] = ()) -> dict[str, Any]:
        """Build the parameters that select some resources, without the further ones that an SDK does not have."""
        selection = list(ids) if self.filter is None else [{"Name": self.filter, "Values": list(ids)}]
        return {self.parameter: selection, **{name: value for name, value in self.also.items() if name not in unknown}}


@dataclass(frozen=True)
class ResourceType:
    """Catalogue entry of one type, limited to the fields that the function uses."""

    name: str
    arn_template: str
    tag_api: str | None
    """None if no API writes its tags alone."""
    native: Native | None
    """For the types whose `tag_api` is `native`."""
    regions: Mapping[str, str]
    """Partition -> the region for calls to a global service; empty for a regional one."""
    case_sensitive_keys: bool
    describe: Describe | None
    """For types whose tag API does not show if a resource exists."""
    attached_to: str | None
    """Type of the parent resource, if events name only the parent. The resources are found through it."""
    related: tuple[Related, ...]
    spellings: Mapping[str, str]
    """Templates of other ARN forms that AWS uses -> template of the form that the ledger uses."""

    def canonical(self, arn: str, region: str, account: str) -> str:
        """Convert an ARN to its canonical form.

        Args:
            arn: an ARN of the type.
            region: the region of the resource, for ARN forms without a region.
            account: the owner of the resource. An ARN with another account is returned unchanged.
        """
        closest = self._closest_template(arn)
        if closest is None or closest not in self.spellings:
            return arn
        given = {name: value for name, value in _values(closest, arn).items() if value}
        if given.get("Account", account) != account:
            return arn
        values = {"Region": region, "Account": account, **given}
        return _expand(self.spellings[closest], values)

    def other_spellings(self, arn: str, account: str) -> tuple[str, ...]:
        """List the other forms of a canonical ARN. Forms that need unknown values are left out."""
        found: list[str] = []
        for spelled, canonical in self.spellings.items():
            values = {"Account": account, **_values(canonical, arn)}
            if set(_VARIABLE.findall(spelled)) <= values.keys():
                found.append(_expand(spelled, values))
        return tuple(found)

    def is_arn(self, arn: str) -> bool:
        """Check if an ARN is of this type, in any of its forms."""
        return self._closest_template(arn) is not None

    def likeness(self, arn: str) -> int:
        """Count the literal characters of the best matching template; 0 if none matches."""
        return len(_VARIABLE.sub("", self._closest_template(arn) or ""))

    def _closest_template(self, arn: str) -> str | None:
        """Return the matching template with the most literal characters; None if none matches."""
        fitting = [t for t in (*self.spellings, self.arn_template) if _pattern(t).fullmatch(arn)]
        return max(fitting, key=lambda template: len(_VARIABLE.sub("", template)), default=None)

    @property
    def tells_absence(self) -> bool:
        """True if a read shows whether a resource exists."""
        return self.tag_api in ("s3", "native") or self.describe is not None

    @cached_property
    def last_variable(self) -> str:
        """The variable that differs between resources of the same parents."""
        return next((v for v in reversed(_VARIABLE.findall(self.arn_template)) if v not in _ARN_CONTEXT), "")

    @cached_property
    def arn_pattern(self) -> re.Pattern[str]:
        """Pattern of the ARNs of this type. Region and account may be empty, as some services leave them out."""
        return _pattern(self.arn_template)

    def shares_service(self, arn: str) -> bool:
        """Check if an ARN is of the service of this type, in any form."""
        return arn.count(":") >= 5 and arn.split(":")[2] == self.arn_template.split(":")[2]

    def arn(self, partition: str, region: str, account: str, ids: Mapping[str, str]) -> str:
        """Fill in the ARN template.

        An id may repeat the text before it: Route 53 uses `/hostedzone/Z1`, Systems Manager `/team/parameter`.
        """
        values = {"Partition": partition, "Region": region, "Account": account, **ids}
        arn = ""
        for i, part in enumerate(_VARIABLE.split(self.arn_template)):
            arn += part if i % 2 == 0 else _without_repeated_prefix(arn, values[part])
        return arn


class Catalogue:
    """Access to the catalogue by type, by creating event and by ARN.

    A process uses few of the services, so the file is kept as text with one type per line. A line is parsed on first
    use, so the cold start does not grow with the catalogue.

    Args:
        lines: the entries of the catalogue as compact JSON, one per line.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._types: dict[str, ResourceType] = {}
        self._creations: dict[str, dict[str, list[tuple[ResourceType, Creation]]]] = {}
        self._notifications: dict[str, list[tuple[ResourceType, Notification]]] = {}
        self._services: dict[str, list[ResourceType]] = {}

    def type(self, name: str) -> ResourceType:
        """Return a type by its name. Raise KeyError if the catalogue does not contain it."""
        if name not in self._types:
            # The fragment also matches entries that name the type as a related one.
            for entry in self._entries("type", name):
                if entry["type"] == name:
                    return self._type_of_entry(entry)
        return self._types[name]

    def creations(self, event_source: str, event_name: str) -> list[tuple[ResourceType, Creation]]:
        """Find what a CloudTrail event may have created. An API date in the event name (`...20150331v2`) is ignored."""
        events = self._creations.get(event_source)
        if events is None:
            events = self._read_creations(event_source)
            if events:
                self._creations[event_source] = events
        return events.get(event_name) or events.get(without_api_date(event_name), [])

    def notifications(self, detail_type: str) -> list[tuple[ResourceType, Notification]]:
        """List the resource types that an event of a service may be about."""
        known = self._notifications.get(detail_type)
        if known is None:
            known = [
                (self._type_of_entry(entry), Notification(row["detail"], row["id"]))
                for entry in self._entries("detail_type", detail_type)
                for row in entry["notifications"]
                if row["detail_type"] == detail_type
            ]
            if known:
                self._notifications[detail_type] = known
        return known

    def type_of_arn(self, arn: str, wanted: Container[str] | None = None) -> ResourceType | None:
        """Return the type whose ARN pattern matches with the most literal characters, or None.

        Some types have the same ARNs, for example IoT thing groups and dynamic thing groups. Then one of `wanted` is
        returned.
        """
        service = arn.split(":", 3)[2] if arn.count(":") >= 5 else ""
        types = self._services.get(service)
        if types is None:
            types = [self._type_of_entry(entry) for entry in self._entries_of_service(service)]
            if types:
                self._services[service] = types
        likeness = {t.name: t.likeness(arn) for t in types}
        most = max(likeness.values(), default=0)
        best = [t for t in types if likeness[t.name] == most > 0]
        return next((t for t in best if wanted is None or t.name in wanted), best[0] if best else None)

    def _read_creations(self, event_source: str) -> dict[str, list[tuple[ResourceType, Creation]]]:
        events: dict[str, list[tuple[ResourceType, Creation]]] = {}
        for entry in self._entries("event_source", event_source):
            for create in entry["create"]:
                if create["event_source"] == event_source:
                    creation = Creation(create["id"], create["arn"], create["tags"], create["nothing"])
                    events.setdefault(create["event_name"], []).append((self._type_of_entry(entry), creation))
        return events

    def _entries(self, key: str, value: str) -> Iterator[dict[str, Any]]:
        """Find the lines in which a key has this value."""
        return self._matching_entries(json.dumps({key: value}, separators=(",", ":"))[1:-1])

    def _entries_of_service(self, service: str) -> Iterator[dict[str, Any]]:
        """Find the lines of the types whose ARNs can be of a service, in any of their forms."""
        front = f"arn:${{Partition}}:{service}:"
        for entry in self._matching_entries(json.dumps(front)[:-1]):
            if any(template.startswith(front) for template in (entry["arn"], *entry["spellings"])):
                yield entry

    def _matching_entries(self, fragment: str) -> Iterator[dict[str, Any]]:
        return (json.loads(line) for line in self._lines if fragment in line)

    def _type_of_entry(self, entry: Mapping[str, Any]) -> ResourceType:
        return self._types.setdefault(
            entry["type"],
            ResourceType(
                name=entry["type"],
                arn_template=entry["arn"],
                tag_api=entry["tag_api"],
                native=_native(entry["native"]),
                regions=entry["regions"],
                case_sensitive_keys=entry["case_sensitive_keys"],
                describe=None if entry["describe"] is None else Describe(**entry["describe"]),
                attached_to=entry["attached_to"],
                related=tuple(Related(r["type"], r["id"]) for r in entry["related"]),
                spellings=entry["spellings"],
            ),
        )


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Read the packaged catalogue, once per process."""
    # The first line opens the document, the last line closes it.
    return Catalogue([line.rstrip(",") for line in _PATH.read_text(encoding="utf-8").splitlines()[1:-1]])


def _native(entry: Mapping[str, Any] | None) -> Native | None:
    if entry is None:
        return None
    return Native(entry["service"], *(NativeCall(**entry[kind]) for kind in ("tag", "untag", "read")))


def without_api_date(event_name: str) -> str:
    """Remove the date of the API version that some services append to the event name (`...20150331v2`)."""
    return _API_DATE.sub("", event_name)


class Expression:
    """JMESPath expression that ignores the case of member names: CloudTrail writes `arn`, `aRN`, `Arn` and `ARN`."""

    def __init__(self, expression: str) -> None:
        self._parsed = jmespath.compile(expression).parsed

    def search(self, value: object) -> Any:
        """Return the value at the path, or None."""
        return _INTERPRETER.visit(self._parsed, value)


class _AnyCase(TreeInterpreter):
    def visit_field(self, node: Mapping[str, Any], value: object) -> Any:
        if not isinstance(value, Mapping):
            return None
        name: str = node["value"]
        if name in value:
            return value[name]
        return next((part for key, part in value.items() if str(key).lower() == name.lower()), None)


class _Functions(Functions):
    """Extension of JMESPath, which cannot convert to lower case. Many services do: RDS turns `Orders` into `orders`."""

    @signature({"types": []})
    def _func_lower(self, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


_INTERPRETER = _AnyCase(Options(custom_functions=_Functions()))


@cache
def path(expression: str) -> Expression:
    """Compile a path on first use: one process uses few of the catalogue's paths."""
    return Expression(expression)


def _without_repeated_prefix(arn: str, value: str) -> str:
    """Remove from a value what the ARN already ends with: `Z1` after `arn:aws:route53:::hostedzone/`."""
    if not arn.endswith("/") or not value.startswith("/"):
        return value
    segment = re.split("[:/]", arn)[-2]
    return value.removeprefix(f"/{segment}/").removeprefix("/")


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(template)
    return re.compile(
        "".join(re.escape(part) if i % 2 == 0 else _variable_pattern(part) for i, part in enumerate(parts))
    )


def _values(template: str, arn: str) -> dict[str, str]:
    """Read the values of a template's variables from an ARN. The result is empty if the ARN does not match."""
    match = _pattern(template).fullmatch(arn)
    return {} if match is None else dict(zip(_VARIABLE.findall(template), match.groups(), strict=True))


def _expand(template: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda variable: values[variable[1]], template)


def _variable_pattern(name: str) -> str:
    if name in _ARN_CONTEXT:
        return "([a-z0-9-]*)"
    return "(.+)"
