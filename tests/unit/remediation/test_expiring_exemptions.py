"""Owners are told once that their exemption ends soon, and once that it has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.world import NOW, World


def exempting(expires: str, owner: str = "ann", name: str = "migration") -> dict[str, Any]:
    return {
        "name": name,
        "arns": ["arn:aws:s3:::old-*"],
        "accounts": [],
        "resource_types": [],
        "tags": {},
        "reason": "moves to the new platform",
        "owner": owner,
        "expires": expires,
    }


def told(world: World) -> list[tuple[str, str, str]]:
    return [
        (notice["body"]["owner"], exemption["name"], exemption["state"])
        for notice in world.notices()
        for exemption in notice["body"]["exemptions"]
    ]


@pytest.mark.parametrize(
    ("expires", "state"),
    [
        ("2026-06-30", None),
        ("2026-06-16", None),
        ("2026-06-15", "expires soon"),
        ("2026-06-01", "expires soon"),
        ("2026-05-31", "expired"),
        ("9999-12-31", None),
    ],
)
def test_owners_are_told_two_weeks_before_the_last_day(world: World, expires: str, state: str | None) -> None:
    world.settle(now=NOW, exemptions=[exempting(expires)])

    assert told(world) == ([] if state is None else [("ann", "migration", state)])


def test_the_same_news_is_told_once(world: World) -> None:
    rules = [exempting("2026-06-10")]
    for day in range(12):
        world.settle(now=NOW + timedelta(days=day), exemptions=rules)

    assert told(world) == [("ann", "migration", "expires soon"), ("ann", "migration", "expired")]


def test_another_end_is_news(world: World) -> None:
    world.settle(now=NOW, exemptions=[exempting("2026-06-10")])
    world.settle(now=NOW, exemptions=[exempting("2026-06-12")])

    assert len(told(world)) == 2


def test_each_owner_gets_one_notice(world: World) -> None:
    rows = [
        exempting("2026-06-10", "ann", "a"),
        exempting("2026-06-10", "ben", "b"),
        exempting("2026-06-11", "ann", "c"),
    ]
    world.settle(now=NOW, exemptions=rows)

    notices = world.notices()
    assert [notice["attributes"]["owner"] for notice in notices] == ["ann", "ben"]
    assert [len(notice["body"]["exemptions"]) for notice in notices] == [2, 1]
    assert all("exemption" in notice["attributes"]["kind"] for notice in notices)


def test_a_notice_that_was_refused_is_told_later(world: World) -> None:
    rules = [exempting("2026-06-10")]
    world.wire.fail("sns:PublishBatch", "Throttling")
    world.settle(now=NOW, exemptions=rules)
    world.wire.recover()
    assert told(world) == []

    world.settle(now=NOW + timedelta(minutes=5), exemptions=rules)

    assert told(world) == [("ann", "migration", "expires soon")]


def test_hundreds_of_exemptions_fit_their_notices(world: World) -> None:
    rows = [exempting("2026-06-10", name=f"exemption-{number}") | {"reason": "r" * 500} for number in range(400)]

    world.settle(now=NOW, exemptions=rows)

    assert len(told(world)) == 400


def test_a_ledger_that_cannot_be_written_repeats_the_notice_and_ends_no_settlement(world: World) -> None:
    rules = [exempting("2026-06-10")]
    world.wire.fail("dynamodb:TransactWriteItems", "ValidationException")
    world.settle(now=NOW, exemptions=rules)
    world.wire.recover()
    world.settle(now=NOW, exemptions=rules)
    world.settle(now=NOW, exemptions=rules)

    assert len(told(world)) == 2
