"""Regions to which the calls of a global service go: one in each partition, by botocore's endpoint rules."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from tools.catalogue.sources import session

_PSEUDO = "-global"
"""Ending of the names in AWS's lists that stand for no region: `aws-global`."""


@cache
def regions_of(service: str) -> dict[str, str]:
    """Map each partition to the region to whose endpoint all calls go; empty for a service with many endpoints.

    A service counts as global where its rules sign every call of the `aws` partition for the same region. Of the other
    partitions, those are left out where the rules name no region: the service is regional or not there.

    Args:
        service: botocore's name.
    """
    loader = session().get_component("data_loader")
    partitions: dict[str, Any] = loader.load_data("partitions")
    rules = loader.load_service_model(service, "endpoint-rule-set-1")
    provider = EndpointProvider(rules, partitions)
    told: dict[str, str] = {}
    for partition in sorted(partitions["partitions"], key=lambda row: str(row["id"])):
        only = _only(provider, [name for name in partition["regions"] if not name.endswith(_PSEUDO)])
        if only is not None:
            told[partition["id"]] = only
        elif partition["id"] == "aws":
            return {}
    return told


def _only(provider: EndpointProvider, regions: list[str]) -> str | None:
    """Find the region for which calls are signed, whatever the region of the client; None where there are several."""
    first = _signed_for(provider, regions[0])
    same = first in regions and all(_signed_for(provider, region) == first for region in regions[1:])
    return first if same else None


def _signed_for(provider: EndpointProvider, region: str) -> str | None:
    try:
        endpoint = provider.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
    except EndpointProviderError:
        return None
    return next((scheme.get("signingRegion") for scheme in endpoint.properties.get("authSchemes", ())), None)
