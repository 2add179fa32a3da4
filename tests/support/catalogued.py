"""The committed catalogue, as tests look at it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, ServiceModel

from tools import ROOT
from tools.catalogue.overrides import load_overrides
from tools.catalogue.sources import all_services, event_source_of, service_model

PATH = ROOT / "lambda_src/tag_governance/catalogue.json"
DOCUMENT: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
ENTRIES: list[dict[str, Any]] = DOCUMENT["types"]
BY_TYPE = {entry["type"]: entry for entry in ENTRIES}
OVERRIDES = load_overrides()


@dataclass(frozen=True)
class Row:
    """An event that creates one type, with the operations that it may be the event of."""

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
        name = self.create["event_name"]
        return [
            model.operation_model(name)
            for model in _behind(self.create["event_source"])
            if name in model.operation_names and f"{model.service_name}.{name}" not in OVERRIDES.left_out
        ]

    def __str__(self) -> str:
        return f"{self.type}<-{self.create['event_name']}"


def rows() -> list[Row]:
    """Every event of every type that botocore has a model of."""
    return [
        Row(entry, create)
        for entry in ENTRIES
        for create in entry["create"]
        if f"{create['event_source']} {create['event_name']}" not in OVERRIDES.unmodelled
    ]


def _behind(event_source: str) -> list[ServiceModel]:
    """The services whose calls CloudTrail records under one event source."""
    if not _SERVICES:
        for service in all_services():
            if service not in OVERRIDES.left_out:
                model = service_model(service)
                for source in OVERRIDES.service(service).event_sources or (event_source_of(model),):
                    _SERVICES.setdefault(source, []).append(model)
    return _SERVICES.get(event_source, [])


_SERVICES: dict[str, list[ServiceModel]] = {}
