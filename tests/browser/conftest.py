"""Fixtures: a browser, the dashboard, and results of the engine to compare with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.support.dashboard import Dashboard, served
from tests.support.debian import need

_QUIET = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TIMEOUT = 20_000
_WIDE = ViewportSize(width=1400, height=1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as this machine has it. Playwright's event loop must not outlive the module: others run their own."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    chromium = next(filter(None, found), None) or need("chromium", "chromium")
    # Its sandbox refuses root.
    arguments = [*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=_TIMEOUT)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard with its sample, in a folder that holds no rules, on a machine that knows no AWS account."""
    folder = tmp_path_factory.mktemp("served")
    without_aws = {
        "AWS_CONFIG_FILE": "none",
        "AWS_SHARED_CREDENTIALS_FILE": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with served(folder / "log", extra=without_aws) as found:
        yield found


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """Requests to other machines, and errors in the console of the browser."""
    return []


@pytest.fixture(scope="module")
def tab(browser: Browser, address: str, heard: list[str]) -> Iterator[Page]:
    """A tab of a fresh profile. Loading the app into one that knows it takes half the time."""
    with browser.new_context(accept_downloads=True) as context:
        context.set_default_timeout(_TIMEOUT)
        context.on("request", lambda request: heard.append(request.url) if _is_foreign(request.url, address) else None)
        context.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: heard.append(str(error.error)))
        yield context.new_page()


@pytest.fixture
def page(tab: Page) -> Page:
    """The tab, as wide as a desk's screen."""
    tab.set_viewport_size(_WIDE)
    return tab


@pytest.fixture
def dashboard(page: Page, address: str) -> Dashboard:
    """The dashboard, opened and drawn."""
    found = Dashboard(page, address)
    found.open()
    return found


def _is_foreign(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
