"""The function's own clients, connected to the simulated world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.client import BaseClient
from botocore.session import Session

from tag_governance.aws.clients import Clients
from tag_governance.domain.policy import Policy

Call = Callable[[str, str, tuple[str, str], Mapping[str, Any]], Any]
"""Service, operation, account and region, parameters."""


class SimulatedClients(Clients):
    """Clients whose calls go to `call`.

    botocore creates the clients, so names, paginators and parameters are those of the SDK.
    """

    def __init__(self, policy: Policy, call: Call) -> None:
        super().__init__(policy, session)
        self._call = call

    def _make_client(self, service: str, account: str, region: str | None) -> Any:
        return _SimulatedClient(_client(service), self._call, (account, region or "us-east-1"))


class _SimulatedClient:
    """botocore client whose calls are answered by the simulation."""

    def __init__(self, client: Any, call: Call, place: tuple[str, str]) -> None:
        self._client = client
        self._call = call
        self._place = place

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        operation = self._client.meta.method_to_api_mapping.get(name)
        if operation is None:
            return method

        def call_simulation(**parameters: Any) -> Any:
            service = self._client.meta.service_model.service_name
            return self._call(service, operation, self._place, parameters)

        return call_simulation

    def get_paginator(self, name: str) -> Any:
        """Create a botocore paginator for the simulated calls."""
        paginator = self._client.get_paginator(name)
        paginator._method = getattr(self, name)
        return paginator


@cache
def session() -> Session:
    """Create the session of all simulated clients. It loads each service model once."""
    made = Session()
    made.set_credentials("AKIAEXAMPLE", "simulated")
    made.set_config_variable("region", "us-east-1")
    return made


@cache
def _client(service: str) -> BaseClient:
    return session().create_client(service, region_name="us-east-1")
