"""Record types of AWS bills, and the FOCUS charge category that each belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cost_allocation.query import ChargeCategory

CATEGORIES: Mapping[str, ChargeCategory] = MappingProxyType(
    {
        "Usage": ChargeCategory.USAGE,
        "DiscountedUsage": ChargeCategory.USAGE,
        "SavingsPlanCoveredUsage": ChargeCategory.USAGE,
        # It takes back what the covered usage would have cost on demand. FOCUS has no such row: its usage is 0 instead.
        "SavingsPlanNegation": ChargeCategory.USAGE,
        # FOCUS has discounts in the price of the usage that they belong to.
        "BundledDiscount": ChargeCategory.USAGE,
        "Bundled Discount": ChargeCategory.USAGE,
        "Discount": ChargeCategory.USAGE,
        "Distributor Discount": ChargeCategory.USAGE,
        "EdpDiscount": ChargeCategory.USAGE,
        "Enterprise Discount Program Discount": ChargeCategory.USAGE,
        "PrivateRateDiscount": ChargeCategory.USAGE,
        "Private Rate Card Discount": ChargeCategory.USAGE,
        "RiVolumeDiscount": ChargeCategory.USAGE,
        "RI Volume Discount": ChargeCategory.USAGE,
        "SppDiscount": ChargeCategory.USAGE,
        "Solution Provider Program Discount": ChargeCategory.USAGE,
        "Fee": ChargeCategory.PURCHASE,
        "FlatRateSubscription": ChargeCategory.PURCHASE,
        "RIFee": ChargeCategory.PURCHASE,
        "Recurring": ChargeCategory.PURCHASE,
        "SavingsPlanRecurringFee": ChargeCategory.PURCHASE,
        "SavingsPlanUpfrontFee": ChargeCategory.PURCHASE,
        "Support": ChargeCategory.PURCHASE,
        "Upfront": ChargeCategory.PURCHASE,
        "Tax": ChargeCategory.TAX,
        "Credit": ChargeCategory.CREDIT,
        "Refund": ChargeCategory.ADJUSTMENT,
        "Other": ChargeCategory.ADJUSTMENT,
        "Other out-of-cycle charges": ChargeCategory.ADJUSTMENT,
    }
)
"""Values of `RECORD_TYPE`: those of `lineItem/LineItemType` (AWS, Cost and Usage Report, line item details), and the
names with blanks that Cost Explorer has for discounts and fees."""

UNLISTED = ChargeCategory.ADJUSTMENT
"""The category of what AWS may invent. FOCUS defines an adjustment as a charge that falls into no other category."""


def category(record_type: str) -> ChargeCategory:
    """The charge category of a record type."""
    return CATEGORIES.get(record_type, UNLISTED)


def record_types(*categories: ChargeCategory) -> list[str]:
    """The known record types of the categories."""
    return [record for record, its in CATEGORIES.items() if its in categories]
