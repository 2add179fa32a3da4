"""Requests to Cost Explorer: client, pages, errors and price."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from taggov.costs.sources.aws_errors import source_errors
from taggov.costs.sources.base import SourceError

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_ce.type_defs import (
        GetCostAndUsageRequestTypeDef,
        GetCostAndUsageResponseTypeDef,
        GetTagsRequestTypeDef,
    )

NAME = "Cost Explorer"

PRICE = Decimal("0.01")
"""USD for each request. Each page is one request (AWS Cost Management pricing)."""

_RETRIES = 6
_HOME = "us-east-1"

_CODES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDeniedException": "access denied: the caller needs the IAM action {action}, "
        "and the payer account must allow its members to use Cost Explorer",
        "BillExpirationException": "the bills of these dates are no longer available: use a later --start",
        "DataUnavailableException": "there is no data: enable Cost Explorer in the payer account, "
        "and wait up to 24 hours for the first numbers",
        "InvalidNextTokenException": "it refused its own page token: run the query again",
        "RequestChangedException": "the query changed between two pages: run the query again",
        "ResourceNotFoundException": "it does not have the requested data: {message}",
        "ValidationException": "it refused the query: {message}",
    }
)
"""Error codes of `GetCostAndUsage` (botocore model of `ce`)."""


def client(session: boto3.Session) -> CostExplorerClient:
    """Create a client with adaptive retries, because Cost Explorer throttles.

    The region of the session does not matter: botocore uses the Cost Explorer endpoint of its partition (us-east-1;
    cn-northwest-1 in China).

    Raises:
        SourceError: the configuration of the session cannot be used.
    """
    with source_errors(NAME, "ce:GetCostAndUsage"):
        return session.client(
            "ce",
            region_name=session.region_name or _HOME,
            config=Config(retries={"mode": "adaptive", "max_attempts": _RETRIES}),
        )


def account(session: boto3.Session) -> str:
    """Return the account of the session. The call is free and needs no permission.

    Raises:
        SourceError: there are no credentials, or AWS rejects them.
    """
    with source_errors("STS", "sts:GetCallerIdentity"):
        return session.client("sts", region_name=session.region_name or _HOME).get_caller_identity()["Account"]


def tag_keys(client: CostExplorerClient, period: tuple[date, date], pay: Callable[[], None]) -> list[str]:
    """List the tag keys of the costs in a period, in every spelling: keys are case sensitive in Cost Explorer.

    Args:
        client: of `ce`.
        period: the first day, and the day after the last one.
        pay: called before each request; an exception prevents the request.

    Raises:
        SourceError: AWS refused the request, or repeated a page token.
    """
    start, end = period
    asked: GetTagsRequestTypeDef = {"TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()}}
    found: list[str] = []
    while True:
        pay()
        with source_errors(NAME, "ce:GetTags", _CODES):
            page = client.get_tags(**asked)
        found += page["Tags"]
        token = page.get("NextPageToken")
        if not token:
            return found
        if token == asked.get("NextPageToken"):
            raise SourceError(f"{NAME} repeated a page token: run the query again")
        asked["NextPageToken"] = token


def pages(
    client: CostExplorerClient, request: GetCostAndUsageRequestTypeDef, pay: Callable[[], None]
) -> Iterator[GetCostAndUsageResponseTypeDef]:
    """Yield all pages of a request. botocore has no paginator for this operation.

    Args:
        client: of `ce`.
        request: sent for each page, with the page token added.
        pay: called before each request; an exception prevents the request.

    Raises:
        SourceError: AWS refused the request, or repeated a page token, which would never end.
    """
    asked: GetCostAndUsageRequestTypeDef = {**request}
    seen: set[str] = set()
    while True:
        pay()
        with source_errors(NAME, "ce:GetCostAndUsage", _CODES):
            page = client.get_cost_and_usage(**asked)
        yield page
        token = page.get("NextPageToken")
        if not token:
            return
        if token in seen:
            raise SourceError(f"{NAME} repeated a page token: run the query again")
        seen.add(token)
        asked["NextPageToken"] = token
