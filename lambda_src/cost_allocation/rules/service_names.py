"""Names of AWS services: people say EC2, and each source has a name of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

from cost_allocation.query import SERVICE

_SOURCES = ("focus", "cost_explorer", "cur")


def service_names(name: str) -> tuple[str, ...]:
    """Every name of the AWS service that a name stands for, that name first. Letter case does not count.

    A source that has several names for a service has one for each part: such a name stands for its part alone, so that
    `EC2` is all of EC2, and `EC2 - Other` is not. A name that the table does not have stands for itself.

    Source: `service_names.json`.
    """
    return tuple(dict.fromkeys((name, *_names().get(name.casefold(), ()))))


def spelled_out(dimension: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Add the other names of a service to patterns of the dimension `service`."""
    if dimension != SERVICE:
        return tuple(patterns)
    return tuple(dict.fromkeys(chain.from_iterable(service_names(pattern) for pattern in patterns)))


def is_aws_service(name: str) -> bool:
    """Tell that the table has the name, as a whole service or as a part of one. Letter case does not count."""
    return name.casefold() in _known()


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """All names of a service, by each name that stands for the whole of it."""
    found: dict[str, tuple[str, ...]] = {}
    for service in _table():
        columns = [service[source] for source in _SOURCES]
        every = tuple(dict.fromkeys((*service["names"], *(name for column in columns for name in column))))
        whole = [*service["names"], *(column[0] for column in columns if len(column) == 1)]
        found |= dict.fromkeys((name.casefold() for name in whole), every)
    return found


@cache
def _known() -> frozenset[str]:
    return frozenset(name.casefold() for service in _table() for names in service.values() for name in names)


@cache
def _table() -> list[dict[str, list[str]]]:
    loaded = json.loads(files("cost_allocation.rules").joinpath("service_names.json").read_text("utf-8"))
    services: list[dict[str, list[str]]] = loaded["services"]
    return services
