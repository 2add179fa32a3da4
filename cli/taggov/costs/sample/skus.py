"""The price list: what the company buys, for how much a month, and what each kind of charge means in FOCUS."""

from __future__ import annotations

import csv
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from taggov.costs.sample.world import COMMITMENTS, PROVIDERS, Commitment, Provider

FINEST = Decimal("1e-10")
"""The unit that prices and costs are rounded to."""


class Meaning(NamedTuple):
    """The FOCUS columns that follow from the kind of a charge."""

    category: str
    frequency: str
    pricing: str | None
    sign: int = 1
    charge_class: str | None = None
    commitment_status: str | None = None
    hourly: bool = True
    """Charged by the hour; otherwise for the whole month."""


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
        """Tell whether a quantity of something was used, at a price."""
        return self in {Kind.USAGE, Kind.SPOT, Kind.COVERED}

    @property
    def promised(self) -> bool:
        """Tell whether the amount was settled in advance, so that it does not grow with the company."""
        return self in {Kind.COVERED, Kind.UNUSED, Kind.FEE}


class Prices(NamedTuple):
    """The amounts that one step of a SKU adds to each cost column."""

    list: Decimal
    contracted: Decimal
    billed: Decimal
    effective: Decimal


class Sku(NamedTuple):
    """Something on the price list, in the currency of its provider."""

    provider: str
    service: str
    category: str
    kind: Kind
    commitment: str
    description: str
    unit: str
    step: Decimal
    """The smallest quantity that is charged; its price has at most ten decimals."""
    price: Decimal
    """List price of one unit. Never negative."""
    monthly: Decimal
    """The amount that the whole company buys in the first month, at list price."""
    weekend: int
    """Usage of a Saturday or Sunday, in per mille of the mean day."""
    bearer: str
    """Owners of the resources that use it: names of projects, teams and pools, `*` for every project at the provider,
    `accounts` for each account, `company` for the account that pays."""
    resource_type: str
    resource: str
    """The shape of `ResourceId`; empty for charges without a resource."""

    @property
    def seller(self) -> Provider:
        """The provider with its contract."""
        return PROVIDERS[self.provider]

    @property
    def discount(self) -> Commitment | None:
        """The commitment that the charge belongs to."""
        return COMMITMENTS[self.commitment] if self.commitment else None

    @property
    def publisher(self) -> str:
        """The maker of what is sold: of what the marketplace sells the first word of its name, else the issuer."""
        return self.service.split()[0] if self.kind is Kind.PURCHASE else self.seller.issuer

    def prices(self) -> Prices:
        """The prices of a step: as listed, as agreed, as billed, and with commitments spread over what they cover.

        A commitment is billed by its fee, so usage that it covers is billed with nothing; effective costs are the
        other way round (FOCUS, EffectiveCost).
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
    """The price list, from `skus.csv`."""
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
