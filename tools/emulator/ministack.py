"""MiniStack with fixes. Run it with `python -m`.

- `PutPermission` ignores `Policy`, the whole policy of an event bus, so a second plan would show a change.
- `DescribeAlarms` in the query protocol, which Terraform uses, omits most parameters of `PutMetricAlarm`, with the same
  effect.
- A request that the SDK repeats because the answer was lost is carried out twice (see `replay`).
- Functions use the access key of their account instead of their role, so their calls cannot be distinguished from
  others. Here they use their role, and their calls are recorded and can be made to fail (see `interceptor`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import hypercorn.asyncio
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import cloudwatch, eventbridge, sts

from tools.emulator.calls import CALLS_FILE, ORGANIZATIONS_URL
from tools.emulator.interceptor import Interceptor
from tools.emulator.replay import ReplayApplication

Response = tuple[int, dict[str, str], bytes]

_serve: Any = hypercorn.asyncio.serve

_put_permission = eventbridge._put_permission
_put_metric_alarm = cloudwatch._put_metric_alarm
_describe_alarms = cloudwatch._describe_alarms


def serve(application: Any, config: Any) -> Any:
    """Serve the application with `ReplayApplication` and `Interceptor` in front."""
    watching = Interceptor(application, role_of, Path(os.environ[CALLS_FILE]), os.environ[ORGANIZATIONS_URL])
    return _serve(ReplayApplication(watching), config)


def execution_credentials(config: Mapping[str, Any]) -> dict[str, str]:
    """Create a session of the function's role, as Lambda does."""
    role = config["Role"]
    account, name = role.split(":")[4], role.rpartition("/")[2]
    digest = sha256(f"{config['FunctionArn']} {role}".encode()).hexdigest()
    key, session = f"ASIA{digest[:16].upper()}", config["FunctionName"]
    keys = {"SecretAccessKey": digest, "SessionToken": digest}
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    sts.register_session(key, {"Arn": arn, "UserId": f"{name}:{session}", "FunctionRole": role, **keys})
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": digest, "AWS_SESSION_TOKEN": digest}


def role_of(access_key: str) -> str | None:
    """Return the role behind the access key of a function, or of a session that the function opened; else None."""
    session = sts._sessions.get(access_key)
    if session is None:
        return None
    if "FunctionRole" in session:
        return session["FunctionRole"]
    if role_of(session.get("SourceAccessKeyId", "")) is None:
        return None
    account, name = session["Arn"].split(":")[4], session["Arn"].split("/")[1]
    return f"arn:aws:iam::{account}:role/{name}"


def put_permission(request: dict[str, Any]) -> Response:
    """Store `Policy` as it is."""
    if "Policy" not in request:
        return _put_permission(request)
    eventbridge._event_bus_policies[request.get("EventBusName", "default")] = json.loads(request["Policy"])
    return eventbridge.json_response({})


def put_metric_alarm(params: Mapping[str, list[str]], body: Any, is_cbor: bool, is_json: bool = False) -> Response:
    """Store the parameters of a query request in addition to what MiniStack stores."""
    response = _put_metric_alarm(params, body, is_cbor, is_json)
    if response[0] == 200 and params:
        cloudwatch._alarms[params["AlarmName"][0]]["request"] = _tree(params)
    return response


def describe_alarms(params: Mapping[str, list[str]], body: Any, is_cbor: bool, is_json: bool = False) -> Response:
    """Answer a query request with the stored parameters of each alarm."""
    if not params:
        return _describe_alarms(params, body, is_cbor, is_json)
    status, _, listing = _describe_alarms({}, {"AlarmNames": _names(params)}, False, True)
    alarms = json.loads(listing)["MetricAlarms"] if status == 200 else []
    members = [
        {**alarm.get("request", {}), **{key: alarm[key] for key in ("AlarmArn", "StateValue", "StateReason")}}
        for alarm in alarms
    ]
    result = f"<DescribeAlarmsResult><MetricAlarms>{_xml(members)}</MetricAlarms></DescribeAlarmsResult>"
    return cloudwatch._xml(200, "DescribeAlarmsResponse", result)


def _names(params: Mapping[str, list[str]]) -> list[str]:
    return [values[0] for key, values in params.items() if key.startswith("AlarmNames.member.")]


def _tree(params: Mapping[str, list[str]]) -> dict[str, Any]:
    """Convert `Metrics.member.1.Id=a` to {"Metrics": [{"Id": "a"}]}, without the action, its version and tags."""
    root: dict[str, Any] = {}
    for name, values in params.items():
        *path, leaf = name.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = values[0]
    return {key: _lists(value) for key, value in root.items() if key not in {"Action", "Version", "Tags"}}


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if "member" in node:
        return [_lists(member) for _, member in sorted(node["member"].items(), key=lambda item: int(item[0]))]
    return {key: _lists(value) for key, value in node.items()}


def _xml(node: Any) -> str:
    if isinstance(node, list):
        return "".join(f"<member>{_xml(member)}</member>" for member in node)
    if isinstance(node, dict):
        return "".join(f"<{key}>{_xml(value)}</{key}>" for key, value in node.items())
    return escape(str(node))


lambda_runtime.execution_credentials = execution_credentials
hypercorn.asyncio.serve = serve  # type: ignore[assignment]
eventbridge._put_permission = put_permission
cloudwatch._put_metric_alarm = put_metric_alarm
cloudwatch._describe_alarms = describe_alarms

if __name__ == "__main__":
    app.main()
