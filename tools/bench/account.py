"""Simulated account that counts AWS calls: launches of instances, and the function that processes them."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tag_governance.aws.policy_store import load_policy
from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.settings import Settings
from tag_governance.handlers.remediate import remediate
from tag_governance.handlers.settle import settle
from tag_governance.remediation.deployment import Deployment
from tools.bench import deployment
from tools.emulator.cloudtrail import Event
from tools.emulator.stack import REGION
from tools.simulation.clients import SimulatedClients
from tools.simulation.event_loop import EventLoop
from tools.simulation.queue import Queues
from tools.simulation.scenario import History
from tools.simulation.services import Place, Services
from tools.simulation.table import Table
from tools.simulation.world import FUNCTION, Resource, World

_START = datetime(2026, 6, 1, tzinfo=UTC)
_LONGEST_LAG = timedelta(minutes=5)


class Account:
    """Instances with network interfaces, a ledger and a topic. There are no faults and no other writers."""

    def __init__(self) -> None:
        self._loop = EventLoop(_START)
        self._world = World(History(seed=0, name="bench"), self._loop, lambda *_: None)
        self._queues = Queues(self._loop, 0, 60, 100, lambda: None)
        self._numbers = 0
        self.table = Table()
        self._services = _LaunchServices(self._world, self.table, self._queues)
        self._calls: Counter[str] = Counter()
        settings = Settings.from_environment(deployment.environment())
        policy = load_policy(settings)
        self._deployment = Deployment(settings, policy, load_catalogue(), now=lambda: self._loop.now)
        # Set the value of the cached_property, so that the function uses these clients.
        self._deployment.__dict__["clients"] = SimulatedClients(policy, self._call)

    @property
    def changed_resources(self) -> int:
        """Number of resources that the function changed."""
        return sum(any(s.who == FUNCTION for s in resource.tag_edits) for resource in self._world.by_arn.values())

    def launch(self, count: int) -> Event:
        """Launch untagged instances with one interface each. Return the event, which is older than any lag."""
        instances = [self._create("instance", "i") for _ in range(count)]
        interfaces = [self._create("network-interface", "eni") for _ in range(count)]
        event = deployment.launch(instances, interfaces, self._loop.now)
        self._loop.run(self._loop.now + _LONGEST_LAG)
        return event

    def handle(self, events: Sequence[Event]) -> Counter[str]:
        """Process one batch. Return its AWS calls by service and operation."""
        with self._count_calls() as calls:
            answer = remediate(deployment.batch([*events]), None, self._deployment)
        assert answer == {"batchItemFailures": []}
        return calls

    def settle(self) -> Counter[str]:
        """Run the schedule once. Return its AWS calls."""
        with self._count_calls() as calls:
            settle(None, self._deployment)
        return calls

    @contextlib.contextmanager
    def _count_calls(self) -> Iterator[Counter[str]]:
        calls: Counter[str] = Counter()
        self._calls = calls
        with contextlib.redirect_stdout(io.StringIO()):
            yield calls

    def _call(self, service: str, operation: str, place: Place, parameters: Mapping[str, Any]) -> Any:
        self._calls[f"{service}:{operation}"] += 1
        return self._services.call(service, operation, place, parameters, False)

    def _create(self, kind: str, prefix: str) -> str:
        self._numbers += 1
        identifier = f"{prefix}-{self._numbers:017x}"
        arn = _arn((deployment.ACCOUNT, REGION), kind, identifier)
        now = self._loop.now
        made = Resource(
            identifier, arn, f"ec2:{kind}", deployment.ACCOUNT, REGION, now, None, index_versions=[(now, {})]
        )
        self._world.by_arn[arn] = made
        return identifier


class _LaunchServices(Services):
    """Simulated services with instances and network interfaces."""

    def _ec2(self, place: Place, identifier: str) -> Resource | None:
        kind = "network-interface" if identifier.startswith("eni-") else "instance"
        return self._own(place, _arn(place, kind, identifier))


def _arn(place: Place, kind: str, identifier: str) -> str:
    account, region = place
    return f"arn:aws:ec2:{region}:{account}:{kind}/{identifier}"
