"""Simulated account to count the AWS calls of a batch: launches of instances, and the function that handles them."""

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
from tools.simulation.hub import Hub
from tools.simulation.queue import Queues
from tools.simulation.scenario import History
from tools.simulation.services import Place, Services
from tools.simulation.table import Table
from tools.simulation.world import FUNCTION, Resource, World

_START = datetime(2026, 6, 1, tzinfo=UTC)
_LONGER_THAN_ANY_LAG = timedelta(minutes=5)


class Account:
    """Instances with their network interfaces, a ledger and a topic. Nothing fails, and nobody else changes tags."""

    def __init__(self) -> None:
        self._hub = Hub(_START)
        self._world = World(History(seed=0, name="bench"), self._hub, lambda *_: None)
        self._queues = Queues(self._hub, 0, 60, 100, lambda: None)
        self._numbers = 0
        self.table = Table()
        self._services = _Launches(self._world, self.table, self._queues)
        self._calls: Counter[str] = Counter()
        settings = Settings.from_environment(deployment.environment())
        policy = load_policy(settings)
        self._deployment = Deployment(settings, policy, load_catalogue(), now=lambda: self._hub.now)
        # cached_property keeps its value here: the function finds clients already made
        self._deployment.__dict__["clients"] = SimulatedClients(policy, self._call)

    @property
    def changed(self) -> int:
        """Resources that the function has changed."""
        return sum(any(s.who == FUNCTION for s in resource.strokes) for resource in self._world.by_arn.values())

    def launch(self, count: int) -> Event:
        """Launch untagged instances, each with an interface. Returns the event of it, which is old by now."""
        instances = [self._made("instance", "i") for _ in range(count)]
        interfaces = [self._made("network-interface", "eni") for _ in range(count)]
        event = deployment.launch(instances, interfaces, self._hub.now)
        self._hub.run(self._hub.now + _LONGER_THAN_ANY_LAG)
        return event

    def handle(self, events: Sequence[Event]) -> Counter[str]:
        """Let the function handle one batch. Returns its AWS calls, by service and operation."""
        with self._counted() as calls:
            answer = remediate(deployment.batch([*events]), None, self._deployment)
        assert answer == {"batchItemFailures": []}
        return calls

    def settle(self) -> Counter[str]:
        """Let the schedule run once. Returns its AWS calls."""
        with self._counted() as calls:
            settle(None, self._deployment)
        return calls

    @contextlib.contextmanager
    def _counted(self) -> Iterator[Counter[str]]:
        calls: Counter[str] = Counter()
        self._calls = calls
        with contextlib.redirect_stdout(io.StringIO()):
            yield calls

    def _call(self, service: str, operation: str, place: Place, parameters: Mapping[str, Any]) -> Any:
        self._calls[f"{service}:{operation}"] += 1
        return self._services.call(service, operation, place, parameters, False)

    def _made(self, kind: str, prefix: str) -> str:
        self._numbers += 1
        identifier = f"{prefix}-{self._numbers:017x}"
        arn = _arn((deployment.ACCOUNT, REGION), kind, identifier)
        now = self._hub.now
        made = Resource(identifier, arn, f"ec2:{kind}", deployment.ACCOUNT, REGION, now, None, shown=[(now, {})])
        self._world.by_arn[arn] = made
        return identifier


class _Launches(Services):
    """The simulated services, which know instances, and their network interfaces too."""

    def _ec2(self, place: Place, identifier: str) -> Resource | None:
        kind = "network-interface" if identifier.startswith("eni-") else "instance"
        return self._own(place, _arn(place, kind, identifier))


def _arn(place: Place, kind: str, identifier: str) -> str:
    account, region = place
    return f"arn:aws:ec2:{region}:{account}:{kind}/{identifier}"
