"""A single definition, two dialects: what files answer is what Athena answers."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import boto3
import duckdb
import pytest
import sqlglot

from cost_allocation.query import (
    ACCOUNT,
    CHARGE_CATEGORY,
    PROVIDER,
    REGION,
    SERVICE,
    CostQuery,
    Filter,
    Granularity,
    tag,
)
from taggov.costs.sources.athena.dialect import translate
from taggov.costs.sources.athena.source import Athena, athena_column
from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.focus.rows import Answer, read_answer
from taggov.costs.sources.focus.sql import SCALES, sums
from taggov.costs.sources.focus.sql_functions import duckdb_macros
from taggov.costs.sources.tag_keys import NO_KEYS, KnownKeys
from tests.support.focus import charge
from tests.support.focus_parquet import MAP, write_parquet
from tools import WORK
from tools.emulator.server import HOST, Server, free_port

ODD = 'it\'s a "key".with/every~sign$'
ROWS = (
    charge("1.25", {"project": "shop", ODD: "yes"}),
    charge("0.1", {"project": "shop"}, ServiceName="Amazon S3"),
    charge("1e-7", {"project": ""}),
    charge("-2.5", ChargeCategory="Credit", SubAccountId=""),
    charge("3", {"owner": "ann"}, BillingCurrency="EUR", RegionId=""),
    charge("4", {"project": "app"}, ChargePeriodStart="2026-05-31T23:59:59Z"),
    charge("8", {"project": "app"}, ChargePeriodStart="2026-06-01T00:00:00Z", ProviderName="Microsoft"),
)
SPELLED = (
    *ROWS,
    charge("16", {"PROJECT": "shop"}),
    charge("32", {"user:project": "app", "accountTag/Project": "shop"}),
    charge("64", {"project": "", "Project": "app"}),
)
"""The same and more, with other spellings of a key."""
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
QUERIES: Mapping[str, CostQuery] = {
    "the total": CostQuery("BilledCost", None, None),
    "a period by day": CostQuery("BilledCost", MAY, JUNE, Granularity.DAY, (SERVICE,)),
    "all fields": CostQuery("BilledCost", None, None, dimensions=(SERVICE, ACCOUNT, REGION, CHARGE_CATEGORY, PROVIDER)),
    "tags": CostQuery("BilledCost", None, JUNE, dimensions=(tag("project"), tag(ODD), tag("nobody"))),
    "one of the values": CostQuery("BilledCost", MAY, None, filters=(Filter(tag("project"), ("shop", "app")),)),
    "one of the values, or none": CostQuery("BilledCost", None, None, filters=(Filter(tag("project"), ("app", None)),)),
    "without a value": CostQuery("BilledCost", None, None, filters=(Filter(ACCOUNT, (None,)),)),
    "with a value": CostQuery("BilledCost", None, None, filters=(Filter(tag("project"), (None,), exclude=True),)),
    "none of the values": CostQuery(
        "EffectiveCost", None, None, Granularity.DAY, (PROVIDER,), (Filter(SERVICE, ("Amazon S3",), exclude=True),)
    ),
}
HIVE_TYPES = {
    "BilledCost": "double",
    "EffectiveCost": "decimal(38,18)",
    "ChargePeriodStart": "timestamp",
    "Tags": "map<string,string>",
}
FORMS: Mapping[str, dict[str, str]] = {
    "typed": {"BilledCost": "decimal(20,10)"},
    "binary": {"BilledCost": "double", "EffectiveCost": "double"},
    "text": {"BilledCost": "varchar", "EffectiveCost": "varchar", "ChargePeriodStart": "varchar", "Tags": "varchar"},
    "zoned": {"ChargePeriodStart": "timestamp with time zone"},
}


def unchanged(statement: str) -> str:
    return statement


def by_way_of_athena(statement: str) -> str:
    """The text for Athena, read back into DuckDB's dialect by sqlglot."""
    (back,) = sqlglot.transpile(translate(statement), read="athena", write="duckdb")
    return back


