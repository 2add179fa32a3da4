"""Price list of the company: SKUs, monthly costs, and the FOCUS columns of each kind of charge."""

from __future__ import annotations

import csv
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from taggov.costs.sample.world import COMMITMENTS, PROVIDERS, Commitment, Provider

FINEST = Decimal("1e-10")
"""Rounding unit of prices and costs."""


class Meaning(NamedTuple):
    """FOCUS columns of a kind of charge."""

    category: str
    frequency: str
    pricing: str | None
    sign: int = 1
    charge_class: str | None = None
    commitment_status: str | None = None
    hourly: bool = True
    """True for hourly charges, False for monthly ones."""


class Kind(Enum):
    """Kinds of charges."""

    USAGE = Meaning("Usage", "Usage-Based", "Standard")
    SPOT = Meaning("Usage", "Usage-Based", "Dynamic")
    COVERED = Meaning("Usage", "Usage-Based", "Committed", commitment_status="Used")
    UNUSED = Meaning("Usage", "Usage-Based", "Committed", commitment_status="Unused")
    FEE = Meaning("Purchase", "Recurring", "Standard")
    PURCHASE = Meaning("Purchase", "Recurring", "Standard", hourly=False)
    SUPPORT = Meaning("Purchase", "Recurring", "Standard", hourly=False)
    TAX = Meaning("Tax", "One-Time", None, hourly=False)
    CREDIT = Meaning("Credit", "One-Time", None, -1, hourly=False)
    REFUND = Meaning("Usage", "One-Time", None, -1, "Correction", hourly=False)

    @property
    def metered(self) -> bool:
        """True if the charge is a quantity at a unit price."""
        return self in {Kind.USAGE, Kind.SPOT, Kind.COVERED}

    @property
    def promised(self) -> bool:
        """True if the amount is fixed in advance, so that it does not grow."""
        return self in {Kind.COVERED, Kind.UNUSED, Kind.FEE}


class Prices(NamedTuple):
    """Amounts of one step of a SKU in each cost column."""

    list: Decimal
    contracted: Decimal
    billed: Decimal
    effective: Decimal


class Sku(NamedTuple):
    """Entry of the price list, in the currency of the provider."""

    provider: str
    service: str
    category: str
    kind: Kind
    commitment: str
    description: str
    unit: str
    step: Decimal
    """Smallest charged quantity. Its price has at most ten decimals."""
    price: Decimal
    """List price of one unit, never negative."""
    monthly: Decimal
    """Cost of the whole company in the first month, at list price."""
    weekend: int
    """Usage on Saturdays and Sundays, in per mille of the mean day."""
    bearer: str
    """Owners of the resources that use it: names of projects, teams and pools, `*` for every project at the provider,
    `accounts` for each account, `company` for the account that pays."""
    resource_type: str
    resource: str
    """Template of `ResourceId`; empty for charges without a resource."""

    @property
    def seller(self) -> Provider:
        """Provider with its contract."""
        return PROVIDERS[self.provider]

    @property
    def discount(self) -> Commitment | None:
        """Commitment of the charge."""
        return COMMITMENTS[self.commitment] if self.commitment else None

    @property
    def publisher(self) -> str:
        """Publisher: for marketplace purchases the first word of the name, otherwise the issuer."""
        return self.service.split()[0] if self.kind is Kind.PURCHASE else self.seller.issuer

    def prices(self) -> Prices:
        """Compute the prices of a step: list, contracted, billed and effective.

        A commitment is billed by its fee, so covered usage is billed as 0. Effective costs are the reverse (FOCUS,
        EffectiveCost).
        """
        face = self.kind.value.sign * (self.price * self.step).quantize(FINEST)
        if not self.kind.metered:
            paid = Decimal(0) if self.kind is Kind.UNUSED else face
            return Prices(paid, paid, paid, Decimal(0) if self.kind is Kind.FEE else face)
        contracted = (face * (1000 - self.seller.discount) / 1000).quantize(FINEST)
        if self.kind is Kind.COVERED and self.discount:
            return Prices(face, contracted, Decimal(0), (face * self.discount.rate / 1000).quantize(FINEST))
        return Prices(face, contracted, contracted, contracted)


@cache
def skus() -> tuple[Sku, ...]:
    """Read the price list from `skus.csv`."""
    text = files(__package__).joinpath("skus.csv").read_text(encoding="utf-8")
    return tuple(_sku(line) for line in csv.DictReader(text.splitlines()))


def _sku(line: dict[str, str]) -> Sku:
    return Sku(
        line["provider"],
        line["service"],
        line["category"],
        Kind[line["kind"].upper()],
        line["commitment"],
        line["description"],
        line["unit"],
        Decimal(line["step"]),
        Decimal(line["price"]),
        Decimal(line["monthly"]),
        int(line["weekend"]),
        line["bearer"],
        line["resource_type"],
        line["resource"],
    )
