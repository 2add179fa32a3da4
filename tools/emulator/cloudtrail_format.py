"""CloudTrail's format of the request parameters and response elements of an API call. Pure.

botocore uses the names of the service model. CloudTrail records the names of the wire protocol, in formats that differ
by protocol and, for EC2, by the age of the action. Source: CloudTrail record contents, and recorded events.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

# EC2 actions that CloudTrail records as the XML document of the request, with a wrapper element.
_WRAPPED_EC2 = frozenset(
    {
        "CreateCapacityReservation",
        "CreateClientVpnEndpoint",
        "CreateFleet",
        "CreateFlowLogs",
        "CreateLaunchTemplate",
        "CreateNatGateway",
        "CreateSnapshots",
        "CreateTrafficMirrorFilter",
        "CreateTrafficMirrorSession",
        "CreateTrafficMirrorTarget",
        "CreateTransitGateway",
        "CreateTransitGatewayRouteTable",
        "CreateTransitGatewayVpcAttachment",
        "CreateVpcEndpoint",
    }
)

# Services whose records keep the capital first letter of member names.
_PASCAL_CASE = frozenset({"airflow", "connect", "databrew", "detective", "internetmonitor", "synthetics"})

# Services whose answers CloudTrail records as null.
_NO_RESPONSE_SERVICES = frozenset({"autoscaling", "elasticbeanstalk", "glue", "kinesis", "logs", "s3"})

# Services that omit the name of the only structure in an answer: `dBInstanceArn`, not `dBInstance.…`.
_FLAT_SERVICES = frozenset({"elasticache", "rds", "redshift"})
_NOT_FLAT = frozenset({"CreateDBProxy"})

# API dates that CloudTrail appends to an event name; Lambda is the service that still does.
_DATED = {
    ("lambda", "CreateEventSourceMapping"): "20150331",
    ("lambda", "CreateFunction"): "20150331",
    ("lambda", "DeleteFunction"): "20150331",
    ("lambda", "TagResource"): "20170331v2",
}

# Members that CloudTrail never records.
_SECRET_MEMBERS = frozenset({"SecretString", "SecretBinary", "MasterUserPassword", "Password"})
_UNLOGGED = {("secretsmanager", "CreateSecret"): frozenset({"Tags"})}


def event_source(operation: OperationModel) -> str:
    """Return the service as CloudTrail names it, which is the first label of its endpoint: `ec2.amazonaws.com`."""
    prefix = operation.service_model.endpoint_prefix
    return f"{prefix.removeprefix('api.')}.amazonaws.com"


def event_name(operation: OperationModel) -> str:
    """Return the action, with its API date if CloudTrail appends one."""
    return operation.name + _DATED.get((_service(operation), operation.name), "")


def request_parameters(operation: OperationModel, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """Build the `requestParameters` of a record."""
    hidden = _UNLOGGED.get((_service(operation), operation.name), frozenset())
    shown = {k: v for k, v in parameters.items() if k not in hidden}
    shape = operation.input_shape
    if shape is None:
        return None
    if _service(operation) == "ec2":
        if operation.name in _WRAPPED_EC2:
            return {f"{operation.name}Request": _xml_as_json(shape, shown, "request")}
        return _structure(shape, shown, _ec2_request_member)
    if _service(operation) == "s3":
        # S3 records the HTTP request instead of the parameters.
        bucket = {"bucketName": shown["Bucket"]} if "Bucket" in shown else {}
        return {**{k: v for k, v in _plain(shown).items() if k != "Bucket"}, **bucket}
    return _structure(shape, shown, _first_lower(operation))


def response_elements(operation: OperationModel, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Build the `responseElements` of a record; None if CloudTrail omits them."""
    shape = operation.output_shape
    members = {k: v for k, v in answer.items() if k != "ResponseMetadata"}
    service = _service(operation)
    if shape is None or not members or service in _NO_RESPONSE_SERVICES:
        return None
    if service == "ec2":
        if operation.name in _WRAPPED_EC2:
            return {f"{operation.name}Response": _xml_as_json(shape, members, "response")}
        return _structure(shape, members, _ec2_response_member)
    if service in _FLAT_SERVICES and len(members) == 1 and operation.name not in _NOT_FLAT:
        ((name, only),) = members.items()
        inner = shape.members[name]
        if isinstance(inner, StructureShape):
            return _structure(inner, only, _first_lower(operation))
    spelled = _structure(shape, members, _first_lower(operation))
    if service == "secretsmanager" and "aRN" in spelled:
        spelled["arn"] = spelled.pop("aRN")
    return spelled


def _service(operation: OperationModel) -> str:
    return str(operation.service_model.service_name)


def _structure(shape: StructureShape, value: Mapping[str, Any], member: Any) -> dict[str, Any]:
    """Convert every member of a structure.

    Args:
        member: returns for a name and a shape the recorded name, and True if a list is recorded as an item list.
    """
    spelled: dict[str, Any] = {}
    for name, part in value.items():
        child = shape.members.get(name)
        if child is None or name in _SECRET_MEMBERS:
            continue
        written, items = member(name, child)
        spelled[written] = _value(child, part, member, items)
    return spelled


def _value(shape: Shape, value: Any, member: Any, items: bool) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, value, member)
    if isinstance(shape, ListShape):
        spelled = [_value(shape.member, item, member, items) for item in value]
        return {"items": spelled} if items else spelled
    if isinstance(shape, MapShape):
        return {key: _value(shape.value, item, member, items) for key, item in value.items()}
    return _scalar(value)


def _first_lower(operation: OperationModel) -> Any:
    if _service(operation) in _PASCAL_CASE:
        return lambda name, _: (name, False)
    return lambda name, _: (_lower(name), False)


def _ec2_request_member(name: str, shape: Shape) -> tuple[str, bool]:
    """Convert a member of an older EC2 action.

    A list is recorded as `<singular>Set.items`, except the tags in a tag specification.
    """
    if not isinstance(shape, ListShape):
        return _lower(name), False
    if name == "Tags":
        return "tags", False
    return _lower(shape.serialization.get("name", name)) + "Set", True


def _ec2_response_member(name: str, shape: Shape) -> tuple[str, bool]:
    return str(shape.serialization.get("name", _lower(name))), isinstance(shape, ListShape)


def _xml_as_json(shape: Shape, value: Any, direction: str) -> Any:
    """Convert XML to JSON as newer EC2 actions do: a list of one is an object, and an empty list is an empty text."""
    if isinstance(shape, StructureShape):
        return {
            _wire_name(name, shape.members[name], direction): _xml_as_json(shape.members[name], part, direction)
            for name, part in value.items()
            if name in shape.members
        }
    if isinstance(shape, ListShape):
        items = [_xml_as_json(shape.member, item, direction) for item in value]
        if direction == "request":
            # Items are numbered in the request (TagSpecification.1.Tag.2). The number is recorded as "tag".
            items = [{**item, "tag": i} if isinstance(item, dict) else item for i, item in enumerate(items, 1)]
        several: Any = items[0] if len(items) == 1 else items
        if direction == "request":
            return several
        return {"item": several} if items else ""
    scalar = _scalar(value)
    return {"true": True, "false": False}.get(scalar, scalar) if isinstance(scalar, str) else scalar


def _wire_name(name: str, shape: Shape, direction: str) -> str:
    written = str(shape.serialization.get("name", name))
    return written[:1].upper() + written[1:] if direction == "request" else written


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%b %d, %Y, %I:%M:%S %p")
    if isinstance(value, bytes | bytearray):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
