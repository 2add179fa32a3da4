"""Batch of messages from observation to end: each ends as settled, as one to try again, or as a dead letter."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tag_governance.decision.decide import decide
from tag_governance.domain.budget import CONCLUDE, READ, Budget, OutOfTime
from tag_governance.domain.failure import LONGEST_CAUSE, Failure, FailureKind, postponed
from tag_governance.domain.model import Facts, Source, Status, Verdict
from tag_governance.domain.result import Result
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe
from tag_governance.remediation.deployment import Deployment

logger = logging.getLogger("tag_governance")

_NO_FACTS = Facts()
_FIRST_PAUSE, _LONGEST_PAUSE = 15, 900
"""Seconds until a message comes back: twice as long each time."""


class Batch:
    """Takes messages one by one, finishes them together, and knows what became of each.

    Args:
        deployment: settings, policy, catalogue and AWS.
        budget: the time that is left.
    """

    def __init__(self, deployment: Deployment, budget: Budget) -> None:
        self.now = deployment.now()
        self.results: list[Result] = []
        self.given_up = 0
        """Messages that went to the dead-letter queue."""
        self.ignored = 0
        """Messages that were about nothing that is governed."""
        self._deployment = deployment
        self._budget = budget
        self._id = deployment.new_id()
        self._records: dict[str, Mapping[str, Any]] = {}
        self._open: dict[str, list[Verdict]] = {}
        self._dead: dict[str, str] = {}
        self._again: dict[str, Failure] = {}

    def take(self, record: Mapping[str, Any]) -> None:
        """Observe and decide one SQS record; what the event alone cannot settle stays open."""
        key = record["messageId"]
        self._records[key] = record
        try:
            verdicts = list(self._verdicts(record))
        except MalformedEvent as error:
            self._dead[key] = f"malformed event: {error}"
        except OutOfTime as error:
            self._again[key] = postponed(str(error))
        except Exception as error:  # whatever a hostile record does, it does to itself alone
            logger.exception("message could not be read", extra={"message_id": key})
            self._dead[key] = _cause(error)
        else:
            self.ignored += not verdicts
            settled = [verdict for verdict in verdicts if _is_settled(verdict)]
            self.results += [Result(verdict, verdict.status, cause=verdict.reason) for verdict in settled]
            if len(settled) < len(verdicts):
                self._open[key] = [verdict for verdict in verdicts if not _is_settled(verdict)]

    def finish(self) -> list[str]:
        """Do what needs AWS. Returns the ids of the messages to try again."""
        if self._open:
            self._act()
        for key, cause in self._dead.items():
            logger.warning("message given up: %s", cause[:LONGEST_CAUSE], extra={"message_id": key})
        for key, failure in self._again.items():
            logger.info("message tried again: %s", failure.cause, extra={"message_id": key})
        return self._bury_or_return()

    def summary(self, failed: Sequence[str]) -> dict[str, Any]:
        """Sum up what the batch came to and the AWS calls it took (requests on the wire, by service and operation)."""
        return {
            "batch": len(self._records),
            "ignored": self.ignored,
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
            if not self._budget.allows(READ):
                raise OutOfTime("no time was left to decide")
            # A clock that is ahead must not make an event the newest for ever.
            yield decide(replace(seen, time=min(seen.time, self.now)), policy, _NO_FACTS, self.now)

    def _act(self) -> None:
        try:
            self._blame(self._act_on(v for verdicts in self._open.values() for v in verdicts), self._open)
        except Exception:  # one message must not cost its neighbours: find it by acting on each alone
            logger.exception("batch failed, its messages are tried one by one")
            for key, verdicts in self._open.items():
                try:
                    self._blame(self._act_on(verdicts), [key])
                except Exception as error:
                    logger.exception("message could not be acted on", extra={"message_id": key})
                    self._again[key] = Failure(FailureKind.REFUSED, _cause(error))

    def _act_on(self, verdicts: Iterable[Verdict]) -> list[Result]:
        from tag_governance.remediation.act import act
        from tag_governance.remediation.look import look
        from tag_governance.remediation.run import Run

        run = Run(self._deployment, self._budget, self._id)
        return act(look(verdicts, run), run)

    def _blame(self, results: Iterable[Result], keys: Iterable[str]) -> None:
        """Mark every message about a resource that is not at its end, to be tried again."""
        waiting: dict[tuple[str, str] | str, Failure] = {}
        for result in results:
            self.results.append(result)
            if result.again is not None:
                seen = result.verdict.observation
                waiting |= {seen.subject: result.again, seen.arn: result.again}
        for key in keys:
            for verdict in self._open[key]:
                seen = verdict.observation
                failure = waiting.get(seen.subject) or waiting.get(seen.arn)
                if failure is not None and not self._is_own_fault(self._again.get(key)):
                    self._again[key] = failure

    def _is_own_fault(self, failure: Failure | None) -> bool:
        return failure is not None and not failure.is_transient and failure.kind is not FailureKind.NOT_FOUND

    def _bury_or_return(self) -> list[str]:
        for key, failure in self._again.items():
            if self._is_own_fault(failure) and self._failures(key) >= self._deployment.settings.max_failures:
                self._dead[key] = failure.cause
            elif self._received(key) >= self._deployment.settings.max_receive_count:
                self._dead[key] = f"given up after {self._received(key)} tries: {failure.cause}"
        buried = self._bury() if self._dead else set()
        self.given_up = len(buried)
        returned = [key for key in (*self._dead, *self._again) if key not in buried]
        returned = list(dict.fromkeys(returned))
        if returned:
            self._postpone(returned)
        return returned

    def _failures(self, key: str) -> int:
        """Count a failure of a message by its own fault. Where it cannot be counted, it does not count."""
        from tag_governance.aws.errors import AWS_ERRORS

        try:
            return self._deployment.ledger.count_failure(key, self.now) if self._budget.allows(CONCLUDE) else 0
        except AWS_ERRORS:
            return 0

    def _received(self, key: str) -> int:
        return int(self._records[key].get("attributes", {}).get("ApproximateReceiveCount", 1))

    def _bury(self) -> set[str]:
        from tag_governance.aws.senders import DeadLetter, bury

        letters = [DeadLetter(key, self._records[key]["body"], cause) for key, cause in self._dead.items()]
        # Those that the queue does not take stay where they are, and its redrive policy moves them in the end.
        clients, queue = self._deployment.clients, self._deployment.settings.dead_letter_queue_url
        return bury(letters, clients, queue, self._budget, CONCLUDE)

    def _postpone(self, keys: Iterable[str]) -> None:
        """Let messages come back soon: SQS alone would keep them until their visibility timeout is over."""
        from tag_governance.aws.senders import postpone

        pauses = {
            self._records[key]["receiptHandle"]: min(
                _FIRST_PAUSE * 2 ** min(self._received(key) - 1, 10), _LONGEST_PAUSE
            )
            for key in keys
            if "receiptHandle" in self._records[key]
        }
        if pauses and self._budget.allows(CONCLUDE):
            postpone(pauses, self._deployment.clients, self._deployment.settings.events_queue_url)


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_CAUSE]


def _is_settled(verdict: Verdict) -> bool:
    """Say if the event alone is enough. A tag change that complies may close a finding, so that one goes on."""
    seen = verdict.observation
    if verdict.status is Status.COMPLIANT or (verdict.status is Status.EXEMPT and seen.is_named):
        return seen.source is Source.CREATION and seen.tags is not None
    if not seen.is_named:
        return verdict.status is Status.IGNORED
    # What the function itself asks for may have to be settled, though nothing governs it any more.
    return seen.source is not Source.RECHECK and verdict.status in (Status.IGNORED, Status.NOT_EVALUATED)
