"""The catalogue's word on the services' own tagging operations, held against their models, for every type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from tag_governance.aws.errors import AWS_ERRORS
from tag_governance.aws.native import read_native, tag_native, untag_native
from tag_governance.domain.catalogue import load_catalogue
from tests.support.catalogued import ENTRIES
from tools.catalogue.sources import service_model

NATIVE = [entry for entry in ENTRIES if entry["tag_api"] == "native"]
TAGS = {"Owner": "ana", "Cost Center": "42"}
ACCOUNT = "111122223333"


class Service:
    """Takes calls as the model of a service allows them, and answers with the same answer to all."""

    def __init__(self, name: str, answer: Mapping[str, Any]) -> None:
        self._model: ServiceModel = service_model(name)
        self._operations = {xform_name(operation): operation for operation in self._model.operation_names}
        self._answer = answer
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def can_paginate(self, _: str) -> bool:
        return False

    def __getattr__(self, method: str) -> Any:
        shape: Any = self._model.operation_model(self._operations[method]).input_shape

        def call(**parameters: Any) -> Mapping[str, Any]:
            validate_parameters(parameters, shape)
            self.calls.append((method, parameters))
            return self._answer

        return call


def arn_of(entry: Mapping[str, Any]) -> str:
    """An ARN of the type, as short as its parts may be and as long as most members want them."""
    filled = (
        entry["arn"].replace("${Partition}", "aws").replace("${Region}", "us-east-1").replace("${Account}", ACCOUNT)
    )
    return re.sub(r"\$\{\w+\}", "x" * 17, filled)


def native_of(entry: Mapping[str, Any]) -> Any:
    return load_catalogue().type(entry["type"]).native


def identified(parameters: Mapping[str, Any], arn: str) -> bool:
    """Does a parameter name the resource, by its ARN or by the last part of it?"""
    texts = [value[0] if isinstance(value, list) and value else value for value in parameters.values()]
    return arn in texts or re.split("[:/]", arn)[-1] in texts


def one_each(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pick one type for each way of calling: most services have one for all of their types."""
    return list({repr(entry["native"]): entry for entry in entries}.values())


@pytest.mark.parametrize("entry", one_each(NATIVE), ids=lambda entry: entry["type"])
def test_the_operations_take_the_tags_and_the_resource(entry: dict[str, Any]) -> None:
    arn, native, service = arn_of(entry), native_of(entry), Service(entry["native"]["service"], {})

    tag_native(service, native.tag, arn, TAGS)
    untag_native(service, native.untag, arn, list(TAGS))

    (_, tagged), (_, untagged) = service.calls
    for parameters in (tagged, untagged):
        assert identified(parameters, arn)
    assert texts(tagged) >= {*TAGS, *TAGS.values()}
    assert texts(untagged) >= set(TAGS)
    assert not texts(untagged) & set(TAGS.values())


@pytest.mark.parametrize("entry", one_each(NATIVE), ids=lambda entry: entry["type"])
def test_the_tags_are_found_in_the_answer(entry: dict[str, Any]) -> None:
    read = entry["native"]["read"]
    pairs: Any = [dict(zip(read["pair"], tag, strict=True)) for tag in TAGS.items()] if read["pair"] else TAGS
    *around, member = read["tags"].split(".")
    answer: Any = {member: pairs}
    for name in reversed(around):
        answer = {name: answer}
    shape: Any = service_model(entry["native"]["service"]).operation_model(read["operation"]).output_shape
    for name in (*around, member):
        shape = shape.members[name]
    validate_parameters(pairs, shape)
    service = Service(entry["native"]["service"], answer)

    assert read_native(service, native_of(entry).read, arn_of(entry)) == TAGS
    assert identified(service.calls[0][1], arn_of(entry))


def test_tags_of_an_answer_are_taken_to_the_letter() -> None:
    # in an event such a value hides what is really there
    answer = {"tags": {"Owner": "ana", "Mask": "***", "Empty": None}}
    agent = native_of({"type": "bedrock:agent"})

    assert read_native(Service("bedrock-agent", answer), agent.read, "arn:aws:bedrock:us-east-1:1:agent/a") == {
        "Owner": "ana",
        "Mask": "***",
        "Empty": "",
    }


def test_an_sdk_older_than_the_operation_fails_this_resource_alone() -> None:
    old_sdk, agent, arn = object(), native_of({"type": "bedrock:agent"}), "arn:aws:bedrock:us-east-1:1:agent/a"

    for work in (
        lambda: read_native(old_sdk, agent.read, arn),
        lambda: tag_native(old_sdk, agent.tag, arn, TAGS),
        lambda: untag_native(old_sdk, agent.untag, arn, list(TAGS)),
    ):
        with pytest.raises(AWS_ERRORS, match=r"does not know \w*(?:Tag|Untag|ListTagsFor)Resource"):
            work()


def test_tags_are_read_to_the_last_page() -> None:
    class Paged:
        """A service that answers with a tag a page."""

        def can_paginate(self, method: str) -> bool:
            return method == "list_role_tags"

        def list_role_tags(self) -> None:
            raise AssertionError("one page is not all")

        def get_paginator(self, _: str) -> Paged:
            return self

        def paginate(self, **parameters: str) -> list[dict[str, Any]]:
            assert parameters == {"RoleName": "app"}
            return [{"Tags": [{"Key": key, "Value": value}]} for key, value in TAGS.items()]

    role = load_catalogue().type("iam:role").native
    assert role is not None
    assert read_native(Paged(), role.read, f"arn:aws:iam::{ACCOUNT}:role/team/app") == TAGS


def test_the_actions_are_those_of_the_operations() -> None:
    for entry in NATIVE:
        for kind, actions in (("tag", "tag_actions"), ("untag", "untag_actions"), ("read", "read_actions")):
            operation = entry["native"][kind]["operation"]
            names = {action.partition(":")[2].lower() for action in entry[actions]}
            # the actions of API Gateway are HTTP verbs
            assert operation.lower() in names or entry["type"].startswith("apigateway:"), entry["type"]


def texts(value: Any) -> set[str]:
    """Every key and text in it."""
    if isinstance(value, Mapping):
        return {*value, *(text for part in value.values() for text in texts(part))}
    if isinstance(value, list):
        return {text for part in value for text in texts(part)}
    return {value}
