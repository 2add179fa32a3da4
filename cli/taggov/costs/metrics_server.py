"""Allocated costs for Prometheus. Scrapes are served from a snapshot in memory and never query AWS."""

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
from taggov.terminal import print_notice


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The metrics served until the next refresh."""

    report: Report
    coverage: Sequence[Coverage]


@dataclass(frozen=True, slots=True)
class _State:
    snapshot: Snapshot
    taken: float
    """Seconds since 1970."""
    refresh_failed: bool = False


class MetricsServer(Collector):
    """HTTP server that exposes snapshots at `/metrics` until it is closed.

    Raises:
        OutputError: the port or the address cannot be used. This is checked before the provider is called, because a
            query may cost money.
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
            raise OutputError(f"metrics cannot be served at {address}, port {port}: {_reason(error)}") from error
        try:
            self._state = _State(provider(), time.time())
        except BaseException:
            self.close()
            raise
        if refresh_seconds is not None:
            threading.Thread(target=self._refresh_every, args=(refresh_seconds,), daemon=True).start()

    @property
    def port(self) -> int:
        """The actual port, also if 0 was given to use any free port."""
        return self._http.server_port

    def wait(self) -> None:
        """Block until the server is closed."""
        self._closed.wait()

    def close(self) -> None:
        """Stop serving and refreshing."""
        self._closed.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def refresh(self) -> None:
        """Replace the snapshot by a new one. On failure, keep the old one."""
        state = self._state
        try:
            self._state = _State(self._provider(), time.time())
        except Exception as error:  # keep serving the last snapshot, whatever the error is
            print_notice(f"refreshing the costs failed, the last snapshot stays: {error}")
            self._state = replace(state, refresh_failed=True) if state else None

    def _refresh_every(self, seconds: int) -> None:
        while not self._closed.wait(seconds):
            self.refresh()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges of the current snapshot, if there is one."""
        if state := self._state:
            yield from _gauges(state)


def serve(
    provider: Callable[[], Snapshot], port: int, address: str = "127.0.0.1", refresh_seconds: int | None = None
) -> None:
    """Serve metrics until the process is interrupted.

    Args:
        provider: called once, and again every `refresh_seconds`.

    Raises:
        OutputError: the port or the address cannot be used.
    """
    server = MetricsServer(provider, port, address, refresh_seconds)
    print_notice(f"metrics at http://{address}:{server.port}/metrics; stop with Ctrl-C")
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
    given = GaugeMetricFamily("taggov_cost_input", "All costs of the source.", labels=["currency"])
    unknown = GaugeMetricFamily("taggov_cost_unknown", "Costs that no rule assigns to a team.", labels=["currency"])
    for total in report.totals.values():
        given.add_metric([total.currency], float(total.input))
        unknown.add_metric([total.currency], float(total.unknown))
    yield given
    yield unknown
    covered = GaugeMetricFamily(
        "taggov_allocation_coverage_ratio", "Share of the costs that have a team.", labels=["currency", "kind"]
    )
    for one in state.snapshot.coverage:
        if one.ratio is not None:
            covered.add_metric([one.currency, one.of], float(one.ratio))
    yield covered
    yield GaugeMetricFamily("taggov_cost_snapshot_timestamp_seconds", "Time of the last query.", state.taken)
    yield GaugeMetricFamily("taggov_cost_refresh_failed", "1 if the last refresh failed.", int(state.refresh_failed))


def _labels(columns: Sequence[str]) -> list[str]:
    """Convert columns to unique Prometheus label names: `tag:cost-center` becomes `tag_cost_center`."""
    names: list[str] = []
    for column in columns:
        name = re.sub(r"[^a-zA-Z0-9_]", "_", column)
        while name in names:
            name += "_"
        names.append(name)
    return names


def _reason(error: OSError | OverflowError) -> str:
    return str(getattr(error, "strerror", None) or error)
