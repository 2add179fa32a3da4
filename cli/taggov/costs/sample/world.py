"""The fictional company of the sample: teams, projects, accounts and tags."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Provider(NamedTuple):
    """A cloud provider and the company's contract with it."""

    name: str
    issuer: str
    currency: str
    billing_account_id: str
    billing_account_name: str
    sub_account_type: str
    discount: int
    """Contract discount on the list price, in per mille."""
    regions: tuple[tuple[str, str], ...]
    """Ids and names, the main region first."""


class Account(NamedTuple):
    """AWS account, Azure subscription, Google project or Oracle tenancy (sub account in FOCUS)."""

    provider: str
    id: str
    name: str
    home: str
    """Team or pool of the account; `company` for the paying account, `sandbox` for the shared sandbox."""
    production: bool
    untagged: int
    """Untagged resources, in per mille."""
    keys: tuple[str, str] = ("project", "environment")
    """Spelling of the tag keys for project and environment."""


class Project(NamedTuple):
    """Project of a team, or a service shared by all teams."""

    name: str
    team: str
    weight: int
    """Size relative to other projects."""
    growth: int
    """Monthly growth of usage, in per mille of the first month."""
    clouds: tuple[str, ...] = ("aws",)
    shared: bool = False
    """True if its costs are a pool with the same name."""


class Move(NamedTuple):
    """Move of a project to another team."""

    project: str
    team: str
    day: date


class Spike(NamedTuple):
    """Increase of usage for a week."""

    project: str
    service: str
    size: int
    """Usage in per mille of the normal usage."""


class Commitment(NamedTuple):
    """Commitment discount."""

    id: str
    name: str
    type: str
    category: str
    rate: int
    """Price of covered usage, in per mille of the list price."""


START = date(2026, 5, 1)
MONTHS = 6
"""Default number of months."""

PROVIDERS = {
    "aws": Provider(
        "AWS",
        "Amazon Web Services, Inc.",
        "USD",
        "200000000100",
        "Meridian Outfitters",
        "Account",
        60,
        (("eu-west-1", "EU (Ireland)"), ("us-east-1", "US East (N. Virginia)"), ("eu-central-1", "EU (Frankfurt)")),
    ),
    "azure": Provider(
        "Microsoft",
        "Microsoft Ireland Operations Limited",
        "EUR",
        "/providers/Microsoft.Billing/billingAccounts/meridian",
        "Meridian Outfitters Europe",
        "Subscription",
        80,
        (("westeurope", "West Europe"), ("northeurope", "North Europe")),
    ),
    "google": Provider(
        "Google Cloud",
        "Google Cloud EMEA Limited",
        "USD",
        "00AA11-22BB33-44CC55",
        "Meridian Analytics",
        "Project",
        50,
        (("europe-west1", "Belgium"), ("us-central1", "Iowa")),
    ),
    "oracle": Provider(
        "Oracle",
        "Oracle Corporation",
        "USD",
        "meridian-oci-40012",
        "Meridian Back Office",
        "Tenancy",
        200,
        (("eu-frankfurt-1", "Germany Central (Frankfurt)"),),
    ),
}

TEAMS = {
    "shop": "ana@example.com",
    "discovery": "bela@example.com",
    "payments": "chidi@example.com",
    "logistics": "dora@example.com",
    "identity": "emil@example.com",
    "mobile": "farah@example.com",
    "marketing": "goran@example.com",
    "data-science": "hana@example.com",
    "finance-systems": "ivo@example.com",
    "customer-care": "jun@example.com",
    "partners": "kofi@example.com",
    "platform": "lena@example.com",
}
"""Owner by team."""

