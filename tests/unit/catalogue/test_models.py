"""Every event of the catalogue against the service model alone: a call with every field filled is found again.

The events are spelled by the emulator's CloudTrail, which knows nothing of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import jmespath
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tag_governance.domain.catalogue import load_catalogue, path
from tag_governance.domain.model import Observation
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe
from tests.support.catalogued import OVERRIDES, Row, rows
from tests.support.events import api_call
from tests.support.policies import policy
from tests.support.sample_calls import TAGS, SampleCall
from tools.emulator import cloudtrail_format

CATALOGUE = load_catalogue()
EC2 = [
    row
    for row in rows()
    if row.create["event_source"] == "ec2.amazonaws.com" and row.create["event_name"] != "RunInstances"
]

# A rule without a bus is a rule on the default one.
# A table in the catalog of another account is another account's.
# A file system that is named as the destination of a replication is there already.
LEFT_OUT = {
    "elasticfilesystem:file-system": frozenset({"Destinations"}),
    "events:rule-on-default-event-bus": frozenset({"EventBusName"}),
    "glue:database": frozenset({"CatalogId"}),
    "glue:table": frozenset({"CatalogId"}),
}
# The first change set of a stack creates it.
GIVEN = {"cloudformation:stack": {"ChangeSetType": "CREATE"}}
# CloudTrail's own words, which are in no service model.
SPELLED = {"requestParameters", "responseElements", "items", "item", "bucketName"}
SPELLED |= {"resources", "type", "ARN", "userIdentity", "accountId", "recipientAccountId"}
SPELLED |= {"tagSpecificationSet", "tagSpecificationsSet"}
# The call of the same name in version 1 of Greengrass has it.
SPELLED |= {"groupId"}
# What says that a member identifies something, but not what.
KINDS = {"arn", "aRN", "id", "name", "identifier", "set"}
# Members that identify a resource under another name.
TELLING = {
    ("iam", "serialNumber"),
    ("fsx", "resourceARN"),
    ("cassandra", "resourceArn"),
    ("s3", "storagelensid"),
}


@pytest.fixture(autouse=True)
def full_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that CloudTrail is known to leave out are in the recorded events; here every field is filled."""
    monkeypatch.setattr(cloudtrail_format, "_NO_RESPONSE_SERVICES", frozenset())


@pytest.mark.parametrize("count", [1, 2], ids=["one", "two"])
def test_a_full_event_gives_well_formed_arns_of_the_type_and_its_tags(count: int) -> None:
    assert [str(row) for row in rows() if not is_found(row, count)] == []


