"""Costs from a FOCUS export that Amazon Athena queries: for data that outgrew one machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, WaiterError
from botocore.waiter import WaiterModel, create_waiter_with_client

from cost_allocation.model import CostTable
from cost_allocation.query import CostQuery
from taggov.costs.sources.athena.dialect import translate
from taggov.costs.sources.aws_errors import source_errors
from taggov.costs.sources.base import Announce, Progress, SourceError, silent
from taggov.costs.sources.focus.columns import METRICS, Column, ColumnType, Layout, column_type
from taggov.costs.sources.focus.literals import identifier
from taggov.costs.sources.focus.rows import (
    Answer,
    absent_key_warning,
    absent_keys,
    broken_warning,
    missing_warnings,
    read_answer,
)
from taggov.costs.sources.focus.sql import SCALES, check, predicate, sums
from taggov.costs.sources.focus.tag_sql import add_keys, all_spellings, known_names, tag_columns
from taggov.costs.sources.tag_keys import asked_keys, filtered_keys, spelling_notices

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import ResultConfigurationTypeDef

_SERVICE = "Athena"
_CATALOG = "AwsDataCatalog"
_PRICE = Decimal(5)
"""Dollars for each TB read, in most regions (AWS, Amazon Athena pricing)."""
_CENT = Decimal("0.01")
_TB = 10**12
_LEAST = 10 * 10**6
"""Minimum number of bytes charged for a query (same page)."""

_WAITER = WaiterModel(
    {
        "version": 2,
        "waiters": {
            "QueryEnded": {
                "operation": "GetQueryExecution",
                "delay": 1,
                # Athena itself ends a query after 30 minutes (AWS, Amazon Athena service quotas, DML query timeout).
                "maxAttempts": 1800,
                "acceptors": [
                    {
                        "state": state,
                        "matcher": "path",
                        "argument": "QueryExecution.Status.State",
                        "expected": expected,
                    }
                    for expected, state in (("SUCCEEDED", "success"), ("FAILED", "failure"), ("CANCELLED", "failure"))
                ],
            }
        },
    }
)
"""botocore has no waiter for queries."""


class Athena:
    """An Athena table as a source. It runs the same SQL as FOCUS files, translated to the dialect of Athena."""

    metrics = METRICS
    is_focus = True

    def __init__(
        self,
        client: AthenaClient,
        *,
        database: str,
        table: str,
        workgroup: str = "primary",
        output_location: str | None = None,
        announce: Announce,
        progress: Progress = silent,
    ) -> None:
        """Connect to a table.

        Args:
            client: for the account that owns the table.
            database: of the Glue Data Catalog.
            table: a FOCUS export in it.
            workgroup: runs the queries.
            output_location: S3 address of the results; defaults to that of the workgroup.
            announce: receives the size and price of each query.
            progress: called when a query starts.
        """
        self._client = client
        self._database = database.lower()
        self._table = table.lower()
        self._workgroup = workgroup
        self._output_location = output_location
        self._announce = announce
        self._progress = progress

    @property
    def name(self) -> str:
        """The service, the database and the table."""
        return f"{_SERVICE} {self._database}.{self._table}"

    def fetch(self, query: CostQuery) -> CostTable:
        """See `Source.fetch`."""
        check(query, [self._layout])
        layout = self._layout
        if (filtered := filtered_keys(query)) and not query.exact_keys:
            # The filter would drop rows that have the key in another spelling.
            layout = self._with_all_spellings(query, layout, filtered)
        found = self._query(query, layout)
        if found.unseen:
            layout = self._with_all_spellings(query, layout, asked_keys(query))
            found = self._query(query, layout)
        if found.unreadable:
            raise SourceError(
                f"{self.name}: {found.unreadable:,} rows have no readable {query.metric}, currency or time, "
                f"or amounts with more than {SCALES[0]} decimals"
            )
        warnings = [*missing_warnings(query, [layout]), *broken_warning(found.broken)]
        warnings += [absent_key_warning(key, ()) for key in absent_keys(query, found.rows)]
        warnings += spelling_notices(query, known_names([layout]))
        return CostTable(query.dimensions, found.rows, query.metric, self.name, warnings=tuple(warnings))

    def _query(self, query: CostQuery, layout: Layout) -> Answer:
        return read_answer(list(self._records(self._run(translate(sums(query, layout, SCALES[0]))))))

    def _with_all_spellings(self, query: CostQuery, layout: Layout, keys: Sequence[str]) -> Layout:
        """Add all spellings of the keys that occur in the period of the query to the layout."""
        period = predicate(replace(query, filters=()), layout)
        statements = map(translate, all_spellings(layout, keys, period))
        rows = ((joined,) for one in statements for (joined,) in self._texts(self._run(one)) if joined)
        return replace(layout, keys=add_keys(layout.keys, keys, rows))

    @cached_property
    def _layout(self) -> Layout:
        with source_errors(_SERVICE, "athena:GetTableMetadata", {"MetadataException": f"{self.name}: {{message}}"}):
            metadata = self._client.get_table_metadata(
                CatalogName=_CATALOG, DatabaseName=self._database, TableName=self._table
            )["TableMetadata"]
        columns = tuple(
            athena_column(column["Name"], column.get("Type", ""))
            for column in (*metadata.get("Columns", []), *metadata.get("PartitionKeys", []))
        )
        layout = Layout(self.name, f"{identifier(self._database)}.{identifier(self._table)}", columns)
        for tags in tag_columns(layout):
            if tags.type not in {ColumnType.MAP, ColumnType.TEXT}:
                raise SourceError(f"{self.name}: column {tags.name} must be map<string,string> or a string with JSON")
        return layout

    def _run(self, statement: str) -> str:
        result: ResultConfigurationTypeDef = {}
        if self._output_location:
            result["OutputLocation"] = self._output_location
        with source_errors(_SERVICE, "athena:StartQueryExecution"):
            execution = self._client.start_query_execution(
                QueryString=statement,
                QueryExecutionContext={"Database": self._database, "Catalog": _CATALOG},
                WorkGroup=self._workgroup,
                ResultConfiguration=result,
            )["QueryExecutionId"]
        self._progress(0, None, f"waiting for {self.name}")
        try:
            self._wait(execution)
        except KeyboardInterrupt:
            # Stop the query: it costs money, and nobody waits for the result.
            self._client.stop_query_execution(QueryExecutionId=execution)
            raise
        return execution

    def _wait(self, execution: str) -> None:
        with source_errors(_SERVICE, "athena:GetQueryExecution"):
            try:
                create_waiter_with_client("QueryEnded", _WAITER, self._client).wait(QueryExecutionId=execution)
            except WaiterError as error:
                raise self._failure(error) from error
            ended = self._client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        self._announce(_price(ended["Statistics"]["DataScannedInBytes"]))

    def _failure(self, error: WaiterError) -> Exception:
        if "Error" in error.last_response:
            return ClientError(error.last_response, "GetQueryExecution")
        response: Mapping[str, Any] = error.last_response
        status = response["QueryExecution"]["Status"]
        reason = " ".join(status.get("StateChangeReason", "").split())
        return SourceError(f"{self.name}: query {status['State'].lower()}{reason and ': '}{reason}")

    def _texts(self, execution: str) -> Iterator[list[str | None]]:
        """Yield the rows of a result."""
        with source_errors(_SERVICE, "athena:GetQueryResults"):
            pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
            rows = (row for page in pages for row in page["ResultSet"]["Rows"])
            # The first row has the column names.
            next(rows, None)
            yield from ([datum.get("VarCharValue") for datum in row["Data"]] for row in rows)

    def _records(self, execution: str) -> Iterator[tuple[Any, ...]]:
        for period, currency, *values, cost, count, unreadable, broken, unseen, _ in self._texts(execution):
            yield (
                date.fromisoformat(period) if period else None,
                currency,
                *values,
                Decimal(cost) if cost else None,
                int(count or 0),
                int(unreadable or 0),
                int(broken or 0),
                int(unseen or 0),
                0,
            )


def athena_column(name: str, declared: str) -> Column:
    """Convert a column of the Glue Data Catalog. Floats are rounded, because a finer query would cost again."""
    its = Column(name, identifier(name), column_type(declared))
    if its.type is not ColumnType.FLOAT:
        return its
    return Column(name, f"try_cast(cast({its.sql} as varchar) as decimal(38, {SCALES[0]}))", ColumnType.DECIMAL)


def _price(read: int) -> str:
    price = _PRICE * max(read, _LEAST) / _TB
    price_text = f"about ${price:,.2f}" if price >= _CENT else f"less than ${_CENT}"
    return f"{_SERVICE} read {read / 10**6:,.1f} MB: {price_text}"
