"""Emulator process on a free loopback port."""

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

# The emulator must not use the caller's AWS settings, or send loopback traffic through a proxy.
_DROPPED_PREFIXES = ("AWS_", "MOTO_", "MINISTACK_")
_DROPPED = {"http_proxy", "https_proxy", "all_proxy"}


class ServerFailedError(Exception):
    """Error: the emulator ended before it was ready. The message ends with its last log lines."""


class Server:
    """Subprocess that serves HTTP on `url` and logs to `log`."""

    def __init__(
        self, name: str, command: Sequence[str], port: int, health: str, log: Path, settings: Mapping[str, str]
    ) -> None:
        self.name = name
        self.url = f"http://{HOST}:{port}"
        self.log = log
        self._health = self.url + health
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            # In a new session, so that Ctrl-C does not stop the emulator before the destroy.
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
        """Wait until the health address answers with 200.

        Raises:
            ServerFailedError: the process ended.
            DeadlineExceededError: it neither answered nor ended in time.
        """
        wait_until(f"{self.name} on {self.url} answers", self._ready, START_SECONDS)

    def stop(self) -> None:
        """Terminate the process; kill it if it does not end."""
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
    """Send a request to a local server, a POST if there is a body. Return the body of the answer.

    Raises:
        URLError: no answer, or an error status.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, body, timeout=5) as answer:
        content: bytes = answer.read()
        return content


def free_port() -> int:
    """Return a free loopback port."""
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
