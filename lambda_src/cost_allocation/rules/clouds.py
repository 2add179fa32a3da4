"""Recognition of the cloud of an account, region or service by the form of its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cost_allocation import query
from cost_allocation.rules.service_names import is_aws_service

AWS, AZURE, GOOGLE, ORACLE = "AWS", "Azure", "Google Cloud", "Oracle Cloud"

_COMPASS = "(north|south|east|west|central){1,2}"
_OF_GOOGLE = (
    "Armor|Bigtable|Build|CDN|Composer|DNS|Data ?Fusion|Dataflow|Dataproc|Deploy|Endpoints|Filestore|Firestore|"
    "Functions|Healthcare|IDS|Identity|Interconnect|Key Management|Load Balancing|Logging|Machine Learning|"
    "Memorystore|Monitoring|NAT|Natural Language|Pub/Sub|Run|SQL|Scheduler|Source Repositories|Spanner|Speech|"
    "Storage|Tasks|Text-to-Speech|Trace|Translation|VPN|Video Intelligence|Vision|Workflows|Workstations"
)
"""Words after "Cloud" in names of Google services. Cloud Trail and Cloud Watch are misspelt AWS services."""
_FORMS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    query.ACCOUNT: {
        AWS: re.compile(r"[0-9]{12}"),
        AZURE: re.compile(r"(/subscriptions/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        ORACLE: re.compile(r"ocid1\..+"),
        # A generated project id of Google. Without the number it could be the name of an account.
        GOOGLE: re.compile(r"(?=.{6,30}$)[a-z][a-z0-9-]*-[0-9]{4,}"),
    },
    query.REGION: {
        AWS: re.compile(rf"[a-z]{{2,4}}(-[a-z]+)?-{_COMPASS}-[0-9]"),
        GOOGLE: re.compile(rf"[a-z]+-{_COMPASS}[0-9]+"),
        ORACLE: re.compile(r"[a-z]{2}-[a-z]+-[0-9]"),
        AZURE: re.compile(r"(?!global)[a-z]{5,}[0-9]?"),
    },
    query.SERVICE: {
        AZURE: re.compile(r"(Azure|Microsoft)\b.*", re.IGNORECASE),
        GOOGLE: re.compile(rf"(Google|Cloud ({_OF_GOOGLE}))\b.*", re.IGNORECASE),
        ORACLE: re.compile(r"(Oracle|OCI)\b.*", re.IGNORECASE),
    },
}
"""Patterns by dimension and cloud. The first match counts."""
_PROJECT = re.compile(r"[a-z](?=[a-z]*[0-9-])[a-z0-9-]{4,28}[a-z0-9]")
"""Project id in Google costs. In rules, such a text may be a name used by mistake instead of an id."""
_SERVICES = {
    AZURE: (
        "App Service, Application Gateway, API Management, Backup, Bandwidth, Cognitive Services, Container Apps, "
        "Container Instances, Container Registry, Event Grid, Event Hubs, Functions, Key Vault, Load Balancer, "
        "Log Analytics, Logic Apps, Power BI, Redis Cache, Sentinel, Service Bus, SQL Database, SQL Managed Instance, "
        "Storage, Storage Accounts, Virtual Machine Scale Sets, Virtual Machines, Virtual Machines Licenses, "
        "Virtual Network, VPN Gateway"
    ),
    GOOGLE: (
        "App Engine, Artifact Registry, BigQuery, BigQuery Reservation API, Compute Engine, Dataflow, Dataproc, "
        "Firestore, Gemini API, Kubernetes Engine, Looker, Memorystore, Networking, Secret Manager, Vertex AI"
    ),
}
"""Services whose names do not begin with the name of the cloud."""
_CLOUD_OF = {name.casefold(): cloud for cloud, names in _SERVICES.items() for name in names.split(", ")}


def cloud_of(dimension: str, value: str) -> str | None:
    """Return the cloud of a value of a dimension; None if unknown."""
    if dimension == query.SERVICE and is_aws_service(value):
        return AWS
    if dimension == query.SERVICE and (known := _CLOUD_OF.get(value.casefold())):
        return known
    return next((cloud for cloud, form in _FORMS.get(dimension, {}).items() if form.fullmatch(value)), None)


def cloud_of_cost(dimension: str, value: str) -> str | None:
    """Return the cloud of a value in costs, where accounts are always ids."""
    if (cloud := cloud_of(dimension, value)) is None and dimension == query.ACCOUNT and _PROJECT.fullmatch(value):
        return GOOGLE
    return cloud
