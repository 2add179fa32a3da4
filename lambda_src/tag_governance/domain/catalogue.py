"""The catalogue: per resource type, how it is born, identified, read and tagged.

`catalogue.json` is generated (`make catalogue`) and read by Terraform too. Nothing here knows any AWS service.
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
    """A way in which a resource type comes to life. All paths are JMESPath into the event's `detail`."""

    id: Mapping[str, str]
    """By variable of the ARN; by `Region`, too, where the resource is in another one than the event."""
    arn: str | None
    tags: str | None
    nothing: str | None
    """True of an event that names none of it, which is normal; None where every event has to."""


@dataclass(frozen=True, slots=True)
class Notification:
    """An event of a service itself about a resource that is there. Paths lead into the event's `detail`."""

    detail: Mapping[str, Sequence[str]]
    """Member of `detail` -> its values; of another event it is not one."""
    id: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Related:
    """A resource that the creating call names, identified by paths to its ARN variables."""

    resource_type: str
    id: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NativeCall:
    """An operation of a service on the tags of one of its resources."""

    operation: str
    parameters: Mapping[str, str | list[str]]
    """Parameters that identify the resource, as templates of `${Arn}` and `${Id}`, its last part."""
    tags: str
    """Path to the tags, or their keys, in the request; in the answer of an operation that reads."""
    pair: Sequence[str]
    """The members of one tag; nothing where tags are a map and keys are texts."""


@dataclass(frozen=True, eq=False, slots=True)
class Native:
    """The calls by which a service tags, untags and reads a resource type by its own API."""

    service: str
    """By botocore's name."""
    tag: NativeCall
    untag: NativeCall
    read: NativeCall


@dataclass(frozen=True, slots=True)
class Describe:
    """Call by which a service tells which resources of a type are there."""

    service: str
    """By botocore's name."""
    operation: str
    parameter: str
    """Takes the ids, or filters of them."""
    also: Mapping[str, bool | list[str]]
    """Further parameters: what the answer leaves out otherwise, and whose resources it is about."""
    filter: str | None
    present: str
    """Path to the ids of those that are there, in the answer."""

    def parameters(self, ids: Sequence[str], unknown: Container[str] = ()) -> dict[str, Any]:
        """Build the parameters that ask for some resources, without the further ones that an SDK does not know."""
        asked = list(ids) if self.filter is None else [{"Name": self.filter, "Values": list(ids)}]
        return {self.parameter: asked, **{name: value for name, value in self.also.items() if name not in unknown}}


@dataclass(frozen=True)
class ResourceType:
    """The entry of the catalogue for one type, as far as the function needs it."""

    name: str
    arn_template: str
    tag_api: str | None
    """None where nothing writes its tags alone."""
    native: Native | None
    """For the types whose `tag_api` is `native`."""
    regions: Mapping[str, str]
    """Partition -> the one region to which the calls of a global service go; nothing for a regional one."""
    case_sensitive_keys: bool
    describe: Describe | None
    """For types of which the API that reads their tags does not tell whether they are there."""
    attached_to: str | None
    """The type whose resources these hang on, by which they are found when an event names only those."""
    related: tuple[Related, ...]
    spellings: Mapping[str, str]
    """Templates of other ways in which AWS writes its ARNs -> of how the ledger does."""

    def canonical(self, arn: str, region: str, account: str) -> str:
        """Convert any spelling of a resource's ARN to the canonical one.

        Args:
            arn: an ARN that fits the type.
            region: where the resource is, for spellings that do not tell.
            account: whose it is. An ARN that names another account stays as it is.
        """
        closest = self._closest(arn)
        if closest is None or closest not in self.spellings:
            return arn
        told = {name: value for name, value in _values(closest, arn).items() if value}
        if told.get("Account", account) != account:
            return arn
        values = {"Region": region, "Account": account, **told}
        return _filled(self.spellings[closest], values)

    def other_spellings(self, arn: str, account: str) -> tuple[str, ...]:
        """List the other spellings of a canonical ARN, as far as it has the values that they need."""
        found: list[str] = []
        for spelled, canonical in self.spellings.items():
            values = {"Account": account, **_values(canonical, arn)}
            if set(_VARIABLE.findall(spelled)) <= values.keys():
                found.append(_filled(spelled, values))
        return tuple(found)

    def fits(self, arn: str) -> bool:
        """Say if an ARN is of this type, in one of its spellings."""
        return self._closest(arn) is not None

    def likeness(self, arn: str) -> int:
        """Count the characters of an ARN that the type prescribes; 0 where it does not fit."""
        return len(_VARIABLE.sub("", self._closest(arn) or ""))

    def _closest(self, arn: str) -> str | None:
        """Find the template that prescribes the most of an ARN; None where none fits."""
        fitting = [t for t in (*self.spellings, self.arn_template) if _pattern(t).fullmatch(arn)]
        return max(fitting, key=lambda template: len(_VARIABLE.sub("", template)), default=None)

    @property
    def tells_absence(self) -> bool:
        """True where a look tells whether a resource is there."""
        return self.tag_api in ("s3", "native") or self.describe is not None

    @cached_property
    def last_variable(self) -> str:
        """The variable that tells one resource from others of the same parents."""
        return next((v for v in reversed(_VARIABLE.findall(self.arn_template)) if v not in _ARN_CONTEXT), "")

    @cached_property
    def arn_pattern(self) -> re.Pattern[str]:
        """Matches the ARNs of this type. Region and account may be empty: some services leave them out."""
        return _pattern(self.arn_template)

    def shares_service(self, arn: str) -> bool:
        """Is it an ARN of the type's service, in whatever form?"""
        return arn.count(":") >= 5 and arn.split(":")[2] == self.arn_template.split(":")[2]

    def arn(self, partition: str, region: str, account: str, ids: Mapping[str, str]) -> str:
        """The ARN template filled in.

        An id may repeat the part before it: Route 53 says `/hostedzone/Z1`, Systems Manager `/team/parameter`.
        """
        values = {"Partition": partition, "Region": region, "Account": account, **ids}
        arn = ""
        for i, part in enumerate(_VARIABLE.split(self.arn_template)):
            arn += part if i % 2 == 0 else _beyond(arn, values[part])
        return arn


