"""A Cost Explorer in memory: it groups and filters lines of a bill, and answers in pages.

Requests come from a real botocore client, which has checked them against its model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3

from taggov.costs.sources.cost_explorer.source import CostExplorer

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient

TODAY = date(2026, 11, 25)


@dataclass(frozen=True)
class Line:
    """A line of a bill."""

    day: date
    amount: str
    currency: str = "USD"
    service: str = "Amazon EC2"
    account: str = "111111111111"
    region: str = "eu-west-1"
    record_type: str = "Usage"
    tags: Mapping[str, str] = field(default_factory=dict)

    def key(self, group: Mapping[str, str]) -> str:
        """The key under which the group has the line."""
        if group["Type"] == "TAG":
            return f"{group['Key']}${self.tags.get(group['Key'], '')}"
        return self.dimension(group["Key"])

    def dimension(self, name: str) -> str:
        """The value of a dimension, named as the API does."""
        return {
            "SERVICE": self.service,
            "LINKED_ACCOUNT": self.account,
            "REGION": self.region,
            "RECORD_TYPE": self.record_type,
        }[name]


class Bill:
    """All that can be asked for, and what was."""

    def __init__(self, *lines: Line, page_size: int = 1000, estimated: tuple[str, ...] = ()) -> None:
        self._lines = lines
        self._page_size = page_size
        self._estimated = estimated
        self.requests: list[dict[str, Any]] = []
        """For costs."""
        self.tag_requests = 0

    def client(self) -> CostExplorerClient:
        """A client whose calls end here."""
        client = client_without_aws()
        # The stubs of botocore know no handler that answers in place of AWS.
        answer: Any = self._called
        client.meta.events.register("before-call.ce.GetCostAndUsage", answer)
        keys: Any = self._keys
        client.meta.events.register("before-call.ce.GetTags", keys)
        return client

    def source(self, **options: Any) -> CostExplorer:
        """The source under test, on this bill."""
        return CostExplorer(self.client(), **{"today": TODAY, "announce": lambda _: None, **options})

    def _keys(self, params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        request = json.loads(params["body"])
        self.tag_requests += 1
        start, end = request["TimePeriod"]["Start"], request["TimePeriod"]["End"]
        lines = [line for line in self._lines if start <= line.day.isoformat() < end]
        keys = sorted({key for line in lines for key in line.tags})
        first = int(request.get("NextPageToken", "0"))
        page = keys[first : first + self._page_size]
        more = {"NextPageToken": str(first + self._page_size)} if first + self._page_size < len(keys) else {}
        answer = {"Tags": page, "ReturnSize": len(page), "TotalSize": len(keys), **more}
        return type("Response", (), {"status_code": 200})(), answer

    def _called(self, params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        request = json.loads(params["body"])
        self.requests.append(request)
        return type("Response", (), {"status_code": 200})(), self._answer(request)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        start, end = request["TimePeriod"]["Start"], request["TimePeriod"]["End"]
        sums: dict[tuple[str, str, tuple[str, ...]], Decimal] = {}
        for line in self._lines:
            if start <= line.day.isoformat() < end and _meets(line, request.get("Filter")):
                period = line.day if request["Granularity"] == "DAILY" else line.day.replace(day=1)
                keys = tuple(line.key(group) for group in request.get("GroupBy", ()))
                place = (max(period.isoformat(), start), line.currency, keys)
                sums[place] = sums.get(place, Decimal(0)) + Decimal(line.amount)
        first = int(request.get("NextPageToken", "0"))
        last = first + self._page_size
        results = [self._result(request, *place, amount) for place, amount in list(sums.items())[first:last]]
        more = {"NextPageToken": str(last)} if last < len(sums) else {}
        return {"ResultsByTime": results, **more}

    def _result(
        self, request: dict[str, Any], period: str, currency: str, keys: tuple[str, ...], amount: Decimal
    ) -> dict[str, Any]:
        metrics = {metric: {"Amount": str(amount), "Unit": currency} for metric in request["Metrics"]}
        return {
            "TimePeriod": {"Start": period, "End": period},
            "Estimated": period in self._estimated,
            **({"Total": {}, "Groups": [{"Keys": list(keys), "Metrics": metrics}]} if keys else {"Total": metrics}),
        }


def client_without_aws() -> CostExplorerClient:
    """A client that must not reach the network."""
    return boto3.client("ce", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def _meets(line: Line, expression: Mapping[str, Any] | None) -> bool:
    if expression is None:
        return True
    ((operator, operand),) = expression.items()
    match operator:
        case "And":
            return all(_meets(line, one) for one in operand)
        case "Or":
            return any(_meets(line, one) for one in operand)
        case "Not":
            return not _meets(line, operand)
        case "Dimensions":
            return line.dimension(operand["Key"]) in operand["Values"]
        case _:
            value = line.tags.get(operand["Key"])
            return value is None if operand.get("MatchOptions") == ["ABSENT"] else value in operand["Values"]
