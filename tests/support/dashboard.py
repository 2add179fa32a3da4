"""The dashboard in a separate process, and helpers that use it like a person."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Locator, Page, expect

from taggov.costs.dashboard.launch import command, environment
from tests.support.processes import end

_DEADLINE = 60
_PAUSE = 0.2


@contextmanager
def served(log: Path, paths: Sequence[str] = (), extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the dashboard on a free port, and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = command(paths, port=port, open_browser=False)
    with log.open("wb") as output:
        process = subprocess.Popen(
            started, env={**environment(), **(extra or {})}, stdout=output, stderr=subprocess.STDOUT, cwd=log.parent
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(lambda: _is_healthy(address), process, log)
            yield address
        finally:
            end(process, _DEADLINE)


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the dashboard did not start:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(_PAUSE)


class Dashboard:
    """The dashboard as a person uses and sees it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._address = address

    def open(self) -> None:
        """Come to the first page, and wait until it is drawn."""
        self.page.goto(self._address)
        expect(self.title).to_contain_text(",")
        self.settled()

    def go_to(self, name: str) -> None:
        """Follow a link of the navigation."""
        link = self.page.get_by_role("link", name=name, exact=True)
        link.click()
        expect(link).to_have_attribute("aria-current", "page")
        self.settled()

    def go_to_from_menu(self, name: str) -> None:
        """Follow a link on a narrow screen, where the navigation is folded away."""
        self.page.get_by_test_id("stExpandSidebarButton").click()
        self.go_to(name)
        self.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
        expect(self.page.get_by_role("link", name=name, exact=True)).not_to_be_in_viewport()

    def show(self, origin: str) -> None:
        """Choose where the costs come from."""
        self.page.get_by_role("radiogroup", name="Costs from").get_by_text(origin).click()
        self.settled()

    def choose(self, label: str, option: str) -> None:
        """Pick an option as somebody without a mouse does."""
        picker = self.page.get_by_role("combobox", name=label, exact=True)
        picker.focus()
        picker.press("ArrowDown")
        picker.fill(option)
        expect(self.page.get_by_role("option").first).to_have_text(option)
        picker.press("ArrowDown")
        picker.press("Enter")
        expect(picker).to_have_value(option)
        self.settled()

    def settled(self) -> None:
        """Wait until Streamlit has nothing more to do, and has drawn it."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)

    @property
    def title(self) -> Locator:
        """The title of the page."""
        return self.page.get_by_role("heading", level=1)

    def tile(self, label: str) -> Locator:
        """The amount in a tile."""
        return self.page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").first

    @property
    def proof(self) -> Locator:
        """The line that says that nothing was lost."""
        return self.page.get_by_text("equal to the last digit")
