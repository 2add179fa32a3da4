"""Questions to Athena, and what is said when it does not answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cost_allocation.model import CostRow
from cost_allocation.query import REGION, SERVICE, CostQuery, tag
from taggov.costs.sources.athena.source import Athena
from taggov.costs.sources.base import SourceError

MAY = date(2026, 5, 1)
QUERY = CostQuery("BilledCost", None, None, dimensions=(SERVICE, tag("project")))
COLUMNS = {
    "billedcost": "double",
    "billingcurrency": "string",
    "chargeperiodstart": "timestamp",
    "servicename": "string",
    "tags": "map<string,string>",
}
STARTED = {"QueryExecutionId": "q-1"}
HEADER = ["period", "currency", "d0", "d1", "cost", "row_count", "unreadable", "broken", "unseen", "all_rows"]


class Asked:
    """A client that gives the answers that a test prepares, in order."""

    def __init__(self) -> None:
        session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
        self.client = session.client("athena")
        self.stub = Stubber(self.client)
        self.announced: list[str] = []
        self.started: list[dict[str, Any]] = []
        self.client.meta.events.register("provide-client-params.athena.StartQueryExecution", self._start)
        self.stub.activate()

    def source(self, output_location: str | None = "s3://results/") -> Athena:
        return Athena(
            self.client,
            database="Bills",
            table="Focus",
            workgroup="finops",
            output_location=output_location,
            announce=self.announced.append,
        )

    def answer(self, operation: str, response: dict[str, Any], **expected: Any) -> None:
        self.stub.add_response(operation, response, expected or None)

    def table(self, columns: dict[str, str] = COLUMNS) -> None:
        metadata = {"Name": "focus", "Columns": [{"Name": name, "Type": its} for name, its in columns.items()]}
        self.answer(
            "get_table_metadata",
            {"TableMetadata": metadata},
            CatalogName="AwsDataCatalog",
            DatabaseName="bills",
            TableName="focus",
        )

    def state(self, state: str, reason: str | None = None, read: int = 0) -> None:
        status = {"State": state} | ({"StateChangeReason": reason} if reason else {})
        execution = {"Status": status, "Statistics": {"DataScannedInBytes": read}}
        self.answer("get_query_execution", {"QueryExecution": execution}, QueryExecutionId="q-1")

    def page(self, *rows: Sequence[str | None], token: str | None = None, more: str | None = None) -> None:
        data = [{"Data": [{"VarCharValue": its} if its is not None else {} for its in row]} for row in rows]
        response = {"ResultSet": {"Rows": data}} | ({"NextToken": more} if more else {})
        self.answer("get_query_results", response, QueryExecutionId="q-1", **({"NextToken": token} if token else {}))

    def _start(self, params: dict[str, Any], **_: object) -> None:
        self.started.append(params)


@pytest.fixture
def asked() -> Iterator[Asked]:
    its = Asked()
    yield its
    its.stub.assert_no_pending_responses()


def refusal(asked: Asked) -> str:
    with pytest.raises(SourceError) as refused:
        asked.source().fetch(QUERY)
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_all_pages_are_read_exactly_without_the_header(asked: Asked) -> None:
    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.state("SUCCEEDED", read=2 * 10**12)
    asked.state("SUCCEEDED", read=2 * 10**12)
    asked.page(HEADER, ["2026-05-01", "USD", "EC2", None, "0.123456789012345678", "3", "0", "0", "0", "0"], more="t")
    asked.page(["2026-05-01", "USD", "S3", "shop", "-1E-18", "1", "0", "0", "0", "0"], token="t")
    table = asked.source().fetch(QUERY)
    assert table.rows == [
        CostRow(MAY, "USD", ("EC2", None), Decimal("0.123456789012345678"), 3),
        CostRow(MAY, "USD", ("S3", "shop"), Decimal("-0.000000000000000001"), 1),
    ]
    assert table.source == "Athena bills.focus"
    assert asked.announced == ["Athena read 2,000,000.0 MB: about $10.00"]


def test_the_query_is_started_where_it_was_asked_to(asked: Asked) -> None:
    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.state("SUCCEEDED")
    asked.state("SUCCEEDED")
    asked.page(HEADER)
    asked.source().fetch(QUERY)
    (started,) = asked.started
    assert "ELEMENT_AT(\"tags\", 'project')" in started.pop("QueryString")
    del started["ClientRequestToken"]
    assert started == {
        "QueryExecutionContext": {"Database": "bills", "Catalog": "AwsDataCatalog"},
        "WorkGroup": "finops",
        "ResultConfiguration": {"OutputLocation": "s3://results/"},
    }


def test_without_a_location_the_workgroup_says_where_results_go(asked: Asked) -> None:
    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.state("SUCCEEDED")
    asked.state("SUCCEEDED")
    asked.page(HEADER)
    assert asked.source(output_location=None).fetch(QUERY).rows == []
    assert asked.started[0]["ResultConfiguration"] == {}


def test_the_columns_of_the_table_are_asked_for_once(asked: Asked) -> None:
    asked.table()
    source = asked.source()
    for _ in range(2):
        asked.answer("start_query_execution", STARTED)
        asked.state("SUCCEEDED")
        asked.state("SUCCEEDED")
        asked.page(HEADER)
        assert source.fetch(QUERY).rows == []


def test_columns_that_are_absent_tags_that_nobody_has_and_broken_json_are_warnings(asked: Asked) -> None:
    asked.table({**COLUMNS, "tags": "string"})
    asked.answer("start_query_execution", STARTED)
    asked.state("SUCCEEDED")
    asked.state("SUCCEEDED")
    asked.page(HEADER, ["2026-05-01", "USD", None, None, "1", "3", "0", "2", "0", "0"])
    table = asked.source().fetch(CostQuery("BilledCost", None, None, dimensions=(REGION, tag("project"))))
    assert table.warnings == (
        "Athena bills.focus has no column RegionId: its rows have no value for it",
        "2 rows have Tags that are not a JSON object: counted as untagged",
        'no row has the tag "project"',
    )


def test_missing_columns_are_named_before_anything_is_paid_for(asked: Asked) -> None:
    asked.table({name: its for name, its in COLUMNS.items() if name != "billingcurrency"})
    assert refusal(asked) == "Athena bills.focus: missing column BillingCurrency, which FOCUS asks for"


def test_tags_of_another_type_are_refused(asked: Asked) -> None:
    asked.table({**COLUMNS, "tags": "array<string>"})
    assert refusal(asked) == "Athena bills.focus: column tags must be map<string,string> or a string with JSON"


@pytest.mark.parametrize(
    ("record", "count"),
    [
        (["2026-05-01", "USD", None, None, "1", "7", "2", "0", "0", "0"], 2),
        (["2026-05-01", None, None, None, "1", "7", "2", "0", "0", "0"], 7),
        ([None, "USD", None, None, "1", "7", "0", "0", "0", "0"], 7),
    ],
)
def test_rows_without_amount_currency_or_time_are_refused(asked: Asked, record: list[str | None], count: int) -> None:
    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.state("SUCCEEDED")
    asked.state("SUCCEEDED")
    asked.page(HEADER, record)
    assert refusal(asked).startswith(f"Athena bills.focus: {count} rows have no readable BilledCost, currency or time")


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("FAILED", "SYNTAX_ERROR: line 1:8:\nColumn 'x'", "query failed: SYNTAX_ERROR: line 1:8: Column 'x'"),
        ("CANCELLED", None, "query cancelled"),
    ],
)
def test_a_query_that_does_not_succeed_gives_the_reason_of_athena(
    asked: Asked, state: str, reason: str | None, said: str
) -> None:
    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.state(state, reason)
    assert refusal(asked) == f"Athena bills.focus: {said}"


def test_denied_actions_are_named(asked: Asked) -> None:
    asked.stub.add_client_error("get_table_metadata", "AccessDeniedException", "no")
    assert refusal(asked) == "Athena: access denied: the caller needs the IAM action athena:GetTableMetadata"


def test_a_table_that_does_not_exist_is_named(asked: Asked) -> None:
    asked.stub.add_client_error("get_table_metadata", "MetadataException", "Entity Not Found")
    assert refusal(asked) == "Athena: Athena bills.focus: Entity Not Found"


def test_a_denied_look_at_the_state_is_named(asked: Asked) -> None:
    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.stub.add_client_error("get_query_execution", "AccessDeniedException", "no")
    assert refusal(asked) == "Athena: access denied: the caller needs the IAM action athena:GetQueryExecution"


def test_who_stops_waiting_stops_the_query(asked: Asked) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    asked.table()
    asked.answer("start_query_execution", STARTED)
    asked.answer("stop_query_execution", {}, QueryExecutionId="q-1")
    asked.client.meta.events.register("provide-client-params.athena.GetQueryExecution", interrupted)
    with pytest.raises(KeyboardInterrupt):
        asked.source().fetch(QUERY)
