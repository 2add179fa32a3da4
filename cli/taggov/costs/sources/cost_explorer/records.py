"""Record types of AWS bills and their FOCUS charge categories."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cost_allocation.query import ChargeCategory

CATEGORIES: Mapping[str, ChargeCategory] = MappingProxyType(
    {
        "Usage": ChargeCategory.USAGE,
        "DiscountedUsage": ChargeCategory.USAGE,
        "SavingsPlanCoveredUsage": ChargeCategory.USAGE,
        # It cancels the on-demand cost of the covered usage. FOCUS has no such row: there, covered usage is billed as
        # 0.
        "SavingsPlanNegation": ChargeCategory.USAGE,
        # In FOCUS, discounts are part of the price of usage.
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
"""By value of `RECORD_TYPE`: the values of `lineItem/LineItemType` (AWS, Cost and Usage Report, line item details), and
the names with blanks that Cost Explorer uses for discounts and fees."""

UNLISTED = ChargeCategory.ADJUSTMENT
"""Category of unknown record types. FOCUS defines an adjustment as a charge that fits no other category."""


def category(record_type: str) -> ChargeCategory:
    """Return the charge category of a record type."""
    return CATEGORIES.get(record_type, UNLISTED)


def record_types(*categories: ChargeCategory) -> list[str]:
    """List the known record types of some categories."""
    return [record for record, its in CATEGORIES.items() if its in categories]
