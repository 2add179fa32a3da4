"""The committed catalogue, as tests look at it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import botocore.session
import yaml
from botocore.model import OperationModel

from tools import ROOT

PATH = ROOT / "lambda_src/tag_governance/catalogue.json"
DOCUMENT: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
ENTRIES: list[dict[str, Any]] = DOCUMENT["types"]
BY_TYPE = {entry["type"]: entry for entry in ENTRIES}
SERVICES: list[str] = yaml.safe_load((ROOT / "tools/catalogue/services.yaml").read_text(encoding="utf-8"))

# Where CloudTrail's name of a service is not the first label of its endpoint.
_EVENT_SOURCES = {"mq": "amazonmq"}


@dataclass(frozen=True)
class Row:
    """One event that creates one type, with the operations that it may be the event of."""

    entry: dict[str, Any]
    create: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.entry["type"])

    @property
    def paths(self) -> list[str]:
        return [path for path in (*self.create["id"].values(), self.create["arn"], self.create["tags"]) if path]

    def operations(self) -> list[OperationModel]:
        """The operations of this name behind this event source: API Gateway and load balancing have two."""
        return [
            model.operation_model(self.create["event_name"])
            for service in SERVICES
            for model in [_model(service)]
            if f"{_EVENT_SOURCES.get(service, model.endpoint_prefix.removeprefix('api.'))}.amazonaws.com"
            == self.create["event_source"]
            and self.create["event_name"] in model.operation_names
        ]

    def __str__(self) -> str:
        return f"{self.type}<-{self.create['event_name']}"


def rows() -> list[Row]:
    """Every event of every type."""
    return [Row(entry, create) for entry in ENTRIES for create in entry["create"]]


_SESSION = botocore.session.get_session()
_MODELS: dict[str, Any] = {}


def _model(service: str) -> Any:
    if service not in _MODELS:
        _MODELS[service] = _SESSION.get_service_model(service)
    return _MODELS[service]