PROJECTS = (
    Project("checkout", "shop", 100, 40),
    Project("storefront", "shop", 86, 30),
    Project("catalog", "shop", 48, 20),
    Project("cart", "shop", 34, 25),
    Project("promotions", "shop", 14, 10),
    Project("search", "discovery", 92, 35),
    Project("recommendations", "discovery", 58, 60, ("aws", "google")),
    Project("product-images", "discovery", 30, 15),
    Project("reviews", "discovery", 11, 5),
    Project("payment-gateway", "payments", 64, 30),
    Project("fraud-detection", "payments", 41, 45),
    Project("billing", "payments", 24, 15),
    Project("wallet", "payments", 9, 80),
    Project("order-routing", "logistics", 44, 25),
    Project("warehouse", "logistics", 38, 10, ("aws", "oracle")),
    Project("shipping", "logistics", 22, 20),
    Project("returns", "logistics", 10, 5),
    Project("login", "identity", 29, 20, ("aws", "azure")),
    Project("profiles", "identity", 16, 15),
    Project("consents", "identity", 4, 0),
    Project("mobile-api", "mobile", 47, 50),
    Project("push", "mobile", 15, 35),
    Project("app-analytics", "mobile", 12, 30, ("aws", "google")),
    Project("campaigns", "marketing", 18, 15, ("aws", "google")),
    Project("newsletter", "marketing", 7, 0),
    Project("loyalty", "marketing", 13, 25),
    Project("attribution", "marketing", 21, 40, ("google",)),
    Project("forecasting", "data-science", 33, 30, ("aws", "google")),
    Project("pricing", "data-science", 40, 55),
    Project("feature-store", "data-science", 26, 35, ("aws", "google")),
    Project("ledger", "finance-systems", 17, 5, ("azure", "oracle")),
    Project("invoicing", "finance-systems", 12, 10, ("aws", "azure")),
    Project("tax-reporting", "finance-systems", 5, 0, ("azure", "oracle")),
    Project("helpdesk", "customer-care", 14, -70, ("azure",)),
    Project("chat-assistant", "customer-care", 23, 90, ("azure",)),
    Project("telephony", "customer-care", 8, -30, ("aws", "azure")),
    Project("marketplace", "partners", 28, 45),
    Project("partner-api", "partners", 19, 25),
    Project("build-farm", "platform", 27, 20),
    Project("developer-portal", "platform", 6, 10),
    Project("network", "platform", 1, 25, ("aws", "azure"), shared=True),
    Project("kubernetes", "platform", 1, 40, shared=True),
    Project("monitoring", "platform", 1, 30, ("aws", "azure"), shared=True),
    Project("data-platform", "platform", 1, 45, ("aws", "google"), shared=True),
    Project("security", "platform", 1, 10, shared=True),
)

COMPONENTS = ("api", "worker", "jobs", "events", "admin")
"""Suffixes of additional projects, if more are requested than the company has."""

UNRULED = "wallet"
"""Prefix of a project without a rule, so that there is something to suggest."""

MOVED = Move("billing", "finance-systems", date(2026, 8, 1))

CUSTOMERS = ("alpine-sports", "blue-kayak", "summit-club", "trailhead", "north-ridge", "canyon-co")

CUSTOMER_TEAMS = ("partners", "logistics", "customer-care")
"""Teams that tag resources with the customer."""

METRICS = {
    "orders": {
        "shop": 412_000,
        "discovery": 268_000,
        "payments": 395_000,
        "logistics": 377_000,
        "mobile": 161_000,
        "marketing": 74_000,
        "partners": 52_000,
    },
    "active_customers": {
        "shop": 188_000,
        "discovery": 143_000,
        "payments": 121_000,
        "identity": 236_000,
        "mobile": 97_000,
        "marketing": 154_000,
        "customer-care": 11_500,
        "partners": 640,
    },
}
"""Value in the first month, by business metric and team."""

MISSPELLINGS = {
    "checkout": "chekout",
    "storefront": "store-front",
    "search": "srch",
    "recommendations": "recomendations",
    "payment-gateway": "paymentgateway",
    "fraud-detection": "fraud-detecton",
    "warehouse": "warehous",
    "mobile-api": "mobile_api",
    "marketplace": "market-place",
    "forecasting": "forcasting",
}

ENVIRONMENTS = (("prod", 720), ("staging", 110), ("dev", 170))
"""Environments with their share of the costs of a project, in per mille."""

ENVIRONMENT_SPELLINGS = {"prod": ("Prod", "production", "PRD"), "staging": ("stage", "STG"), "dev": ("Dev", "develop")}

COMMITMENTS = {
    "compute-plan": Commitment(
        "arn:aws:savingsplans::200000000100:savingsplan/5a1f0c7e-2b64-4d3a-9c1e-7f60aa51d001",
        "Compute Savings Plan, 1 year, no upfront",
        "Savings Plan",
        "Spend",
        700,
    ),
    "database-reservation": Commitment(
        "arn:aws:rds:eu-west-1:200000000100:ri:meridian-aurora-2026",
        "Aurora db.r6g.xlarge, 1 year, no upfront",
        "Reserved Instance",
        "Usage",
        660,
    ),
    "vm-reservation": Commitment(
        "/providers/Microsoft.Capacity/reservationOrders/7b0e4d52-91c3-4f0e-8a55-2d6f4c3be002",
        "Standard_D4s_v5, 1 year",
        "Reservation",
        "Usage",
        640,
    ),
    "committed-use": Commitment(
        "projects/meridian-billing/regions/europe-west1/commitments/n2-2026",
        "N2 commitment, 1 year",
        "Committed Use Discount",
        "Usage",
        630,
    ),
}

SPIKE = Spike("pricing", "Amazon SageMaker", 18_000)
"""Training jobs that were not stopped."""

