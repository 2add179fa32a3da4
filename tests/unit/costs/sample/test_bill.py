"""The look of the company's bill to people who know bills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from taggov.costs.sample.generate import generate
from taggov.costs.sample.skus import skus

Ask = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    yield from _asked(tmp_path_factory.mktemp("sample") / "costs.parquet", 20_000)


@pytest.fixture(scope="module")
def ask_more(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    yield from _asked(tmp_path_factory.mktemp("sample") / "costs.parquet", 200_000)


def _asked(file: Path, rows: int) -> Iterator[Ask]:
    generate(file, rows)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW costs AS FROM '{file}'")
        yield lambda query: connection.execute(query).fetchall()


@pytest.mark.parametrize(
    "trait",
    [
        "ChargeCategory = 'Credit' AND BilledCost < 0 AND EffectiveCost < 0",
        "ChargeClass = 'Correction' AND ChargeCategory = 'Usage' AND BilledCost < 0",
        "ChargeCategory = 'Tax' AND BilledCost > 0",
        "ChargeCategory = 'Purchase' AND CommitmentDiscountType = 'Savings Plan' AND EffectiveCost = 0",
        "ChargeCategory = 'Purchase' AND CommitmentDiscountType = 'Reserved Instance' AND EffectiveCost = 0",
        "CommitmentDiscountStatus = 'Used' AND BilledCost = 0 AND EffectiveCost > 0 AND EffectiveCost < ListCost",
        "CommitmentDiscountStatus = 'Unused' AND BilledCost = 0 AND EffectiveCost > 0",
        "CommitmentDiscountCategory = 'Spend'",
        "CommitmentDiscountCategory = 'Usage'",
        "PricingCategory = 'Dynamic'",
        "PublisherName = 'Datadog' AND InvoiceIssuerName LIKE 'Amazon%'",
        "ServiceName LIKE 'AWS Support%'",
        "ChargeFrequency = 'Recurring'",
        "ResourceId IS NULL AND ChargeCategory = 'Usage'",
        "RegionId IS NULL",
        "Tags IS NULL",
        "cardinality(Tags) = 0",
        "Tags['project'] = ''",
        "Tags['customer'] = ''",
        "Tags['team'] IS NOT NULL AND Tags['project'] IS NULL AND Tags['Project'] IS NULL AND Tags['app'] IS NULL",
        "Tags['project'] = 'chekout'",
        "Tags['project'] <> lower(Tags['project'])",
        "Tags['Project'] IS NOT NULL",
        "Tags['app'] IS NOT NULL AND Tags['env'] IS NOT NULL",
        "Tags['environment'] = 'production'",
        "Tags['environment'] = 'Prod'",
        "Tags['owner'] LIKE '%@example.com'",
        *(
            f"Tags['project'] = '{pool}'"
            for pool in ("network", "kubernetes", "monitoring", "data-platform", "security")
        ),
    ],
)
def test_a_sample_shows(ask: Ask, trait: str) -> None:
    [(rows,)] = ask(f"SELECT count(*) FROM costs WHERE {trait}")

    assert rows > 0


def test_each_provider_bills_in_its_currency(ask: Ask) -> None:
    assert ask("SELECT DISTINCT ProviderName, BillingCurrency FROM costs ORDER BY ALL") == [
        ("AWS", "USD"),
        ("Google Cloud", "USD"),
        ("Microsoft", "EUR"),
        ("Oracle", "USD"),
    ]


def test_there_are_many_accounts_and_some_of_other_providers(ask: Ask) -> None:
    accounts = dict(ask("SELECT ProviderName, count(DISTINCT SubAccountId) FROM costs GROUP BY ALL"))

    assert accounts["AWS"] > 20
    assert min(accounts.values()) >= 2


def test_a_part_of_the_usage_is_untagged_and_more_of_some_accounts(ask: Ask) -> None:
    untagged = "count(*) FILTER (Tags IS NULL OR cardinality(Tags) = 0) / count(*)"
    usage = "FROM costs WHERE ChargeCategory = 'Usage' AND ServiceName <> 'Savings Plans for AWS Compute usage'"

    [(overall,)] = ask(f"SELECT {untagged} {usage}")
    of_accounts = dict(ask(f"SELECT SubAccountName, {untagged} {usage} GROUP BY ALL"))

    assert 0.10 < overall < 0.20
    assert of_accounts["sandbox"] > 0.4
    assert of_accounts["network"] < 0.10


def test_a_price_times_a_quantity_is_a_cost(ask: Ask) -> None:
    assert (
        ask(
            "SELECT * FROM costs WHERE PricingQuantity IS NOT NULL AND "
            "(PricingQuantity::DECIMAL(38, 4) * ListUnitPrice <> ListCost"
            " OR PricingQuantity::DECIMAL(38, 4) * ContractedUnitPrice <> ContractedCost)"
        )
        == []
    )


def test_quantities_stand_where_something_is_metered(ask: Ask) -> None:
    assert ask("SELECT DISTINCT ChargeCategory, ChargeClass FROM costs WHERE PricingQuantity IS NOT NULL") == [
        ("Usage", None)
    ]


def test_the_first_month_costs_what_the_price_list_says(ask_more: Ask) -> None:
    intended: Counter[str] = Counter()
    for sku in skus():
        prices = sku.prices()
        if prices.list:
            intended[sku.seller.currency] += int(sku.monthly * prices.billed / abs(prices.list))

    months = ask_more(
        "SELECT BillingCurrency, sum(BilledCost) FROM costs WHERE month(BillingPeriodStart) = 5 GROUP BY ALL"
    )

    assert {currency: pytest.approx(total, rel=0.05) for currency, total in intended.items()} == {
        currency: float(total) for currency, total in months
    }


def test_more_rows_are_finer_rows_and_not_a_larger_bill(ask: Ask, ask_more: Ask) -> None:
    totals = "SELECT BillingCurrency, sum(BilledCost)::DOUBLE FROM costs GROUP BY ALL ORDER BY 1"

    for (currency, few), (same, many) in zip(ask(totals), ask_more(totals), strict=True):
        assert (currency, few) == (same, pytest.approx(many, rel=0.1))


def test_commitments_cost_as_much_effectively_as_they_are_billed(ask_more: Ask) -> None:
    for billed, effective in ask_more(
        "SELECT sum(BilledCost)::DOUBLE, sum(EffectiveCost)::DOUBLE FROM costs "
        "WHERE CommitmentDiscountId IS NOT NULL GROUP BY CommitmentDiscountId"
    ):
        assert effective == pytest.approx(billed, rel=0.05)


def test_usage_grows_and_is_lower_at_weekends(ask_more: Ask) -> None:
    usage = "FROM costs WHERE ProviderName = 'AWS' AND ChargeCategory = 'Usage'"
    months = [
        cost
        for _, cost in ask_more(f"SELECT BillingPeriodStart, sum(BilledCost)::DOUBLE {usage} GROUP BY ALL ORDER BY 1")
    ]
    [(weekend, workday)] = ask_more(
        "SELECT sum(cost) FILTER (isodow(day) > 5) / count(*) FILTER (isodow(day) > 5),"
        " sum(cost) FILTER (isodow(day) <= 5) / count(*) FILTER (isodow(day) <= 5)"
        f" FROM (SELECT ChargePeriodStart::DATE AS day, sum(BilledCost) AS cost {usage} GROUP BY ALL)"
    )

    assert months[-1] > months[0] * 1.05
    assert weekend < workday * 0.95


def test_one_week_has_a_spike(ask: Ask) -> None:
    [(spike, usual)] = ask(
        "SELECT sum(BilledCost) FILTER (ChargePeriodStart >= '2026-08-11' AND ChargePeriodStart < '2026-08-18') / 7,"
        " sum(BilledCost) FILTER (ChargePeriodStart >= '2026-07-01' AND ChargePeriodStart < '2026-08-01') / 31"
        " FROM costs WHERE ServiceName = 'Amazon SageMaker' AND ChargeCategory = 'Usage'"
    )

    assert spike > 2 * usual


def test_costs_have_a_heavy_tail(ask: Ask) -> None:
    [(share,)] = ask(
        "SELECT sum(cost) FILTER (rank <= 0.1) / sum(cost) FROM (SELECT BilledCost::DOUBLE AS cost,"
        " percent_rank() OVER (ORDER BY BilledCost DESC) AS rank FROM costs"
        " WHERE ChargeCategory = 'Usage' AND BilledCost > 0)"
    )

    assert share > 0.35


def test_a_resource_keeps_its_tags(ask: Ask) -> None:
    assert (
        ask(
            "SELECT ResourceId FROM costs WHERE ChargeCategory = 'Usage' AND Tags IS NOT NULL"
            " GROUP BY ResourceId, ResourceType HAVING ResourceId IS NOT NULL AND count(DISTINCT Tags) > 1"
        )
        == []
    )
