"""Allocated costs for Prometheus, from a snapshot: a scrape reads memory, it never asks AWS."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cost_allocation.analysis.coverage import Coverage
from cost_allocation.analysis.report import Report
from taggov.costs.reports.atomic import OutputError
from taggov.terminal import complain


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content that is served until the next snapshot."""

    report: Report
    coverage: Sequence[Coverage]


@dataclass(frozen=True, slots=True)
class _State:
    snapshot: Snapshot
    taken: float
    """Seconds since 1970."""
    refresh_failed: bool = False


class MetricsServer(Collector):
    """Serves the snapshots of a provider on `/metrics`, until it is closed.

    Raises:
        OutputError: the port or the address can not be used. It is tried before the provider is asked, because an
            answer may cost money.
    """

    def __init__(self, provider: Callable[[], Snapshot], port: int, address: str, refresh_seconds: int | None) -> None:
        self._provider = provider
        self._closed = threading.Event()
        self._state: _State | None = None
        registry = CollectorRegistry()
        registry.register(self)
        try:
            self._http, self._thread = start_http_server(port, address, registry)
        except (OSError, OverflowError) as error:
            raise OutputError(f"metrics can not be served at {address}, port {port}: {_reason(error)}") from error
        try:
            self._state = _State(provider(), time.time())
        except BaseException:
            self.close()
            raise
        if refresh_seconds is not None:
            threading.Thread(target=self._refresh_every, args=(refresh_seconds,), daemon=True).start()

    @property
    def port(self) -> int:
        """The port, also when any free one was asked for with 0."""
        return self._http.server_port

    def wait(self) -> None:
        """Return when the server is closed."""
        self._closed.wait()

    def close(self) -> None:
        """Stop serving and refreshing."""
        self._closed.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def refresh(self) -> None:
        """Take a new snapshot in place of the last one, which stays when that fails."""
        state = self._state
        try:
            self._state = _State(self._provider(), time.time())
        except Exception as error:  # whatever it is, the last snapshot is still worth serving
            complain(f"costs could not be asked for again, the last ones stay: {error}")
            self._state = replace(state, refresh_failed=True) if state else None

    def _refresh_every(self, seconds: int) -> None:
        while not self._closed.wait(seconds):
            self.refresh()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of the current snapshot; none before there is one."""
        if state := self._state:
            yield from _gauges(state)


def serve(
    provider: Callable[[], Snapshot], port: int, address: str = "127.0.0.1", refresh_seconds: int | None = None
) -> None:
    """Serve metrics until the process is interrupted.

    Args:
        provider: asked once, and again after every `refresh_seconds`.

    Raises:
        OutputError: the port or the address can not be used.
    """
    server = MetricsServer(provider, port, address, refresh_seconds)
    complain(f"metrics at http://{address}:{server.port}/metrics; stop with Ctrl-C")
    try:
        server.wait()
    finally:
        server.close()


def _gauges(state: _State) -> Iterator[GaugeMetricFamily]:
    report = state.snapshot.report
    cost = GaugeMetricFamily("taggov_cost", "Allocated cost.", labels=[*_labels(report.columns), "currency"])
    for row in report.rows:
        cost.add_metric([*(value or "" for value in row.values), row.currency], float(row.cost))
    yield cost
    given = GaugeMetricFamily("taggov_cost_input", "All that the source gave.", labels=["currency"])
    unknown = GaugeMetricFamily("taggov_cost_unknown", "Cost that no rule gives to a team.", labels=["currency"])
    for total in report.totals.values():
        given.add_metric([total.currency], float(total.input))
        unknown.add_metric([total.currency], float(total.unknown))
    yield given
    yield unknown
    covered = GaugeMetricFamily(
        "taggov_allocation_coverage_ratio", "Part of the cost with a team or pool.", labels=["currency", "kind"]
    )
    for one in state.snapshot.coverage:
        if one.ratio is not None:
            covered.add_metric([one.currency, one.of], float(one.ratio))
    yield covered
    yield GaugeMetricFamily("taggov_cost_snapshot_timestamp_seconds", "When costs were asked for.", state.taken)
    yield GaugeMetricFamily(
        "taggov_cost_refresh_failed", "1 when the last try to ask for costs again failed.", int(state.refresh_failed)
    )


def _labels(columns: Sequence[str]) -> list[str]:
    """Names that Prometheus allows, all different: `tag:cost-center` is `tag_cost_center`."""
    names: list[str] = []
    for column in columns:
        name = re.sub(r"[^a-zA-Z0-9_]", "_", column)
        while name in names:
            name += "_"
        names.append(name)
    return names


def _reason(error: OSError | OverflowError) -> str:
    return str(getattr(error, "strerror", None) or error)
