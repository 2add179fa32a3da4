"""An emulator process: started on a free loopback port, ready when it answers, stopped for certain."""

from __future__ import annotations

import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import ROOT
from tools.emulator.polling import wait_until

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 10

# An emulator must not see the caller's AWS settings, nor send loopback traffic through a proxy.
_DROPPED_PREFIXES = ("AWS_", "MOTO_", "MINISTACK_")
_DROPPED = {"http_proxy", "https_proxy", "all_proxy"}


class ServerFailedError(Exception):
    """The emulator ended before it was ready. The message ends with its last lines."""


class Server:
    """A subprocess that serves HTTP on `url` and writes to `log`."""

    def __init__(
        self, name: str, command: Sequence[str], port: int, health: str, log: Path, settings: Mapping[str, str]
    ) -> None:
        self.name = name
        self.url = f"http://{HOST}:{port}"
        self.log = log
        self._health = self.url + health
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal reaches us first, and we still need it to destroy.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=_environment(settings),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> None:
        """Block until the health address answers 200.

        Raises:
            ServerFailedError: the process ended instead.
            DeadlineExceededError: it neither answered nor ended.
        """
        wait_until(f"{self.name} on {self.url} answers", self._ready, START_SECONDS)

    def stop(self) -> None:
        """Ask it to end, then end it."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ready(self) -> bool:
        if self._process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])
            raise ServerFailedError(f"{self.name} ended with status {self._process.returncode}:\n{tail}")
        try:
            request(self._health)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True


def request(url: str, body: bytes | None = None) -> bytes:
    """Send a request to one of our servers, a POST where there is a body, and return the body of its answer.

    Raises:
        URLError: it did not answer, or not with success.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, body, timeout=5) as answer:
        content: bytes = answer.read()
        return content


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED_PREFIXES) and name.lower() not in _DROPPED
    }
    return {**kept, **settings}