ACCOUNTS = (
    Account("aws", "200000000100", "meridian-management", "company", True, 0),
    Account("aws", "200000000101", "shop-prod", "shop", True, 100),
    Account("aws", "200000000102", "shop-nonprod", "shop", False, 180),
    Account("aws", "200000000103", "discovery-prod", "discovery", True, 110),
    Account("aws", "200000000104", "discovery-nonprod", "discovery", False, 190),
    Account("aws", "200000000105", "payments-prod", "payments", True, 60),
    Account("aws", "200000000106", "payments-nonprod", "payments", False, 150),
    Account("aws", "200000000107", "logistics-prod", "logistics", True, 140),
    Account("aws", "200000000108", "logistics-nonprod", "logistics", False, 240),
    Account("aws", "200000000109", "identity-prod", "identity", True, 90),
    Account("aws", "200000000110", "identity-nonprod", "identity", False, 170),
    Account("aws", "200000000111", "mobile-prod", "mobile", True, 150, ("app", "env")),
    Account("aws", "200000000112", "mobile-nonprod", "mobile", False, 260, ("app", "env")),
    Account("aws", "200000000113", "marketing", "marketing", True, 300, ("Project", "environment")),
    Account("aws", "200000000114", "data-science-prod", "data-science", True, 120),
    Account("aws", "200000000115", "data-science-lab", "data-science", False, 350),
    Account("aws", "200000000116", "finance-systems", "finance-systems", True, 100),
    Account("aws", "200000000117", "customer-care", "customer-care", True, 180),
    Account("aws", "200000000118", "partners-prod", "partners", True, 130),
    Account("aws", "200000000119", "partners-nonprod", "partners", False, 220),
    Account("aws", "200000000120", "platform", "platform", True, 70),
    Account("aws", "200000000121", "network", "network", True, 40),
    Account("aws", "200000000122", "kubernetes", "kubernetes", True, 60),
    Account("aws", "200000000123", "observability", "monitoring", True, 80),
    Account("aws", "200000000124", "data-platform", "data-platform", True, 90),
    Account("aws", "200000000125", "security", "security", True, 50),
    Account("aws", "200000000126", "sandbox", "sandbox", False, 650),
    Account("azure", "/subscriptions/0c8d2f10-5e31-4b7a-9d02-a1b2c3d40001", "corporate-shared", "company", True, 60),
    Account(
        "azure",
        "/subscriptions/0c8d2f10-5e31-4b7a-9d02-a1b2c3d40002",
        "finance",
        "finance-systems",
        True,
        110,
        ("Project", "environment"),
    ),
    Account(
        "azure", "/subscriptions/0c8d2f10-5e31-4b7a-9d02-a1b2c3d40003", "contact-centre", "customer-care", True, 200
    ),
    Account(
        "azure", "/subscriptions/0c8d2f10-5e31-4b7a-9d02-a1b2c3d40004", "workforce-identity", "identity", True, 120
    ),
    Account("google", "meridian-billing", "meridian-billing", "company", True, 0),
    Account("google", "meridian-ml", "meridian-ml", "data-science", True, 140),
    Account("google", "meridian-discovery", "meridian-discovery", "discovery", True, 130),
    Account("google", "meridian-marketing", "meridian-marketing", "marketing", True, 270),
    Account("google", "meridian-app-insights", "meridian-app-insights", "mobile", True, 190),
    Account("google", "meridian-warehouse-bq", "meridian-warehouse-bq", "data-platform", True, 80),
    Account("oracle", "ocid1.tenancy.oc1..meridianbackoffice", "meridian-back-office", "finance-systems", True, 130),
    Account("oracle", "ocid1.tenancy.oc1..meridianlogistics", "meridian-logistics", "logistics", True, 170),
)


def month_after(start: date, later: int) -> date:
    """Return the first day of the month, a number of months after `start`."""
    years, month = divmod(start.month - 1 + later, 12)
    return date(start.year + years, month + 1, 1)


def projects(count: int) -> tuple[Project, ...]:
    """Return the projects. Additional projects are components with the same team and a sixth of the size.

    Raises:
        ValueError: the company has more projects, or cannot be cut into that many.
    """
    whole = [project for project in PROJECTS if not project.shared]
    most = len(PROJECTS) + len(whole) * len(COMPONENTS)
    if not len(PROJECTS) <= count <= most:
        raise ValueError(f"projects: {count} is not allowed; from {len(PROJECTS)} to {most} are")
    parts = [
        project._replace(name=f"{project.name}-{component}", weight=project.weight // 6 + 1)
        for component in COMPONENTS
        for project in whole
    ]
    return (*PROJECTS, *parts[: count - len(PROJECTS)])
