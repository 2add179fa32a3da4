"""The policy document: valid and invalid fields, and the values that a tag rule allows."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from tag_governance.domain.policy import PolicyError, TagRule, read_policy
from tests.support.policies import document, exemption, policy, scope
from tools.policy_document import rule


def only_rule(**fields: Any) -> TagRule:
    return policy(scopes={"default": scope(tags=[rule("Key", **fields)])}).scopes["default"].rules[0]


def read(body: object) -> None:
    text = json.dumps(body)
    read_policy(text, sha256(text.encode()).hexdigest())


def without(field: str) -> dict[str, Any]:
    return {key: value for key, value in document().items() if key != field}


REFUSED = [
    ([], "policy is []"),
    (document(version=3), "policy.version is 3, this function reads 1 and 2"),
    (document(version=True), "policy.version is True"),
    (without("exemptions"), "policy.exemptions is missing"),
    (document(name=7), "policy.name is 7, expected str"),
    (document(scopes={}), "policy.scopes has no 'default'"),
    (
        document(scopes={"default": scope(mode="enforce")}),
        "policy.scopes['default'].mode is 'enforce', expected one of",
    ),
    (
        document(scopes={"default": scope(tags=[rule("K", pattern="(")])}),
        "policy.scopes['default'].tags[0].pattern is '('",
    ),
    (
        document(scopes={"default": scope(tags=[rule("K", derive_from=["moon"])])}),
        "derive_from[0] is 'moon', allowed are",
    ),
    (document(scopes={"default": scope(tags=[rule("K", required="yes")])}), "tags[0].required is 'yes', expected bool"),
    (
        document(scopes={"default": scope(tags=[rule("K", allowed_values=["a", 1])])}),
        "allowed_values[1] is 1, expected str",
    ),
    (without("member_external_id"), "policy.member_external_id is missing"),
    (document(scopes={"default": {"target": None, "mode": "notify", "tags": []}}), "['default'].parent is missing"),
    (
        document(scopes={"default": scope(), "one": scope(target="111122223333") | {"parent": "nowhere"}}),
        "policy.scopes['one'].parent is 'nowhere', allowed are ['default', 'one']",
    ),
    (
        document(scopes={"default": scope() | {"overrides": {"Owner": "pattern"}}}),
        "policy.scopes['default'].overrides['Owner'] is 'pattern', expected list",
    ),
    (
        document(exemptions=[exemption(expires="soon")]),
        "policy.exemptions[0].expires is 'soon', expected a date YYYY-MM-DD",
    ),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_an_invalid_document_is_rejected_with_field_and_value(body: object, message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read(body)
    assert message in str(refused.value)


def test_a_document_of_the_release_before_is_read_without_its_list_of_accounts() -> None:
    added = ("parent", "sets_mode", "overrides")
    scopes = {
        name: {field: value for field, value in given.items() if field not in added}
        for name, given in {"default": scope(), "sandbox": scope("notify", target="ou-ab12-sandbox1")}.items()
    }
    former = document(version=1, scopes=scopes, accounts={"sandbox": ["333333333333"]})
    del former["organization_id"], former["member_external_id"], former["mail"]

    text = json.dumps(former)
    read_now = read_policy(text, sha256(text.encode()).hexdigest())

    assert read_now.scope_of_target == {"ou-ab12-sandbox1": "sandbox"}
    assert (read_now.member_external_id, read_now.mail) == (None, None)
    assert read_now.known_scope("333333333333") is None


def test_another_document_than_the_deployed_one_is_rejected() -> None:
    with pytest.raises(PolicyError, match="the deployment expects abc"):
        read_policy(json.dumps(document()), "abc")


def test_text_that_is_not_json_is_rejected() -> None:
    with pytest.raises(PolicyError, match="not JSON"):
        read_policy("{", sha256(b"{").hexdigest())


@pytest.mark.parametrize(
    ("fields", "allowed", "refused"),
    [
        ({"allowed_values": ["dev", "prod"]}, ["dev"], ["Dev", "dev ", "devel", ""]),
        ({"allowed_values": ["CC-*"]}, ["CC-1", "CC-"], ["cc-1", "X CC-1"]),
        ({"allowed_values": ["a.b*"]}, ["a.bc"], ["axbc"]),
        ({"pattern": "[a-z]+@x[.]com"}, ["me@x.com"], ["me@x.com\n", "me@x.comx", "1me@x.com"]),
        ({}, ["anything"], ["", "   "]),
        ({"required": False}, ["", "anything"], []),
        ({"allowed_values": ["", "x"]}, ["", "x"], [" "]),
    ],
)
def test_a_rule_allows_exactly_the_values_of_the_schema(
    fields: dict[str, Any], allowed: list[str], refused: list[str]
) -> None:
    checked = only_rule(**fields)
    assert [v for v in allowed if not checked.allows(v)] == []
    assert [v for v in refused if checked.allows(v)] == []


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("PROD", "prod"),
        (" prod ", "prod"),
        ("production", "prod"),
        ("Production", "prod"),
        ("staging", None),
        ("", None),
    ],
)
def test_a_value_is_normalised_to_an_allowed_one_or_none(spelled: str, meant: str | None) -> None:
    checked = only_rule(allowed_values=["dev", "prod"], value_aliases={"production": "prod"})
    assert checked.normalise(spelled) == meant
