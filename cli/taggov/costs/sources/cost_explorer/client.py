"""Cost Explorer on the wire: its client, its pages, its errors and its price."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from taggov.costs.sources.aws_errors import explained
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
"""USD for each request, and each page is one (AWS Cost Management pricing)."""

_RETRIES = 6
_HOME = "us-east-1"

_CODES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDeniedException": "access denied: the caller needs the IAM action {action}, "
        "and the payer account has to let its members use Cost Explorer",
        "BillExpirationException": "there are no bills of these dates any more: use a later --start",
        "DataUnavailableException": "there is no data: enable Cost Explorer in the payer account, "
        "and wait up to 24 hours for the first numbers",
        "InvalidNextTokenException": "it refused its own page token: run the query again",
        "RequestChangedException": "it says that the query changed between two pages: run the query again",
        "ResourceNotFoundException": "it does not know what was asked for: {message}",
        "ValidationException": "it refused the query: {message}",
    }
)
"""Errors of `GetCostAndUsage` (botocore model of `ce`)."""


def client(session: boto3.Session) -> CostExplorerClient:
    """A client that botocore slows down and retries as Cost Explorer demands.

    Any region of the session will do: botocore goes to the one of its partition that has Cost Explorer (us-east-1;
    cn-northwest-1 in China).

    Raises:
        SourceError: the configuration of the session can not be used.
    """
    with explained(NAME, "ce:GetCostAndUsage"):
        return session.client(
            "ce",
            region_name=session.region_name or _HOME,
            config=Config(retries={"mode": "adaptive", "max_attempts": _RETRIES}),
        )


def account(session: boto3.Session) -> str:
    """The account whose costs the session sees. The question is free, and every caller may ask it.

    Raises:
        SourceError: there are no credentials, or AWS does not accept them.
    """
    with explained("STS", "sts:GetCallerIdentity"):
        return session.client("sts", region_name=session.region_name or _HOME).get_caller_identity()["Account"]


def tag_keys(client: CostExplorerClient, period: tuple[date, date], pay: Callable[[], None]) -> list[str]:
    """The tag keys that costs of a period have, each in every spelling: Cost Explorer tells letter case apart.

    Args:
        client: of `ce`.
        period: the first day, and the day after the last one.
        pay: called before each request; what it raises stops the request.

    Raises:
        SourceError: AWS refused, or repeated a token.
    """
    start, end = period
    asked: GetTagsRequestTypeDef = {"TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()}}
    found: list[str] = []
    while True:
        pay()
        with explained(NAME, "ce:GetTags", _CODES):
            page = client.get_tags(**asked)
        found += page["Tags"]
        token = page.get("NextPageToken")
        if not token:
            return found
        if token == asked.get("NextPageToken"):
            raise SourceError(f"{NAME} repeated a page token, so its pages would never end: run the query again")
        asked["NextPageToken"] = token


def pages(
    client: CostExplorerClient, request: GetCostAndUsageRequestTypeDef, pay: Callable[[], None]
) -> Iterator[GetCostAndUsageResponseTypeDef]:
    """All pages of a request. Botocore has no paginator for it.

    Args:
        client: of `ce`.
        request: sent again for each page, unchanged but for the token.
        pay: called before each request; what it raises stops the request.

    Raises:
        SourceError: AWS refused, or repeated a token, which would go on forever.
    """
    asked: GetCostAndUsageRequestTypeDef = {**request}
    seen: set[str] = set()
    while True:
        pay()
        with explained(NAME, "ce:GetCostAndUsage", _CODES):
            page = client.get_cost_and_usage(**asked)
        yield page
        token = page.get("NextPageToken")
        if not token:
            return
        if token in seen:
            raise SourceError(f"{NAME} repeated a page token, so its pages would never end: run the query again")
        seen.add(token)
        asked["NextPageToken"] = token
