"""Conversion of events to observations: ids, ARNs and tags in the formats of CloudTrail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tag_governance.domain.catalogue import Catalogue, load_catalogue
from tag_governance.domain.model import Observation, Source
from tag_governance.domain.tags import parse_tags
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe
from tag_governance.events.resolve import UnknownCreation, UnknownResource, resolve
from tests.support.events import api_call, create_bucket, run_instances, tag_change
from tests.support.policies import HOME, policy

WIDGET: dict[str, Any] = {
    "type": "shop:widget",
    "arn": "arn:${Partition}:shop:${Region}:${Account}:widget/${Store}/${WidgetId}",
    "tag_api": "tagging",
    "native": None,
    "regions": {},
    "spellings": {},
    "notifications": [],
    "case_sensitive_keys": True,
    "describe": None,
    "attached_to": None,
    "related": [],
}


def widgets(**create: Any) -> Catalogue:
    """Build a catalogue with one invented type, to test a single rule."""
    event: dict[str, Any] = {
        "event_source": "shop.amazonaws.com",
        "event_name": "CreateWidget",
        "id": {},
        "arn": None,
        "tags": None,
        "nothing": None,
    }
    return Catalogue([json.dumps(WIDGET | {"create": [event | create]}, separators=(",", ":"))])


def born(catalogue: Catalogue, request: object, response: object, name: str = "CreateWidget") -> list[Observation]:
    event = api_call("shop.amazonaws.com", name, request, response)
    return observe(event, catalogue, policy(resource_types=["shop:widget"]))


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}),
        ({"key": "x"}, {"key": "x"}),
        ([{"Key": "a", "Value": "1"}], {"a": "1"}),
        ([{"key": "a", "value": "1"}, {"tagKey": "b", "tagValue": "2"}], {"a": "1", "b": "2"}),
        ([{"Key": "a", "Value": True}, {"Key": "b", "Value": 7}], {"a": "true", "b": "7"}),
        ([{"Key": "a", "Value": {"tag": 1, "content": "x"}}], {"a": "x"}),
        ([{"Key": "a"}], {"a": ""}),
        ([], {}),
        (None, None),
        ("", None),
        (5, None),
        ("HIDDEN_DUE_TO_SECURITY_REASONS", None),
        ([{"Key": "a", "Value": "HIDDEN_DUE_TO_SECURITY_REASONS"}], None),
        ([["Key", "a"]], None),
        ([{"Key": 5, "Value": "1"}], None),
        ([{"name": "a", "text": "1"}], None),
        ({"a": ["1"]}, None),
    ],
)
def test_tags_are_read_in_every_format_and_never_guessed(value: object, tags: dict[str, str] | None) -> None:
    assert parse_tags(value) == tags


@pytest.mark.parametrize("name", ["iot:thinggroup", "iot:dynamicthinggroup"])
def test_of_types_with_the_same_arns_the_governed_one_is_used(name: str) -> None:
    event = tag_change(f"arn:aws:iot:us-east-1:{HOME}:thinggroup/lamps", {"Owner": "ana"})

    assert [found.resource_type.name for found in resolve(event, load_catalogue(), {name})] == [name]
    assert resolve(event, load_catalogue(), {"iot:thing"}) == []


def test_an_auto_scaling_group_has_one_name_in_its_creation_and_in_a_change_of_its_tags() -> None:
    group = f"arn:aws:autoscaling:us-east-1:{HOME}:autoScalingGroup:{{}}:autoScalingGroupName/team-a/web"
    created = api_call(
        "autoscaling.amazonaws.com", "CreateAutoScalingGroup", {"autoScalingGroupName": "team-a/web"}, None
    )
    changed = tag_change(group.format("0c1d2e3f-0000-4000-8000-000000000000"), {"Owner": "ana"})

    found = [resolve(event, load_catalogue())[0].arn for event in (created, changed)]

    assert found == [group.format("*")] * 2


def test_one_arn_per_id_is_built_from_the_template() -> None:
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": "responseElements.items[].id"})
    found = born(catalogue, {"store": "north"}, {"items": [{"id": "w1"}, {"id": 2}]})
    assert [o.arn for o in found] == [f"arn:aws:shop:us-east-1:{HOME}:widget/north/{i}" for i in ("w1", "2")]


def test_an_arn_with_a_missing_part_is_not_built() -> None:
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": "responseElements.id"})
    with pytest.raises(Exception, match="contains no id"):
        born(catalogue, {}, {"id": "w1"})


def test_an_arn_of_another_type_in_the_answer_is_ignored() -> None:
    catalogue = widgets(
        arn="responseElements.arn", id={"Store": "requestParameters.store", "WidgetId": "responseElements.id"}
    )
    response = {"arn": f"arn:aws:iam::{HOME}:role/widget/maker", "id": "w1"}
    assert [o.arn for o in born(catalogue, {"store": "north"}, response)] == [
        f"arn:aws:shop:us-east-1:{HOME}:widget/north/w1"
    ]


@pytest.mark.parametrize(
    ("stated", "others", "expected"),
    [
        # an unknown form, such as old ECS services without their cluster
        (f"arn:aws:shop:us-east-1:{HOME}:widget/w1", [], [f"arn:aws:shop:us-east-1:{HOME}:widget/w1"]),
        # another account, or the other type that the call can create: no ARN is better than a wrong one
        ("arn:aws:shop:us-east-1:999999999999:widget/w1", [], []),
        (f"arn:aws:shop:us-east-1:{HOME}:gadget/w1", ["shop:gadget"], []),
    ],
)
def test_an_arn_in_the_event_comes_before_one_from_the_template(
    stated: str, others: list[str], expected: list[str]
) -> None:
    create = {
        "event_source": "shop.amazonaws.com",
        "event_name": "CreateWidget",
        "id": {"Store": "requestParameters.store", "WidgetId": "responseElements.id"},
        "arn": "responseElements.arn",
        "tags": None,
        "nothing": None,
    }
    entries = [WIDGET | {"type": name, "create": [create]} for name in ("shop:widget", *others)]
    catalogue = Catalogue([json.dumps(entry, separators=(",", ":")) for entry in entries])
    event = api_call("shop.amazonaws.com", "CreateWidget", {"store": "north"}, {"id": "w1", "arn": stated})

    if expected:
        assert [found.arn for found in resolve(event, catalogue)] == expected
    else:
        with pytest.raises(MalformedEvent, match="contains no id"):
            resolve(event, catalogue)


@pytest.mark.parametrize(
    ("kind", "arns"), [("round", [f"arn:aws:shop:us-east-1:{HOME}:widget/north/w1"]), ("flat", [])]
)
def test_an_id_may_have_a_condition(kind: str, arns: list[str]) -> None:
    told = "requestParameters.kind == 'round' && lower(responseElements.id)"
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": told})
    event = api_call("shop.amazonaws.com", "CreateWidget", {"store": "north", "kind": kind}, {"id": "W1"})

    assert [found.arn for found in resolve(event, catalogue)] == arns


def test_an_id_whose_condition_is_met_is_required() -> None:
    told = "requestParameters.kind == 'round' && responseElements.id"
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": told})

    with pytest.raises(MalformedEvent, match="contains no id"):
        resolve(api_call("shop.amazonaws.com", "CreateWidget", {"store": "north", "kind": "round"}, {}), catalogue)


def test_a_replica_is_governed_in_its_own_region() -> None:
    arn = f"arn:aws:kms:eu-west-1:{HOME}:key/mrk-1"
    event = api_call("kms.amazonaws.com", "ReplicateKey", {"keyId": "mrk-1"}, {"replicaKeyMetadata": {"arn": arn}})
    (seen,) = observe(event, load_catalogue(), policy(resource_types=["kms:key"]))
    assert (seen.arn, seen.region) == (arn, "eu-west-1")


def test_a_statement_of_cql_has_the_arn_in_the_resources_of_its_record() -> None:
    arn = f"arn:aws:cassandra:us-east-1:{HOME}:/keyspace/shop/table/orders"
    listed = [{"type": "AWS::Cassandra::Table", "ARN": arn}]
    event = api_call("cassandra.amazonaws.com", "CreateTable", {"rawQuery": "CREATE TABLE"}, None, resources=listed)
    assert [found.arn for found in resolve(event, load_catalogue())] == [arn]


@pytest.mark.parametrize(("catalog", "is_own"), [({}, True), ({"catalogId": HOME}, True), ({"catalogId": "9"}, False)])
def test_a_table_in_the_catalog_of_another_account_is_not_ours(catalog: dict[str, str], is_own: bool) -> None:
    request = catalog | {"databaseName": "Shop", "tableInput": {"name": "Orders"}}
    event = api_call("glue.amazonaws.com", "CreateTable", request, None)
    arn = f"arn:aws:glue:us-east-1:{HOME}:table/shop/orders"
    assert [found.arn for found in resolve(event, load_catalogue())] == ([arn] if is_own else [])


def test_an_event_is_identified_by_its_api_endpoint_not_by_the_service_of_its_arns() -> None:
    arn = f"arn:aws:servicecatalog:us-east-1:{HOME}:/attribute-groups/0f1e2d3c4b5a"
    answer = {"attributeGroup": {"id": "0f1e2d3c4b5a", "arn": arn, "name": "team"}}
    source = "servicecatalog-appregistry.amazonaws.com"
    (found,) = resolve(api_call(source, "CreateAttributeGroup", {"name": "team"}, answer), load_catalogue())
    assert (found.resource_type.name, found.arn) == ("servicecatalog:AttributeGroup", arn)


def test_a_type_that_exists_once_per_account_needs_no_id() -> None:
    event = api_call("securityhub.amazonaws.com", "EnableSecurityHub", {}, None)
    (found,) = resolve(event, load_catalogue())
    assert found.arn == f"arn:aws:securityhub:us-east-1:{HOME}:hub/default"


def test_an_event_that_creates_no_known_type_is_no_error() -> None:
    event = api_call("iam.amazonaws.com", "CreateAccessKey", {"userName": "ana"}, {"accessKey": {}})

    assert observe(event, load_catalogue(), policy()) == []
    with pytest.raises(
        UnknownCreation, match=r"iam\.amazonaws\.com CreateAccessKey creates no resource type of the catalogue"
    ):
        resolve(event, load_catalogue())


def test_an_id_that_is_an_arn_is_taken_as_it_is() -> None:
    arn = f"arn:aws:shop:eu-west-1:{HOME}:widget/north/w1"
    catalogue = widgets(id={"Store": "responseElements.id", "WidgetId": "responseElements.id"})
    assert [o.arn for o in born(catalogue, {}, {"id": arn})] == [arn]


def test_the_arn_of_a_parent_is_not_inserted_into_another_arn() -> None:
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": "responseElements.id"})
    with pytest.raises(Exception, match="contains no id"):
        born(catalogue, {"store": f"arn:aws:shop:us-east-1:{HOME}:store/north"}, {"id": "w1"})


@pytest.mark.parametrize("name", ["id", "Id", "ID", "iD"])
def test_the_case_of_member_names_is_ignored(name: str) -> None:
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": "responseElements.widget.id"})
    (seen,) = born(catalogue, {"Store": "north"}, {"Widget": {name: "w1"}})
    assert seen.arn.endswith(":widget/north/w1")


@pytest.mark.parametrize(
    ("event_source", "event_name", "request_parameters", "response_elements", "arn"),
    [
        ("route53", "CreateHostedZone", {"name": "x."}, {"hostedZone": {"id": "/hostedzone/Z1"}}, "hostedzone/Z1"),
        ("route53", "CreateHostedZone", {"name": "x."}, {"hostedZone": {"id": "Z1"}}, "hostedzone/Z1"),
        ("ssm", "PutParameter", {"name": "/team/key"}, {"version": 1}, "parameter/team/key"),
        ("ssm", "PutParameter", {"name": "key"}, {"version": 1}, "parameter/key"),
        ("logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/x"}, None, "log-group:/aws/lambda/x"),
    ],
)
def test_an_id_that_repeats_its_prefix_in_the_arn(
    event_source: str, event_name: str, request_parameters: object, response_elements: object, arn: str
) -> None:
    event = api_call(f"{event_source}.amazonaws.com", event_name, request_parameters, response_elements)
    types = ["logs:log-group", "route53:hostedzone", "ssm:parameter"]
    (seen,) = observe(event, load_catalogue(), policy(resource_types=types))
    assert seen.arn.split(":", 5)[5] == arn


@pytest.mark.parametrize(
    "name", ["CreateWidget", "CreateWidget20150331", "CreateWidget20150331v2", "CreateWidget2020_05_31"]
)
def test_an_api_date_in_the_event_name_is_ignored(name: str) -> None:
    catalogue = widgets(id={"Store": "requestParameters.store", "WidgetId": "requestParameters.id"})
    assert len(born(catalogue, {"store": "n", "id": "w"}, None, name)) == 1


def test_tags_given_to_one_kind_of_resource_are_not_those_of_another() -> None:
    event = run_instances(["i-1"], {"Owner": "bob"}, interfaces=["eni-1"])
    by_type = {o.resource_type: o for o in observe(event, load_catalogue(), policy())}
    assert by_type["ec2:instance"].tags == {"Owner": "bob"}
    assert by_type["ec2:network-interface"].tags is None
    origin = by_type["ec2:network-interface"].origin
    assert origin is not None
    assert origin.request_tags == {"Owner": "bob"}


def test_a_bucket_is_identified_by_its_name() -> None:
    (seen,) = observe(create_bucket("access-records"), load_catalogue(), policy())
    assert (seen.arn, seen.tags, seen.account) == ("arn:aws:s3:::access-records", None, HOME)


def test_a_tag_change_contains_all_tags_and_no_actor() -> None:
    arn = f"arn:aws:ec2:us-east-1:{HOME}:instance/i-1"
    (seen,) = observe(tag_change(arn, {"Owner": "bob"}), load_catalogue(), policy())
    assert seen == Observation(
        arn=arn,
        resource_type="ec2:instance",
        account=HOME,
        region="us-east-1",
        time=datetime(2026, 6, 1, 12, tzinfo=UTC),
        source=Source.TAG_CHANGE,
        event_id="t-1",
        tags={"Owner": "bob"},
        changed=("Owner",),
    )
    assert seen.actor is None


@pytest.mark.parametrize(("version", "counted"), [(7, 7), ("7", None), (True, None), (None, None)])
def test_a_tag_change_contains_the_version_if_it_is_a_number(version: object, counted: int | None) -> None:
    event = tag_change(f"arn:aws:ec2:us-east-1:{HOME}:instance/i-1", {"Owner": "bob"})
    event["detail"]["version"] = version
    (seen,) = observe(event, load_catalogue(), policy())
    assert seen.version == counted


@pytest.mark.parametrize("keys", ["Owner", ["Owner", 7], None])
def test_changed_keys_that_are_not_a_list_of_texts_are_unknown(keys: object) -> None:
    event = tag_change(f"arn:aws:ec2:us-east-1:{HOME}:instance/i-1", {"Owner": "bob"})
    event["detail"]["changed-tag-keys"] = keys
    (seen,) = observe(event, load_catalogue(), policy())
    assert seen.changed is None


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:ec2:us-east-1:1:volume/vol-1", "ec2:volume"),
        ("arn:aws:s3:::bucket", "s3:bucket"),
        ("arn:aws:iam::1:role/team/app", "iam:role"),
        ("arn:aws:sqs:us-east-1:1:orders", "sqs:queue"),
        ("arn:aws:nothing:us-east-1:1:x", None),
        ("not an arn", None),
    ],
)
def test_the_type_of_an_arn_is_found_in_the_catalogue(arn: str, name: str | None) -> None:
    found = load_catalogue().type_of_arn(arn)
    assert (found.name if found else None) == name


def test_without_a_policy_an_event_resolves_to_every_type_that_the_catalogue_knows() -> None:
    event = run_instances(["i-1"], {"Owner": "bob"}, interfaces=["eni-1"])
    named = {found.resource_type.name: found for found in resolve(event, load_catalogue()) if not found.attached_to}
    assert {name: (found.arn.rpartition("/")[2], found.tags) for name, found in named.items()} == {
        "ec2:instance": ("i-1", {"Owner": "bob"}),
        "ec2:network-interface": ("eni-1", None),
    }


def test_only_requested_types_are_resolved() -> None:
    found = resolve(run_instances(["i-1"], interfaces=["eni-1"]), load_catalogue(), {"ec2:network-interface"})
    assert [seen.arn.rpartition("/")[2] for seen in found] == ["eni-1"]


def test_a_tag_change_of_an_unknown_type_is_no_error() -> None:
    event = tag_change("arn:aws:moon:::crater/1", {"Owner": "bob"})
    assert observe(event, load_catalogue(), policy()) == []
    with pytest.raises(UnknownResource, match="crater/1 is of no resource type of the catalogue"):
        resolve(event, load_catalogue())
