"""Metrics as Prometheus reads them, over HTTP."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cost_allocation.analysis.coverage import coverage
from cost_allocation.analysis.report import Report
from taggov.costs.metrics_server import MetricsServer, Snapshot, serve
from taggov.costs.reports.atomic import OutputError
from tests.support.allocated import allocated, bill, charge, reported, two_currencies

LOOPBACK = "127.0.0.1"
WAIT_SECONDS = 30


def snapshot(report: Report | None = None) -> Snapshot:
    found = report or reported(two_currencies(), "month", "team", "owner")
    return Snapshot(found, coverage(allocated(two_currencies())))


@contextmanager
def serving(provider: Callable[[], Snapshot], refresh_seconds: int | None = None) -> Iterator[MetricsServer]:
    server = MetricsServer(provider, 0, LOOPBACK, refresh_seconds)
    try:
        yield server
    finally:
        server.close()


def scraped(server: MetricsServer) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{server.port}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())


def test_a_scrape_has_the_costs_their_totals_and_their_coverage() -> None:
    with serving(snapshot) as server:
        found = scraped(server)

    dev = labels(month="2026-05", team="dev", owner="ana@example.com", currency="USD")
    nobody = labels(month="2026-06", team="unknown", owner="", currency="USD")
    assert found["taggov_cost", dev] == 116.6675
    assert found["taggov_cost", nobody] == -2.61
    assert found["taggov_cost_input", labels(currency="USD")] == 210.843456789012
    assert found["taggov_cost_unknown", labels(currency="USD")] == -2.61
    assert found["taggov_allocation_coverage_ratio", labels(currency="USD", kind="gross")] == 1
    assert found["taggov_cost_refresh_failed", labels()] == 0
    assert found["taggov_cost_snapshot_timestamp_seconds", labels()] > 1_700_000_000


def test_scrapes_never_ask_for_costs() -> None:
    asked = []

    def provider() -> Snapshot:
        asked.append(1)
        return snapshot()

    with serving(provider) as server:
        first, second = scraped(server), scraped(server)

    assert first == second
    assert len(asked) == 1


def test_a_failed_refresh_keeps_the_last_costs_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter([snapshot()])

    def provider() -> Snapshot:
        if (answer := next(answers, None)) is None:
            raise ConnectionError("no network")
        return answer

    with serving(provider) as server:
        before = scraped(server)
        server.refresh()
        after = scraped(server)

    failed = ("taggov_cost_refresh_failed", labels())
    assert after == before | {failed: 1}
    assert capsys.readouterr().err == ("taggov: refreshing the costs failed, the last snapshot stays: no network\n")


def test_a_refresh_that_works_shows_the_new_costs_and_forgets_the_failure() -> None:
    answers = iter([snapshot(), None, snapshot(reported(bill(charge("5", "web")), "team"))])

    def provider() -> Snapshot:
        if (answer := next(answers)) is None:
            raise ConnectionError("no network")
        return answer

    with serving(provider) as server:
        server.refresh()
        server.refresh()
        found = scraped(server)

    assert {value for (name, _), value in found.items() if name == "taggov_cost"} == {5}
    assert found["taggov_cost_refresh_failed", labels()] == 0


def test_costs_are_asked_for_again_in_the_background() -> None:
    again = threading.Event()
    answers = iter([snapshot()])

    def provider() -> Snapshot:
        answer = next(answers, None)
        if answer is None:
            again.set()
        return answer or snapshot()

    with serving(provider, refresh_seconds=1):
        assert again.wait(WAIT_SECONDS)


def test_tags_of_any_spelling_are_labels() -> None:
    report = reported(bill(charge("5", "web", environment='pro"d\n\\')), "tag:environment", "tag:project")
    named = replace(report, columns=("tag:a-b", "tag:a_b"))

    with serving(lambda: snapshot(named)) as server:
        found = scraped(server)

    assert found["taggov_cost", labels(tag_a_b='pro"d\n\\', tag_a_b_="web", currency="USD")] == 5


def test_a_port_in_use_is_one_line_and_costs_nothing() -> None:
    def provider() -> Snapshot:
        pytest.fail("costs were asked for")

    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            OutputError, match=rf"^metrics cannot be served at {LOOPBACK}, port {port}: Address already"
        ):
            serve(provider, port, LOOPBACK)


def test_when_the_first_costs_fail_nothing_stays_open() -> None:
    def provider() -> Snapshot:
        raise ConnectionError("no network")

    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionError):
        serve(provider, port, LOOPBACK)

    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((LOOPBACK, port))
