"""A report in the terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from taggov.costs.render.report_table import print_report
from tests.support.allocated import bill, charge, reported, two_currencies


def printed(width: int, *columns: str) -> str:
    stream = io.StringIO()
    print_report(reported(two_currencies(), *columns), Console(file=stream, width=width, markup=False, highlight=False))
    return stream.getvalue()


def test_what_is_shown_adds_up_to_the_total_of_each_currency() -> None:
    lines = [re.split(r" {2,}", line.strip()) for line in printed(120, "team").splitlines() if line.strip()]

    assert lines[0] == ["Team", "Currency", "Direct", "Shared", "Cost"]
    assert [line for line in lines if line[0] and len(line) > 3 and "USD" in line] == [
        ["dev", "USD", "100.00", "16.67", "116.67"],
        ["ops", "USD", "70.13", "16.66", "86.79"],
        ["unknown", "USD", "-2.61", "0.00", "-2.61"],
        ["Total", "USD", "167.52", "33.33", "200.85"],
    ]


def test_the_proof_and_the_unknown_part_follow_for_each_currency() -> None:
    lines = printed(120, "team").splitlines()

    assert "USD: input 210.84 = output 200.85 + excluded 9.99, equal to the last digit" in lines
    assert "USD: -2.61 of the output is unknown" in lines
    assert "JPY: input 1,511 = output 1,511 + excluded 0, equal to the last digit" in lines


def test_estimated_months_are_marked() -> None:
    output = printed(120, "month", "team")

    assert "2026-06* " in output
    assert "2026-05 " in output
    assert "* estimated, may still change: 2026-06" in output


@pytest.mark.parametrize("width", [20, 60, 90, 100, 120])
def test_no_width_cuts_an_amount(width: int) -> None:
    output = printed(width, "month", "team", "owner", "service", "account", "region")

    for amount in ("70.12", "116.67", "-2.61", "1,506", "200.85"):
        assert amount in output
    assert "…" not in output


def test_a_narrow_terminal_gets_a_line_for_each_value() -> None:
    lines = printed(50, "month", "team", "owner", "account").splitlines()

    start = lines.index("Month: 2026-05")
    assert lines[start : start + 8] == [
        "Month: 2026-05",
        "Team: dev",
        "Owner: ana@example.com",
        "Account: 111122223333",
        "Currency: USD",
        "Direct: 100.00",
        "Shared: 16.67",
        "Cost: 116.67",
    ]
    end = len(lines) - 1 - lines[::-1].index("Total")
    assert lines[end : end + 5] == ["Total", "Currency: USD", "Direct: 167.52", "Shared: 33.33", "Cost: 200.85"]


def test_direct_and_shared_costs_go_first_where_there_is_little_room() -> None:
    lines = [re.split(r" {2,}", line.strip()) for line in printed(70, "month", "team", "owner", "account").splitlines()]

    assert lines[0] == ["Month", "Team", "Owner", "Account", "Currency", "Cost"]
    assert ["2026-05", "dev", "ana@example.com", "111122223333", "USD", "116.67"] in lines
    assert ["too narrow for Direct, Shared"] in lines


def test_a_long_id_goes_on_in_another_line_and_no_word_is_broken() -> None:
    stream = io.StringIO()
    account = "/subscriptions/0c8d2f10-5e31-4b7a-9d02-a1b2c3d40003"
    table = bill(charge("1", "web", account=account, service="Virtual Machines of somebody"))

    print_report(reported(table, "account", "service"), Console(file=stream, width=60, markup=False, highlight=False))

    rows = [re.split(r" {2,}", line.strip()) for line in stream.getvalue().splitlines()[2:6]]
    assert "".join(row[0] for row in rows) == account
    assert " ".join(row[1] for row in rows) == "Virtual Machines of somebody"


def test_a_tag_can_not_command_the_terminal() -> None:
    stream = io.StringIO()
    table = bill(charge("1", "web", environment="\x1b[2Jprod\nsecond\u202e[red]"))

    print_report(reported(table, "environment"), Console(file=stream, width=120, markup=False))

    assert "\x1b" not in stream.getvalue()
    assert r"\x1b[2Jprod\nsecond\u202e[red]" in stream.getvalue()


def test_a_report_of_nothing_says_so() -> None:
    stream = io.StringIO()

    print_report(reported(bill(), "team"), Console(file=stream, width=80))

    assert "no costs in this period" in stream.getvalue()


def test_a_report_without_columns_has_only_totals() -> None:
    output = printed(100)

    assert re.search(r"USD +167.52 +33.33 +200.85", output)
