"""Batch of messages. Each message ends as done, as one to retry, or as a dead letter."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tag_governance.decision.decide import decide
from tag_governance.domain.budget import CONCLUDE, READ, Budget, OutOfTime
from tag_governance.domain.failure import LONGEST_CAUSE, Failure, FailureKind, postponement
from tag_governance.domain.model import Facts, NeedKind, Source, Status, Verdict
from tag_governance.domain.result import Result
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe
from tag_governance.remediation.deployment import Deployment

logger = logging.getLogger("tag_governance")

_FIRST_PAUSE, _LONGEST_PAUSE = 15, 900
"""Seconds until a message comes back: twice as long each time."""


class Batch:
    """Batch of messages: `add` takes them one by one, `finish` processes them together.

    Args:
        deployment: settings, policy, catalogue and AWS clients.
        budget: the time that is left.
    """

    def __init__(self, deployment: Deployment, budget: Budget) -> None:
        self.now = deployment.now()
        self.results: list[Result] = []
        self.dead_letter_count = 0
        """Number of messages that went to the dead-letter queue."""
        self.ignored_count = 0
        """Number of messages without a governed resource."""
        self._deployment = deployment
        self._budget = budget
        self._id = deployment.new_id()
        self._records: dict[str, Mapping[str, Any]] = {}
        self._open: dict[str, list[Verdict]] = {}
        self._dead: dict[str, str] = {}
        self._again: dict[str, Failure] = {}
        self._facts = Facts()
        self._can_ask = True

    def add(self, record: Mapping[str, Any]) -> None:
        """Observe and decide one SQS record. Resources that need more than the event stay open."""
        key = record["messageId"]
        self._records[key] = record
        try:
            verdicts = list(self._verdicts(record))
        except MalformedEvent as error:
            self._dead[key] = f"malformed event: {error}"
        except OutOfTime as error:
            self._again[key] = postponement(str(error))
        except Exception as error:  # a malformed record must not affect the others
            logger.exception("message could not be read", extra={"message_id": key})
            self._dead[key] = _cause(error)
        else:
            self.ignored_count += not verdicts
            settled = [verdict for verdict in verdicts if _is_final(verdict)]
            self.results += [Result(verdict, verdict.status, cause=verdict.reason) for verdict in settled]
            if len(settled) < len(verdicts):
                self._open[key] = [verdict for verdict in verdicts if not _is_final(verdict)]

    def finish(self) -> list[str]:
        """Process the open resources. Return the ids of the messages to retry."""
        if self._open:
            self._enforce()
        for key, cause in self._dead.items():
            logger.warning("message given up: %s", cause[:LONGEST_CAUSE], extra={"message_id": key})
        for key, failure in self._again.items():
            logger.info("message is retried: %s", failure.cause, extra={"message_id": key})
        return self._return_or_give_up()

    def summary(self, failed: Sequence[str]) -> dict[str, Any]:
        """Build the summary for the log, with the AWS calls (requests by service and operation)."""
        return {
            "batch": len(self._records),
            "ignored": self.ignored_count,
            "tried_again": len(failed),
            "given_up": self.dead_letter_count,
            "aws_calls": dict(sorted(self._deployment.pop_calls().items())),
        }

    def _verdicts(self, record: Mapping[str, Any]) -> Iterable[Verdict]:
        policy, catalogue = self._deployment.policy, self._deployment.catalogue
        try:
            event = json.loads(record["body"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise MalformedEvent(f"the body is not JSON: {error}") from error
        for seen in observe(event, catalogue, policy):
            if not self._budget.allows(READ):
                raise OutOfTime("no time is left to decide")
            # An event from a clock that is ahead must not stay the newest one.
            seen = replace(seen, time=min(seen.time, self.now))
            verdict = decide(seen, policy, self._facts, self.now)
            # A recheck is evaluated in any case, and then shows if a denial has ended.
            is_unknown = any(need.kind is NeedKind.SCOPE_OF_ACCOUNT for need in verdict.needs)
            if is_unknown and seen.source is not Source.RECHECK:
                self._find_scope(seen.account)
                verdict = decide(seen, policy, self._facts, self.now)
            yield verdict

    def _find_scope(self, account: str) -> None:
        """Find the scope of an account, so that an event that shows everything needs no other call.

        After a failure the accounts stay open. Their events are retried, or become part of the coverage gap.
        """
        from tag_governance.aws.attempts import Attempts

        if not self._can_ask:
            return
        attempts = Attempts(self._budget, {}, self._deployment.now)
        scope = self._deployment.organization.scope_of(account, attempts)
        if isinstance(scope, Failure):
            self._can_ask = False
        else:
            self._facts = Facts(scope_of_account={**self._facts.scope_of_account, account: scope})

    def _enforce(self) -> None:
        try:
            self._mark_for_retry(
                self._enforce_verdicts(v for verdicts in self._open.values() for v in verdicts), self._open
            )
        except Exception:  # find the failing message: process each one alone
            logger.exception("batch failed, its messages are retried one by one")
            for key, verdicts in self._open.items():
                try:
                    self._mark_for_retry(self._enforce_verdicts(verdicts), [key])
                except Exception as error:
                    logger.exception("message could not be processed", extra={"message_id": key})
                    self._again[key] = Failure(FailureKind.REFUSED, _cause(error))

    def _enforce_verdicts(self, verdicts: Iterable[Verdict]) -> list[Result]:
        from tag_governance.remediation.enforce import enforce
        from tag_governance.remediation.evaluate import evaluate
        from tag_governance.remediation.run import Run

        run = Run(self._deployment, self._budget, self._id)
        return enforce(evaluate(verdicts, run), run)

    def _mark_for_retry(self, results: Iterable[Result], keys: Iterable[str]) -> None:
        """Mark all messages about unfinished resources for a retry."""
        waiting: dict[tuple[str, str] | str, Failure] = {}
        for result in results:
            self.results.append(result)
            if result.retry_reason is not None:
                seen = result.verdict.observation
                waiting |= {seen.subject: result.retry_reason, seen.arn: result.retry_reason}
        for key in keys:
            for verdict in self._open[key]:
                seen = verdict.observation
                failure = waiting.get(seen.subject) or waiting.get(seen.arn)
                if failure is not None and not self._is_own_fault(self._again.get(key)):
                    self._again[key] = failure

    def _is_own_fault(self, failure: Failure | None) -> bool:
        return failure is not None and not failure.is_transient and failure.kind is not FailureKind.NOT_FOUND

    def _return_or_give_up(self) -> list[str]:
        for key, failure in self._again.items():
            if self._is_own_fault(failure) and self._failure_count(key) >= self._deployment.settings.max_failures:
                self._dead[key] = failure.cause
            elif self._receive_count(key) >= self._deployment.settings.max_receive_count:
                self._dead[key] = f"given up after {self._receive_count(key)} tries: {failure.cause}"
        buried = self._send_dead_letters() if self._dead else set()
        self.dead_letter_count = len(buried)
        returned = [key for key in (*self._dead, *self._again) if key not in buried]
        returned = list(dict.fromkeys(returned))
        if returned:
            self._delay_messages(returned)
        return returned

    def _failure_count(self, key: str) -> int:
        """Count a failure that a message caused itself. If counting fails, it does not count."""
        from tag_governance.aws.errors import AWS_ERRORS

        try:
            return self._deployment.ledger.count_failure(key, self.now) if self._budget.allows(CONCLUDE) else 0
        except AWS_ERRORS:
            return 0

    def _receive_count(self, key: str) -> int:
        return int(self._records[key].get("attributes", {}).get("ApproximateReceiveCount", 1))

    def _send_dead_letters(self) -> set[str]:
        from tag_governance.aws.senders import DeadLetter, send_dead_letters

        letters = [DeadLetter(key, self._records[key]["body"], cause) for key, cause in self._dead.items()]
        # Letters that the queue does not accept stay in the events queue. Its redrive policy moves them eventually.
        clients, queue = self._deployment.clients, self._deployment.settings.dead_letter_queue_url
        return send_dead_letters(letters, clients, queue, self._budget, CONCLUDE)

    def _delay_messages(self, keys: Iterable[str]) -> None:
        """Make messages visible again soon. Otherwise SQS keeps them until their visibility timeout ends."""
        from tag_governance.aws.senders import delay_messages

        pauses = {
            self._records[key]["receiptHandle"]: min(
                _FIRST_PAUSE * 2 ** min(self._receive_count(key) - 1, 10), _LONGEST_PAUSE
            )
            for key in keys
            if "receiptHandle" in self._records[key]
        }
        if pauses and self._budget.allows(CONCLUDE):
            delay_messages(pauses, self._deployment.clients, self._deployment.settings.events_queue_url)


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_CAUSE]


def _is_final(verdict: Verdict) -> bool:
    """Check if the event alone is sufficient.

    A compliant tag change may close a finding, so it is processed further.
    """
    seen = verdict.observation
    if verdict.status is Status.COMPLIANT or (verdict.status is Status.EXEMPT and seen.is_named):
        return seen.source is Source.CREATION and seen.tags is not None
    if not seen.is_named:
        return verdict.status is Status.IGNORED
    # A recheck may have to close an entry although no rule applies to the resource any more.
    return seen.source is not Source.RECHECK and verdict.status in (Status.IGNORED, Status.NOT_EVALUATED)
