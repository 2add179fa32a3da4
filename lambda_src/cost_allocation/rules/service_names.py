"""Names of AWS services: short names such as EC2, and the names in each source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

from cost_allocation.query import SERVICE

_SOURCES = ("focus", "cost_explorer", "cur")


def service_names(name: str) -> tuple[str, ...]:
    """Return all names of an AWS service, the given name first. Letter case is ignored.

    If a source has several names for a service, each is a part of it and has no other names: `EC2` means all of EC2,
    but `EC2 - Other` only itself. Unknown names have no other names either.

    Source: `service_names.json`.
    """
    return tuple(dict.fromkeys((name, *_names().get(name.casefold(), ()))))


def with_service_names(dimension: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Add the other names of services to patterns of the dimension `service`."""
    if dimension != SERVICE:
        return tuple(patterns)
    return tuple(dict.fromkeys(chain.from_iterable(service_names(pattern) for pattern in patterns)))


def is_aws_service(name: str) -> bool:
    """Return True if the table has the name, as a service or a part of one. Letter case is ignored."""
    return name.casefold() in _known_names()


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Return all names of a service, by each name that means the whole service."""
    found: dict[str, tuple[str, ...]] = {}
    for service in _table():
        columns = [service[source] for source in _SOURCES]
        every = tuple(dict.fromkeys((*service["names"], *(name for column in columns for name in column))))
        whole = [*service["names"], *(column[0] for column in columns if len(column) == 1)]
        found |= dict.fromkeys((name.casefold() for name in whole), every)
    return found


@cache
def _known_names() -> frozenset[str]:
    return frozenset(name.casefold() for service in _table() for names in service.values() for name in names)


@cache
def _table() -> list[dict[str, list[str]]]:
    loaded = json.loads(files("cost_allocation.rules").joinpath("service_names.json").read_text("utf-8"))
    services: list[dict[str, list[str]]] = loaded["services"]
    return services