class Catalogue:
    """The catalogue by type, by creating event and by ARN.

    A process sees few of AWS's services, so the file stays text, one type a line, and a line is parsed when it is
    first asked for: a cold start does not grow with the catalogue.

    Args:
        lines: the catalogue's entries as compact JSON, one a line.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._types: dict[str, ResourceType] = {}
        self._creations: dict[str, dict[str, list[tuple[ResourceType, Creation]]]] = {}
        self._notifications: dict[str, list[tuple[ResourceType, Notification]]] = {}
        self._services: dict[str, list[ResourceType]] = {}

    def type(self, name: str) -> ResourceType:
        """A type by name. Raises KeyError for one that the catalogue does not have."""
        if name not in self._types:
            # Entries name the types that they are related to as well.
            for entry in self._entries("type", name):
                if entry["type"] == name:
                    return self._known(entry)
        return self._types[name]

    def creations(self, event_source: str, event_name: str) -> list[tuple[ResourceType, Creation]]:
        """Find what a CloudTrail event may have created; an API date in the name (`...20150331v2`) is ignored."""
        events = self._creations.get(event_source)
        if events is None:
            events = self._read_creations(event_source)
            if events:
                self._creations[event_source] = events
        return events.get(event_name) or events.get(undated(event_name), [])

    def notifications(self, detail_type: str) -> list[tuple[ResourceType, Notification]]:
        """List the types of resource that an event of a service itself may be about."""
        known = self._notifications.get(detail_type)
        if known is None:
            known = [
                (self._known(entry), Notification(row["detail"], row["id"]))
                for entry in self._entries("detail_type", detail_type)
                for row in entry["notifications"]
                if row["detail_type"] == detail_type
            ]
            if known:
                self._notifications[detail_type] = known
        return known

    def type_of_arn(self, arn: str, wanted: Container[str] | None = None) -> ResourceType | None:
        """The type whose ARN pattern fits best (the longest literal part wins), or None.

        Some types have the same ARNs, as an IoT thing group and a dynamic one: then one of the `wanted` is meant.
        """
        service = arn.split(":", 3)[2] if arn.count(":") >= 5 else ""
        types = self._services.get(service)
        if types is None:
            types = [self._known(entry) for entry in self._of_service(service)]
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
                    events.setdefault(create["event_name"], []).append((self._known(entry), creation))
        return events

    def _entries(self, key: str, value: str) -> Iterator[dict[str, Any]]:
        """Find the lines in which a key has a value."""
        return self._with(json.dumps({key: value}, separators=(",", ":"))[1:-1])

    def _of_service(self, service: str) -> Iterator[dict[str, Any]]:
        """Find the lines of the types whose ARNs may be of a service, in one of their spellings."""
        front = f"arn:${{Partition}}:{service}:"
        for entry in self._with(json.dumps(front)[:-1]):
            if any(template.startswith(front) for template in (entry["arn"], *entry["spellings"])):
                yield entry

    def _with(self, fragment: str) -> Iterator[dict[str, Any]]:
        return (json.loads(line) for line in self._lines if fragment in line)

    def _known(self, entry: Mapping[str, Any]) -> ResourceType:
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
    """The catalogue that is packaged with this code, read once for a process."""
    # The first line is the head of the document, the last closes it.
    return Catalogue([line.rstrip(",") for line in _PATH.read_text(encoding="utf-8").splitlines()[1:-1]])


def _native(entry: Mapping[str, Any] | None) -> Native | None:
    if entry is None:
        return None
    return Native(entry["service"], *(NativeCall(**entry[kind]) for kind in ("tag", "untag", "read")))


def undated(event_name: str) -> str:
    """An event name without the date of the API version that some services append (`...20150331v2`)."""
    return _API_DATE.sub("", event_name)


class Expression:
    """A JMESPath whose member names match whatever the case: CloudTrail writes `arn`, `aRN`, `Arn` and `ARN`."""

    def __init__(self, expression: str) -> None:
        self._parsed = jmespath.compile(expression).parsed

    def search(self, value: object) -> Any:
        """Return what the path leads to, or None."""
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
    """JMESPath can not fold case, and many services do: RDS makes `orders` of `Orders`."""

    @signature({"types": []})
    def _func_lower(self, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


_INTERPRETER = _AnyCase(Options(custom_functions=_Functions()))


@cache
def path(expression: str) -> Expression:
    """A compiled path; compiled on first use, because one process sees few of the catalogue's paths."""
    return Expression(expression)


def _beyond(arn: str, value: str) -> str:
    """A value without what an ARN in the making ends with already: `Z1` after `arn:aws:route53:::hostedzone/`."""
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
    """Read the values of a template's variables from an ARN; nothing where it does not fit."""
    match = _pattern(template).fullmatch(arn)
    return {} if match is None else dict(zip(_VARIABLE.findall(template), match.groups(), strict=True))


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda variable: values[variable[1]], template)


def _variable_pattern(name: str) -> str:
    if name in _ARN_CONTEXT:
        return "([a-z0-9-]*)"
    return "(.+)"
