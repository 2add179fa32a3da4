"""The bill as DuckDB tables, and the query that generates rows: each row is computed from its number, in integers.

The same seed gives the same rows on every machine, because random numbers and hashes of DuckDB are not used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

import duckdb

from taggov.costs.sample import world
from taggov.costs.sample.resources import SLOTS, Resource, draw

_BLOCK = 60

_TEXTS: Mapping[str, Callable[[Resource], str | None]] = {
    "BillingAccountId": lambda r: r.sku.seller.billing_account_id,
    "BillingAccountName": lambda r: r.sku.seller.billing_account_name,
    "BillingCurrency": lambda r: r.sku.seller.currency,
    "ChargeCategory": lambda r: r.sku.kind.value.category,
    "ChargeClass": lambda r: r.sku.kind.value.charge_class,
    "ChargeDescription": lambda r: r.sku.description,
    "ChargeFrequency": lambda r: r.sku.kind.value.frequency,
    "CommitmentDiscountCategory": lambda r: r.sku.discount.category if r.sku.discount else None,
    "CommitmentDiscountId": lambda r: r.sku.discount.id if r.sku.discount else None,
    "CommitmentDiscountName": lambda r: r.sku.discount.name if r.sku.discount else None,
    "CommitmentDiscountStatus": lambda r: r.sku.kind.value.commitment_status,
    "CommitmentDiscountType": lambda r: r.sku.discount.type if r.sku.discount else None,
    "ConsumedUnit": lambda r: r.sku.unit or None,
    "InvoiceIssuerName": lambda r: r.sku.seller.issuer,
    "PricingCategory": lambda r: r.sku.kind.value.pricing,
    "PricingUnit": lambda r: r.sku.unit or None,
    "ProviderName": lambda r: r.sku.seller.name,
    "PublisherName": lambda r: r.sku.publisher,
    "RegionId": lambda r: r.place.region[0] or None,
    "RegionName": lambda r: r.place.region[1] or None,
    "ResourceId": lambda r: r.id,
    "ResourceName": lambda r: r.name,
    "ResourceType": lambda r: r.sku.resource_type or None,
    "ServiceCategory": lambda r: r.sku.category,
    "ServiceName": lambda r: r.sku.service,
    "SkuId": lambda r: f"{draw(0, r.sku.provider, r.sku.description):016X}",
    "SubAccountId": lambda r: r.place.account.id,
    "SubAccountName": lambda r: r.place.account.name,
    "SubAccountType": lambda r: r.sku.seller.sub_account_type,
    "Tags": lambda r: None if r.tags is None else json.dumps(r.tags),
}
"""Columns that are equal in every row of a resource."""

_NUMBERS: Mapping[str, tuple[str, Callable[[Resource], object]]] = {
    "metered": ("BOOLEAN", lambda r: r.sku.kind.metered),
    "hourly": ("BOOLEAN", lambda r: r.sku.kind.value.hourly),
    "pace": ("BIGINT", lambda r: int(r.monthly / (r.sku.price * r.sku.step) * SLOTS / r.slots)),
    "growth": ("BIGINT", lambda r: r.growth),
    "spike": ("BIGINT", lambda r: r.spike),
    "weekend": ("BIGINT", lambda r: r.sku.weekend),
    "step": ("DECIMAL(18, 4)", lambda r: r.sku.step),
    "list_price": ("DECIMAL(18, 10)", lambda r: r.sku.prices().list),
    "contracted_price": ("DECIMAL(18, 10)", lambda r: r.sku.prices().contracted),
    "billed_price": ("DECIMAL(18, 10)", lambda r: r.sku.prices().billed),
    "effective_price": ("DECIMAL(18, 10)", lambda r: r.sku.prices().effective),
    "ListUnitPrice": ("DECIMAL(18, 12)", lambda r: r.sku.price if r.sku.kind.metered else None),
    "ContractedUnitPrice": ("DECIMAL(18, 12)", lambda r: _unit_price(r)),
}
"""Numbers for the amounts of rows. `pace` is the number of steps in the first month if the resource had all rows."""

_ROWS = """
WITH numbered AS (
    SELECT block * {block} + unnest(range({block})) AS number FROM read_parquet({blocks})
), timed AS (
    -- The last block may have numbers beyond the last row. They belong to no month.
    SELECT *, number - first_row AS position, position * days * 24 // month_rows AS hour, hour // 24 AS day,
        (first_weekday + day) % 7 >= 5 AS weekend_day
    FROM numbered JOIN months ON month = number * {months} // {rows}
), dealt AS (
    -- Multiples of the golden ratio are spread evenly over the slots.
    SELECT *, ((position + 1) * 2654435769 + offset_) & 4294967295 AS fall, fall * {slots} // 4294967296 AS slot,
        xor(number, {salt})::UBIGINT AS scattered
    FROM timed
), noisy AS (
    -- The last steps of MurmurHash3, public domain.
    SELECT *, (xor(scattered, scattered >> 16) * 2246822507) & 4294967295 AS once,
        (xor(once, once >> 13) * 3266489909) & 4294967295 AS twice, (xor(twice, twice >> 16) & 1023)::BIGINT AS noise
    FROM dealt
), counted AS (
    SELECT *,
        pace * greatest(250, least(4000, 1000 + growth * month)) // month_rows AS grown,
        grown * CASE WHEN weekend_day THEN weekend ELSE (7000 - 2 * weekend) // 5 END // 1000 AS seasonal,
        seasonal * CASE WHEN month = {spike_month} AND day BETWEEN 10 AND 16 THEN spike ELSE 1000 END // 1000 AS spiked,
        -- Cubes of evenly spread numbers: many small amounts and a few large ones; the mean cube is a quarter.
        spiked * CASE WHEN metered THEN 251 + (noise * noise * noise * 3000 >> 30) ELSE 1000 END // 1000 AS scaled,
        greatest(1, (scaled + 500) // 1000)::DECIMAL(18, 0) AS steps,
        CASE WHEN metered THEN steps * step END AS quantity
    FROM noisy JOIN slots USING (slot) JOIN resources USING (resource)
)
SELECT
    steps * billed_price AS BilledCost,
    BillingAccountId, BillingAccountName, BillingCurrency,
    month_end AS BillingPeriodEnd, month_start AS BillingPeriodStart,
    ChargeCategory, ChargeClass, ChargeDescription, ChargeFrequency,
    CASE WHEN hourly THEN month_start + to_hours(hour + 1) ELSE month_end END AS ChargePeriodEnd,
    CASE WHEN hourly THEN month_start + to_hours(hour) ELSE month_start END AS ChargePeriodStart,
    CommitmentDiscountCategory, CommitmentDiscountId, CommitmentDiscountName, CommitmentDiscountStatus,
    CommitmentDiscountType,
    quantity AS ConsumedQuantity, ConsumedUnit,
    steps * contracted_price AS ContractedCost, ContractedUnitPrice,
    steps * effective_price AS EffectiveCost,
    InvoiceIssuerName,
    steps * list_price AS ListCost, ListUnitPrice,
    PricingCategory, quantity AS PricingQuantity, PricingUnit,
    ProviderName, PublisherName, RegionId, RegionName, ResourceId, ResourceName, ResourceType,
    ServiceCategory, ServiceName, SkuId, SubAccountId, SubAccountName, SubAccountType, Tags
FROM counted
"""


def rows_query(rows: int, seed: int, months: int, blocks: str) -> str:
    """Build the query for all rows. It needs `load` and a file `blocks` from `blocks_query`.

    Args:
        blocks: a quoted path.
    """
    salt = draw(seed, "noise") >> 32
    return _ROWS.format(
        block=_BLOCK, blocks=blocks, rows=rows, months=months, slots=SLOTS, salt=salt, spike_month=months // 2
    )


def blocks_query(rows: int) -> str:
    """Build the query for block numbers. They are written to a file with small row groups, which threads can share."""
    return f"SELECT range AS block FROM range({-(-rows // _BLOCK)})"


def load(
    connection: duckdb.DuckDBPyConnection,
    resources: Sequence[Resource],
    rows: int,
    seed: int,
    start: date,
    months: int,
    *,
    tags_as_map: bool,
) -> None:
    """Create the tables that the query reads: `months`, `resources` and `slots`."""
    _load_months(connection, rows, seed, start, months)
    columns: dict[str, tuple[str, Sequence[object]]] = {"resource": ("BIGINT", range(len(resources)))}
    columns |= {name: ("VARCHAR", [read(r) for r in resources]) for name, read in _TEXTS.items()}
    columns |= {name: (kind, [read(r) for r in resources]) for name, (kind, read) in _NUMBERS.items()}
    _create(connection, "resources", columns)
    for name in _TEXTS:
        if name == "Tags" and tags_as_map:
            connection.execute("ALTER TABLE resources ALTER Tags TYPE MAP(VARCHAR, VARCHAR) USING Tags::JSON")
            continue
        # Parquet files are written several times faster from enums, with the same result.
        values = f"SELECT DISTINCT {name} FROM resources WHERE {name} IS NOT NULL ORDER BY ALL"
        connection.execute(f"CREATE TYPE {name}_enum AS ENUM ({values})")
        connection.execute(f"ALTER TABLE resources ALTER {name} TYPE {name}_enum")
    owners = [index for index, resource in enumerate(resources) for _ in range(resource.slots)]
    _create(connection, "slots", {"slot": ("BIGINT", range(SLOTS)), "resource": ("BIGINT", owners)})


def _load_months(connection: duckdb.DuckDBPyConnection, rows: int, seed: int, start: date, months: int) -> None:
    """Create the table of months. All months have the same number of rows."""
    first_rows = [-(-month * rows // months) for month in range(months + 1)]
    days = [world.month_after(start, month) for month in range(months + 1)]
    _create(
        connection,
        "months",
        {
            "month": ("BIGINT", range(months)),
            "month_start": ("TIMESTAMP", days[:-1]),
            "month_end": ("TIMESTAMP", days[1:]),
            "days": ("BIGINT", [(end - begin).days for begin, end in pairwise(days)]),
            "first_weekday": ("BIGINT", [day.weekday() for day in days[:-1]]),
            "first_row": ("BIGINT", first_rows[:-1]),
            "month_rows": ("BIGINT", [end - begin for begin, end in pairwise(first_rows)]),
            "offset_": ("BIGINT", [draw(seed, "deal", month) >> 32 for month in range(months)]),
        },
    )


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, tuple[str, Sequence[object]]]
) -> None:
    select = ", ".join(f"unnest(${name})::{kind} AS {name}" for name, (kind, _) in columns.items())
    connection.execute(
        f"CREATE TABLE {table} AS SELECT {select}", {name: list(values) for name, (_, values) in columns.items()}
    )


def _unit_price(resource: Resource) -> Decimal | None:
    sku = resource.sku
    return sku.prices().contracted / sku.step if sku.kind.metered else None
