"""Decoding of HTTP requests to API calls: service, operation and parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model

from tools.emulator.calls import Call

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

# Service names in signatures -> names in botocore.
_SERVICES = {"elasticfilesystem": "efs", "monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}


@dataclass(frozen=True)
class Signature:
    """Access key, service and region of a signed request. The service has botocore's name."""

    access_key: str
    service: str
    region: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Signature | None:
        """Read the signature from the headers of a request (lower case names); None for an unsigned request."""
        found = _CREDENTIAL.search(headers.get("authorization", ""))
        if found is None:
            return None
        return cls(found["key"], _SERVICES.get(found["service"], found["service"]), found["region"])


def decode(
    principal: str, signature: Signature, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[Call, str]:
    """Decode a request to a call and the protocol of its answer."""
    model = get_service_model(signature.service)
    request = Request.from_primitives(method, url, headers, body)
    values = request.values
    operation, uri_params = _operation(signature.service, request, headers, values.get("Action"))
    protocol = determine_request_protocol(model, headers.get("content-type"))
    parsed = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": method,
            "values": values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": uri_params,
        }
    )
    params = {name: value for name, value in parsed.items() if value is not None}
    return Call(principal, signature.service, operation.name, signature.region, params), protocol


def _operation(
    service: str, request: Request, headers: Mapping[str, str], action: str | None
) -> tuple[OperationModel, dict[str, Any]]:
    named = action or headers.get("x-amz-target", "").rpartition(".")[2]
    if named:
        return get_service_model(service).operation_model(named), {}
    operation, uri_params = get_service_router(service).match(request)
    return operation, uri_params
