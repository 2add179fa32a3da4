"""Resources of the company: owner, region, monthly cost and tags."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2s
from math import isqrt
from typing import NamedTuple

from taggov.costs.sample import world
from taggov.costs.sample.skus import Kind, Sku, skus
from taggov.costs.sample.world import Account, Project

SLOTS = 1 << 17
"""Number of slots, by which rows are distributed to resources."""

SIZES = (20, 30, 50, 80, 120, 180, 250, 350, 480, 640, 850, 1100, 1500, 2150, 3200, 5000)
"""Relative sizes of resources: many small ones and a few very large ones. The mean is 1000."""


SHARED_RESOURCES = 8
SHARED_WEIGHT = 3000
"""Number and weight of the resources of a shared service for each SKU."""


class Place(NamedTuple):
    """Owner and region of a resource. Only resources of projects and pools have tags."""

    account: Account
    region: tuple[str, str]
    weight: int
    """Size relative to other places of the SKU."""
    project: str = ""
    team: str = ""
    environment: str = ""
    growth: int = 25
    """Monthly growth in per mille of the first month."""
    serial: int = 1


class Resource(NamedTuple):
    """A SKU in one place."""

    sku: Sku
    place: Place
    id: str | None
    name: str | None
    tags: dict[str, str] | None
    """Tags; None if nothing was recorded, empty if there are none."""
    monthly: Decimal
    """Cost of the first month at list price."""
    slots: int
    growth: int
    spike: int
    """Size in the week of the spike, in per mille."""


def resources(seed: int, projects: int) -> tuple[Resource, ...]:
    """Generate all resources, in the order of the price list. Slots add up to `SLOTS`, costs to the price list.

    Args:
        seed: seed for names, sizes, gaps and typos.
        projects: as in `world.projects`.
    """
    company = world.projects(projects)
    found = [_resource(seed, sku, place, cost) for sku in skus() for place, cost in _shares(seed, sku, company)]
    # The square root is a compromise between rows of equal cost and equal numbers of rows per resource.
    weights = [1 + isqrt(int(resource.monthly * resource.spike / 10)) for resource in found]
    return tuple(
        resource._replace(slots=slots) for resource, slots in zip(found, _slots(weights), strict=True) if slots
    )


def draw(seed: int, *about: object) -> int:
    """Return a pseudo-random number, which is the same for the same arguments on every machine."""
    return int.from_bytes(blake2s(repr((seed, *about)).encode(), digest_size=8).digest(), "big")


def _slots(weights: list[int]) -> Iterator[int]:
    """Distribute the slots by weight, by rounding running totals."""
    whole, before, total = sum(weights), 0, 0
    for weight in weights:
        total += weight
        upto = total * SLOTS // whole
        yield upto - before
        before = upto


def _shares(seed: int, sku: Sku, company: tuple[Project, ...]) -> Iterator[tuple[Place, Decimal]]:
    places = list(_places(seed, sku, company))
    sizes = [
        place.weight * (SIZES[draw(seed, sku.description, place) % len(SIZES)] if place.project else 1000)
        for place in places
    ]
    for place, size in zip(places, sizes, strict=True):
        yield place, sku.monthly * size / sum(sizes)


def _places(seed: int, sku: Sku, company: tuple[Project, ...]) -> Iterator[Place]:
    """Yield the places where a SKU is used."""
    nowhere = ("", "")
    match sku.bearer:
        case "company":
            yield Place(_account(sku.provider, "company"), nowhere, 1)
        case "accounts":
            for account in world.ACCOUNTS:
                if account.provider == sku.provider:
                    weight = 1 + draw(seed, sku.description, account.id) % 9
                    yield Place(account, nowhere, weight)
        case "sandbox":
            teams = list(world.TEAMS)
            for serial in range(1, 31):
                team = teams[draw(seed, "sandbox", serial) % len(teams)]
                account = _account(sku.provider, "sandbox")
                yield Place(account, sku.seller.regions[0], 1, "playground", team, "dev", serial=serial)
        case _:
            for project in _users(seed, sku, company):
                yield from _shared_places(sku, project) if project.shared else _project_places(seed, sku, project)


def _users(seed: int, sku: Sku, company: tuple[Project, ...]) -> list[Project]:
    """Return the projects that use a SKU: named ones, and about two of three for SKUs for all projects."""
    names = set(sku.bearer.split())
    named = [project for project in company if project.name in names or (project.team in names and not project.shared)]
    if "*" not in names:
        return named
    able = [project for project in company if sku.provider in project.clouds and not project.shared]
    chosen = [project for project in able if draw(seed, sku.description, project.name) % 100 < 70]
    return named + (chosen or able)


def _shared_places(sku: Sku, project: Project) -> Iterator[Place]:
    account = _account(sku.provider, project.name)
    for serial in range(1, SHARED_RESOURCES + 1):
        region = sku.seller.regions[0 if serial <= SHARED_RESOURCES // 2 else 1]
        yield Place(account, region, SHARED_WEIGHT, project.name, project.team, "prod", project.growth, serial)


def _project_places(seed: int, sku: Sku, project: Project) -> Iterator[Place]:
    regions = sku.seller.regions
    chance = draw(seed, "region", project.name)
    region = regions[0] if chance % 10 < 6 else regions[chance // 10 % len(regions)]
    growth = project.growth + draw(seed, "growth", sku.description, project.name) % 31 - 15
    for environment, part in world.ENVIRONMENTS:
        production = environment == "prod"
        account = _account(sku.provider, project.team, production=production)
        count = 1 + project.weight // 25 if production else 1
        for serial in range(1, count + 1):
            weight = project.weight * part // count
            yield Place(account, region, weight, project.name, project.team, environment, growth, serial)


def _account(provider: str, home: str, *, production: bool = True) -> Account:
    """Return the account of a team or pool; the paying account if it has none."""
    own = [account for account in world.ACCOUNTS if account.provider == provider and account.home == home]
    fitting = [account for account in own if account.production == production]
    return (fitting or own or [_account(provider, "company")])[0]


def _resource(seed: int, sku: Sku, place: Place, monthly: Decimal) -> Resource:
    # One resource may use several SKUs: storage and requests of a bucket.
    identity = (sku.resource_type or sku.service, *place[:2], *place[3:6], place.serial)
    name = "-".join((place.project, place.environment, sku.resource_type.lower().replace(" ", "-"), str(place.serial)))
    promise = sku.discount if sku.resource == "commitment" else None
    resource_id = sku.resource.format(
        region=place.region[0],
        account=place.account.id,
        project=place.project,
        name=name,
        id=f"{draw(seed, 'id', *identity):016x}",
    )
    if promise:
        resource_id, name = promise.id, promise.name
    hit = (place.project, sku.service) == (world.SPIKE.project, world.SPIKE.service) and sku.kind is Kind.USAGE
    return Resource(
        sku,
        place,
        resource_id or None,
        name if resource_id else None,
        _tags(seed, place, identity) if place.project else None,
        monthly,
        slots=0,
        growth=0 if sku.kind.promised else place.growth,
        spike=world.SPIKE.size if hit else 1000,
    )


def _tags(seed: int, place: Place, identity: tuple[object, ...]) -> dict[str, str] | None:
    """Generate tags: complete, with gaps and typos, or none."""

    def chance(of: str) -> int:
        return draw(seed, of, *identity) % 1000

    if chance("untagged") < place.account.untagged:
        return None if chance("recorded") < 400 else {}
    project_key, environment_key = place.account.keys
    tags = {project_key: _spelling(place.project, chance("project")), "team": place.team}
    if chance("environment") < 930:
        spellings = world.ENVIRONMENT_SPELLINGS[place.environment]
        typo = chance("environment typo")
        tags[environment_key] = spellings[typo % len(spellings)] if typo < 90 else place.environment
    if chance("owner") < 800:
        tags["owner"] = world.TEAMS[place.team]
    if place.team in world.CUSTOMER_TEAMS and chance("customer") < 850:
        tags["customer"] = world.CUSTOMERS[chance("which customer") % len(world.CUSTOMERS)]
    gap = chance("gap")
    if gap < 25:
        tags[project_key] = ""
    elif gap < 60:
        del tags[project_key]
    elif gap < 80:
        tags["team"] = ""
    elif gap < 150:
        del tags["team"]
    if "customer" in tags and chance("customer gap") < 60:
        tags["customer"] = ""
    return tags


def _spelling(project: str, chance: int) -> str:
    if chance < 40:
        return world.MISSPELLINGS.get(project, project)
    if chance < 75:
        return (project.title(), project.upper())[chance % 2]
    return project