def answered(path: Path, query: CostQuery, dialect: Callable[[str], str], keys: KnownKeys = NO_KEYS) -> Answer:
    """Return what DuckDB answers to the statement, on a table with lower-case columns as Athena has them."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        # Trino's function, which sqlglot does not know in this direction.
        connection.execute("create macro at_timezone(time, zone) as time at time zone zone")
        for macro in duckdb_macros():
            connection.execute(macro)
        connection.execute(f"create schema bills; create view bills.may as from '{path}'")
        schema = connection.execute("describe bills.may").fetchall()
        columns = tuple(athena_column(name.lower(), its) for name, its, *_ in schema)
        layout = Layout("bills.may", '"bills"."may"', columns, keys=keys)
        return read_answer(connection.execute(dialect(sums(query, layout, SCALES[0]))).fetchall())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_the_text_for_athena_means_what_the_text_for_duckdb_means(tmp_path: Path, form: str, query: CostQuery) -> None:
    path = write_parquet(tmp_path / "x.parquet", *ROWS, **FORMS[form])
    found = answered(path, query, by_way_of_athena)
    assert found == answered(path, query, unchanged)
    assert found.rows == FocusFiles([str(path)]).fetch(query).rows
    assert len(found.rows) > 0


@pytest.mark.parametrize(
    "tags",
    [
        '{"team": "a"}',
        '"team": "a", "b": "c"',
        '[{"key": "team", "value": "a"}]',
        '[{"Key": "team", "VALUE": "a"}]',
        '[{"KEY" : "Team", "value":"a"}, {"Key": "x", "Value": "\\"key\\":"}]',
        '{"team": 1}',
        '{"team": true}',
        '{"team": ""}',
        '{"team": null}',
        "",
        "null",
        "{}",
        "[]",
        '{"team": ',
        "nonsense",
        "[1]",
        '[{"name": "team"}]',
    ],
)
def test_tags_in_json_mean_the_same(tmp_path: Path, tags: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", {**charge("1"), "Tags": tags}, charge("1"), Tags="varchar")
    query = CostQuery("BilledCost", None, None, dimensions=(tag("team"),))
    assert answered(path, query, by_way_of_athena) == answered(path, query, unchanged)


@pytest.mark.parametrize("declared", [MAP, "varchar"])
@pytest.mark.parametrize("complete", [True, False])
def test_spellings_and_tags_of_a_split_mean_the_same(tmp_path: Path, declared: str, complete: bool) -> None:
    names = {"team", "TEAM", "user:team", "accountTag/team", "Project"}
    tags: tuple[dict[str, str], ...] = ({}, {"team": "a"}, {"TEAM": "b"}, {"user:team": "c"}, {"Project": "d"})
    rows = ({**charge("1", one), "AllocatedTags": json.dumps(other) if other else ""} for one in tags for other in tags)
    path = write_parquet(tmp_path / "x.parquet", *rows, Tags=declared, AllocatedTags=declared)
    keys = KnownKeys(frozenset(names), frozenset({"team", "project"})) if complete else KnownKeys(frozenset({"TEAM"}))
    dimensions = (tag("project"), tag("team"))
    query = CostQuery("BilledCost", None, None, dimensions=dimensions, owner_keys=(("project", "team"),))
    found = answered(path, query, by_way_of_athena, keys)
    assert found == answered(path, query, unchanged, keys)
    assert bool(found.unseen) is not complete
    if complete:
        assert found.rows == FocusFiles([str(path)]).fetch(query).rows


AMOUNTS = (
    "1",
    "-1.50",
    "1e-7",
    "6.2E+3",
    ".5",
    "5.",
    "1_0",
    "",
    "x",
    "NaN",
    "1e-19",
    "0.1234567890123456789",
    "1" * 21,
)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_amounts_in_text_are_read_or_counted_the_same(tmp_path: Path, amount: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge(amount), charge("1"), BilledCost="varchar")
    query = CostQuery("BilledCost", None, None)
    assert answered(path, query, by_way_of_athena) == answered(path, query, unchanged)


@pytest.mark.parametrize("declared", ["decimal(20,10)", "double", "varchar"])
def test_absent_amounts_are_counted(tmp_path: Path, declared: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge(""), charge("1"), BilledCost=declared)
    assert answered(path, CostQuery("BilledCost", None, None), by_way_of_athena).unreadable == 1


TIMES = ("2026-05-10T00:30:00+02:00", "2026-05-10", "2026-05-10 12:00:00", "2026-05-10T00:00:00.123Z", "yesterday", "")


@pytest.mark.parametrize("time", TIMES)
def test_times_in_text_mean_the_same(tmp_path: Path, time: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("1", ChargePeriodStart=time), ChargePeriodStart="varchar")
    query = CostQuery("BilledCost", date(2026, 5, 9), JUNE, Granularity.DAY)
    found = answered(path, query, by_way_of_athena)
    assert found == answered(path, query, unchanged)
    assert found.unreadable == (time in {"yesterday", ""})


@pytest.fixture(scope="module")
def session() -> Iterator[tuple[boto3.Session, str]]:
    """An Athena that runs the text as it is, and where it listens."""
    port = free_port()
    settings = {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "S3_PERSIST": "0",
    }
    command = [sys.executable, "-m", "tests.support.athena_emulator"]
    server = Server("MiniStack", command, port, "/_ministack/ready", WORK / "athena" / f"{port}.log", settings)
    try:
        server.wait_ready()
        yield boto3.Session(aws_access_key_id="1" * 12, aws_secret_access_key="x", region_name="us-east-1"), server.url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def table(session: tuple[boto3.Session, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Athena, Path]:
    """The rows as a table of that Athena, and as a file."""
    opened, url = session
    athena, glue = opened.client("athena", endpoint_url=url), opened.client("glue", endpoint_url=url)
    s3 = opened.client("s3", endpoint_url=url)
    path = write_parquet(tmp_path_factory.mktemp("athena") / "x.parquet", *SPELLED, BilledCost="double")
    s3.create_bucket(Bucket="bills")
    s3.put_object(Bucket="bills", Key="focus/x.parquet", Body=path.read_bytes())
    glue.create_database(DatabaseInput={"Name": "costs"})
    storage = {
        "Columns": [{"Name": name.lower(), "Type": HIVE_TYPES.get(name, "string")} for name in ROWS[0]],
        "Location": "s3://bills/focus/",
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }
    given = {"Name": "focus", "StorageDescriptor": storage, "Parameters": {"classification": "parquet"}}
    glue.create_table(DatabaseName="costs", TableInput=given)
    source = Athena(athena, database="Costs", table="Focus", output_location="s3://bills/results/", announce=print)
    return source, path


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_athena_answers_what_files_answer(
    table: tuple[Athena, Path], query: CostQuery, capsys: pytest.CaptureFixture[str]
) -> None:
    source, path = table
    files = FocusFiles([str(path)])
    found, expected = source.fetch(query), files.fetch(query)
    assert found.rows == expected.rows
    spelled = [[one for one in its.warnings if "is spelled" in one] for its in (found, expected)]
    assert spelled[0] == spelled[1]
    assert re.fullmatch(r"(Athena read [0-9.]+ MB: less than \$0\.01\n)+", capsys.readouterr().out)