@pytest.mark.parametrize("count", [1, 2], ids=["one", "two"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["older", "newer"])
def test_both_dialects_of_ec2_are_understood(wrapped: bool, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names = frozenset(row.create["event_name"] for row in EC2)
    monkeypatch.setattr(cloudtrail_format, "_WRAPPED_EC2", names if wrapped else frozenset())

    assert [str(row) for row in EC2 if not is_found(row, count)] == []


def is_found(row: Row, count: int) -> bool:
    """Does the event of every operation behind a row tell its resources and their tags?"""
    found = [seen for operation in row.operations() for seen in observations(row, operation, count)]
    pattern = strict(row.entry["arn"])
    tagged = [seen.tags == TAGS for seen in found]
    # of two APIs that share source and name, the older may know no tags
    has_tags = row.create["tags"] is None or (any if len(row.operations()) > 1 else all)(tagged)
    return bool(found) and has_tags and all(pattern.fullmatch(seen.arn) for seen in found)


def test_every_expression_has_an_answer_of_its_own() -> None:
    # An id must not hide that the path to the ARN leads nowhere, nor the other way round.
    for row in rows():
        details = [event(row, operation, 1)["detail"] for operation in row.operations()]
        for expression in row.paths:
            assert any(path(expression).search(detail) for detail in details), (str(row), expression)


def test_tags_of_the_request_are_found_when_the_response_has_none() -> None:
    for row in rows():
        if "requestParameters" in (row.create["tags"] or ""):
            found = [s for operation in row.operations() for s in observations(row, operation, 1, tagged_answer=False)]
            assert found, str(row)
            assert any(seen.tags == TAGS for seen in found), str(row)


def test_what_identifies_a_resource_is_named_after_it() -> None:
    # Roles, keys, parents and sources have ARNs and names too.
    foreign: list[str] = []
    for row in rows():
        own = words(row.type) | words(row.create["event_name"]) | words(row.entry["arn"].split(":", 5)[5])
        own = own.union(*(words(word) for word in OVERRIDES.type(row.type).variables.values()))
        ids = [told for variable, told in row.create["id"].items() if variable != "Region"]
        for expression in filter(None, (*ids, row.create["arn"])):
            _, _, told = expression.rpartition(" && ")  # what comes before is a condition
            for alternative in told.split(" || "):
                if alternative == "'*'":
                    continue  # what no event tells; it names nothing else
                member = [name for name in re.findall(r"\w+", alternative) if name not in {"item", "items"}][-1]
                stem = words(member) - KINDS
                if stem and not stem & own and (row.type.partition(":")[0], member) not in TELLING:
                    foreign.append(f"{row} {alternative}")
    assert foreign == []


def test_every_path_is_made_of_members_of_the_service_model() -> None:
    for row in rows():
        known = {spelled for operation in row.operations() for spelled in members(operation)} | SPELLED
        for expression in row.paths:
            assert set(identifiers(jmespath.compile(expression).parsed)) <= known, (str(row), expression)


def observations(row: Row, operation: OperationModel, count: int, tagged_answer: bool = True) -> list[Observation]:
    try:
        return observe(event(row, operation, count, tagged_answer), CATALOGUE, policy(resource_types=[row.type]))
    except MalformedEvent:
        return []  # the other API of two that share source and name


def event(row: Row, operation: OperationModel, count: int, tagged_answer: bool = True) -> dict[str, Any]:
    """The event of a call with every field filled."""
    call = SampleCall(operation, row.type.partition(":")[2], row.entry["arn"], count)
    request, answer = call.request(LEFT_OUT.get(row.type, frozenset())), call.answer(tagged_answer)
    request |= {name: value for name, value in GIVEN.get(row.type, {}).items() if name in request}
    return api_call(
        row.create["event_source"],
        cloudtrail_format.event_name(operation),
        cloudtrail_format.request_parameters(operation, request),
        cloudtrail_format.response_elements(operation, answer),
    )


def strict(arn: str) -> re.Pattern[str]:
    """A pattern in which no variable reaches beyond its own part of the ARN."""
    return re.compile("[^/:]*".join(re.escape(part) for part in re.split(r"\$\{\w+\}", arn)))


def words(text: str) -> set[str]:
    """`DBInstanceArn` -> db, instance, arn, dbinstance, ...: names of types run words together."""
    if text in KINDS:
        return {text}
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)
    joined = {a + b for a, b in pairwise(parts)}
    return {word.lower().rstrip("s") for word in {*parts, *joined}}


def identifiers(node: Mapping[str, Any]) -> Iterator[str]:
    """The names in a parsed JMESPath."""
    if node["type"] == "field":
        yield node["value"]
    for child in node["children"]:
        yield from identifiers(child)


def members(operation: OperationModel) -> Iterator[str]:
    """Every name that a member of the call goes by, in the model and on the wire, and as CloudTrail spells these."""
    yield from (f"{operation.name}Request", f"{operation.name}Response")
    yield f"{operation.name[0].lower()}{operation.name[1:]}Input"
    for shape in (operation.input_shape, operation.output_shape):
        for name in _members(shape, 0):
            yield from (name, name[:1].lower() + name[1:], name[:1].upper() + name[1:])
            if name == "ARN":
                yield "arn"


def _members(shape: Shape | None, depth: int) -> Iterator[str]:
    if depth > 6:
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield name
            yield str(member.serialization.get("name", name))
            yield from _members(member, depth + 1)
    elif isinstance(shape, ListShape):
        yield from _members(shape.member, depth + 1)
    elif isinstance(shape, MapShape):
        yield from _members(shape.value, depth + 1)
