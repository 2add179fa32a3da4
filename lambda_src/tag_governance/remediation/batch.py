"""One batch of records from observation to end. Every record ends as done, as one to try again, or in the DLQ."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tag_governance.decision.decide import decide
from tag_governance.domain.catalogue import Catalogue
from tag_governance.domain.model import Facts, Result, Source, Status, Verdict
from tag_governance.domain.policy import Policy
from tag_governance.domain.settings import Settings
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe

if TYPE_CHECKING:
    from tag_governance.remediation.act import Aws

logger = logging.getLogger("tag_governance")

_NO_FACTS = Facts()


@dataclass(frozen=True)
class Deployment:
    """What stays the same from batch to batch."""

    settings: Settings
    policy: Policy
    catalogue: Catalogue

    @cached_property
    def aws(self) -> Aws:
        """Clients and ledger, made when a batch first needs AWS; with them comes the SDK."""
        from tag_governance.remediation.connect import connect

        return connect(self.settings, self.policy, self.catalogue)

    def take_calls(self) -> dict[str, int]:
        """The AWS calls since this was last asked; none where nothing needed AWS yet."""
        if "aws" not in self.__dict__:
            return {}
        calls = dict(self.aws.clients.calls)
        self.aws.clients.calls.clear()
        return calls


class Batch:
    """Takes records one by one, finishes them together, and knows what became of each."""

    def __init__(self, deployment: Deployment, now: datetime) -> None:
        self.now = now
        self.results: list[Result] = []
        self.given_up = 0
        """Records that went to the dead-letter queue."""
        self._deployment = deployment
        self._records: dict[str, Mapping[str, Any]] = {}
        self._open: dict[str, list[Verdict]] = {}
        self._causes: dict[str, str] = {}

    def take(self, record: Mapping[str, Any]) -> None:
        """Observe and decide one SQS record; what the event alone can not settle stays open."""
        key = record["messageId"]
        self._records[key] = record
        try:
            for verdict in self._verdicts(record):
                if _is_settled(verdict):
                    self.results.append(Result(verdict))
                else:
                    self._open.setdefault(key, []).append(verdict)
        except MalformedEvent as error:
            self._causes[key] = f"malformed event: {error}"
        except Exception as error:  # whatever a hostile record does, it does to itself alone
            logger.exception("record could not be read", extra={"record": key})
            self._causes[key] = f"{type(error).__name__}: {error}"

    def finish(self) -> list[str]:
        """Do what needs AWS. Returns the ids of the records to try again."""
        if self._open:
            self._act()
        for key, cause in self._causes.items():
            logger.warning("record failed: %s", cause, extra={"record": key})
        return self._retry_or_bury()

    def summary(self, failed: Sequence[str]) -> dict[str, Any]:
        """What the batch came to, the AWS calls it took included (requests on the wire, by service and operation)."""
        return {
            "batch": len(self._records),
            "tried_again": len(failed),
            "given_up": self.given_up,
            "aws_calls": dict(sorted(self._deployment.take_calls().items())),
        }

    def _verdicts(self, record: Mapping[str, Any]) -> Iterable[Verdict]:
        policy, catalogue = self._deployment.policy, self._deployment.catalogue
        try:
            event = json.loads(record["body"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise MalformedEvent(f"the body is not JSON: {error}") from error
        for seen in observe(event, catalogue, policy):
            yield decide(seen, policy, _NO_FACTS, self.now)

    def _act(self) -> None:
        everything = [verdict for verdicts in self._open.values() for verdict in verdicts]
        try:
            results = self._act_on(everything)
        except Exception:  # one record must not cost its neighbours: find it by acting on each alone
            logger.exception("batch failed, its records are tried one by one")
            results = []
            for key, verdicts in self._open.items():
                try:
                    results += self._act_on(verdicts)
                except Exception as error:
                    logger.exception("record could not be acted on", extra={"record": key})
                    self._causes[key] = f"{type(error).__name__}: {error}"
        self.results += results
        self._blame(results)

    def _act_on(self, verdicts: Iterable[Verdict]) -> list[Result]:
        from tag_governance.remediation.act import act

        return act(verdicts, self._deployment.aws, self.now)

    def _blame(self, results: Iterable[Result]) -> None:
        """Every record that asked about a resource that failed is tried again."""
        failures: dict[str | tuple[str, str], str] = {}
        for result in results:
            if result.failure is not None:
                seen = result.verdict.observation
                cause = f"{seen.arn}: {result.failure.cause}"
                failures |= {seen.arn: cause, seen.subject: cause} if seen.is_named else {seen.subject: cause}
        for key, verdicts in self._open.items():
            for verdict in verdicts:
                cause_or_none = failures.get(verdict.observation.subject) or failures.get(verdict.observation.arn)
                if cause_or_none is not None:
                    self._causes.setdefault(key, cause_or_none)

    def _retry_or_bury(self) -> list[str]:
        last_try = {
            key: cause
            for key, cause in self._causes.items()
            if int(self._records[key]["attributes"]["ApproximateReceiveCount"])
            >= self._deployment.settings.max_receive_count
        }
        buried = self._bury(last_try) if last_try else set()
        self.given_up = len(buried)
        return [key for key in self._causes if key not in buried]

    def _bury(self, causes: Mapping[str, str]) -> set[str]:
        from tag_governance.aws.readers import AWS_ERRORS
        from tag_governance.aws.senders import DeadLetter, bury

        letters = [DeadLetter(key, self._records[key]["body"], cause) for key, cause in causes.items()]
        try:
            return bury(letters, self._deployment.aws.clients, self._deployment.settings.dead_letter_queue_url)
        except AWS_ERRORS:
            # They stay in the queue, and its redrive policy moves them; only the cause is then in the log alone.
            logger.exception("dead letters could not be sent")
            return set()


def _is_settled(verdict: Verdict) -> bool:
    """Whether the event alone is enough. A tag change that complies may close a finding, so that one goes on."""
    if verdict.status is Status.COMPLIANT:
        return verdict.observation.source is Source.CREATION
    if not verdict.observation.is_named:
        return verdict.status is Status.IGNORED
    return verdict.status in (Status.EXEMPT, Status.IGNORED, Status.NOT_EVALUATED)
