"""Settlement of what no message brings back: due notices, plans never concluded, accounts that answer again.

It runs on a schedule, and finds what is left by the sparse index of the ledger. It tells; what has to be looked at it
puts on the events queue, where the remediation takes it up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tag_governance.aws.errors import AWS_ERRORS
from tag_governance.aws.ledger import Write
from tag_governance.aws.senders import Request, publish, request
from tag_governance.domain.budget import CLAIM, CONCLUDE, READ, TELL, Budget
from tag_governance.domain.entry import ASK_AGAIN, OBSERVED_SHARDS, OPERATOR, SHARDS, Entry
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.gap import GAPS, PROBE_AFTER, Gap
from tag_governance.domain.model import Mode
from tag_governance.events.event import RECHECK
from tag_governance.remediation.deployment import Deployment
from tag_governance.remediation.moved import find_moved
from tag_governance.remediation.run import Run
from tag_governance.reporting.notices import Notice, notices_of

logger = logging.getLogger("tag_governance")

_PER_SHARD = 500
"""Entries that are taken up from one partition in one run; the next run takes the rest."""
_PROBES = 3
"""Resources with which an account that denied something is asked again."""
_NOTICES_AT_ONCE = 10
OVERDUE = timedelta(hours=1)
_FAR = timedelta(days=365)
_SOURCE = "tag-governance"


class Settlement:
    """Single run of the schedule.

    Args:
        deployment: settings, policy, catalogue and AWS.
        budget: the time that is left.
    """

    def __init__(self, deployment: Deployment, budget: Budget) -> None:
        self.now = deployment.now()
        self.gauges = {"AccountsDenied": 0, "Overdue": 0}
        self.told = self.undeliverable = self.asked = 0
        self._run = Run(deployment, budget, deployment.new_id())
        self._deployment = deployment
        self._watched: set[str] = set()
        """Accounts that something waits for since this very run: the index does not know yet."""

    def settle(self) -> None:
        """Tell what is due, ask for another look where one is due."""
        entries = self._due_entries()
        self.gauges["Overdue"] += sum(_is_overdue(entry, self.now) for entry in entries)
        self._ask(entry for entry in entries if entry.pending is not None or not _is_to_be_told(entry))
        self._tell([entry for entry in entries if entry.pending is None and _is_to_be_told(entry)])
        self._ask_about_silent()
        find_moved(self._run, self._deployment.settings.policy_sha256, self._ask)
        self._ask_accounts()

    def _due_entries(self) -> list[Entry]:
        found = [self._find(f"due#{number}", self.now, _PER_SHARD) or [] for number in range(SHARDS)]
        return [entry for entries in found for entry in entries if _is_due(entry, self.now)]

    def _find(self, shard: str, until: datetime, limit: int) -> list[Entry] | None:
        """Load the entries of one partition of the index, which lags and knows only their names; None where it cannot
        be read."""
        names = self._index(shard, until, limit)
        if names is None:
            return None
        loaded, _ = self._run.ledger.load(names, (), self._run.budget, READ)
        entries = [entry for entry in loaded.values() if isinstance(entry, Entry)]
        failures = [entry for entry in loaded.values() if isinstance(entry, Failure)]
        self.gauges["Overdue"] += sum(failure.kind is FailureKind.REFUSED for failure in failures)
        return None if failures and not entries else entries

    def _index(self, shard: str, until: datetime, limit: int) -> list[str] | None:
        if not self._run.budget.allows(READ):
            return None
        try:
            return self._run.ledger.due(shard, until, limit)
        except AWS_ERRORS as error:
            logger.warning("the index of what is due cannot be read: %s", error)
            return None

    def _tell(self, entries: Sequence[Entry]) -> None:
        """Claim, publish, conclude; a few notices at a time, so that little is open when the run is cut short."""
        self._watched = watched = self._keep_watch(
            {entry.waits_for for entry in entries if entry.waits_for is not None}
        )
        entries = [entry for entry in entries if entry.waits_for is None or entry.waits_for in watched]
        notices = notices_of(entries, self._run.policy.name)
        for start in range(0, len(notices), _NOTICES_AT_ONCE):
            if not self._run.budget.allows(CLAIM):
                return
            self._tell_some(notices[start : start + _NOTICES_AT_ONCE])

    def _keep_watch(self, accounts: Iterable[str]) -> set[str]:
        """See to it that what waits for an account is asked for again.

        While an entry had to be told it did not stand among those that wait, and the gap may be forgotten by now.

        Returns:
            The accounts for which that is so.
        """
        wanted = sorted(accounts)
        if not wanted:
            return set()
        _, gaps = self._run.ledger.load((), wanted, self._run.budget, READ)
        known = {account: gaps.get(account, Gap(account)) for account in wanted}
        writes = {
            gap.account: Write(replace(gap, next_look=self.now + PROBE_AFTER), gap.version)
            for gap in known.values()
            if isinstance(gap, Gap) and gap.next_look is None
        }
        outcomes = self._run.ledger.write(writes.values(), self._run.now(), self._run.budget, CLAIM)
        failed = {account for account, write in writes.items() if outcomes[write.key] is not None}
        return {account for account, gap in known.items() if isinstance(gap, Gap)} - failed

    def _tell_some(self, notices: Sequence[Notice]) -> None:
        claim = self._run.claim()
        told = {entry.arn: replace(entry, claim=claim) for notice in notices for entry in notice.entries}
        outcomes = self._run.ledger.write(
            (Write(entry, entry.version) for entry in told.values()), self._run.now(), self._run.budget, CLAIM
        )
        claimed = [replace(entry, version=entry.version + 1) for arn, entry in told.items() if outcomes[arn] is None]
        writes: list[Write] = []
        publishing = notices_of(claimed, self._run.policy.name)
        topic = self._deployment.settings.notification_topic_arn
        published = publish(publishing, self._run.clients, topic, self._run.budget, TELL)
        for notice in publishing:
            failure = published[notice.id]
            writes += [Write(self._after(entry, failure), entry.version) for entry in notice.entries]
        self._run.ledger.write(writes, self._run.now(), self._run.budget, CONCLUDE)

    def _after(self, entry: Entry, failure: Failure | None) -> Entry:
        released = replace(entry, claim=None, asked=None)
        if failure is None:
            self.told += 1
            return replace(released.after_telling(entry), tell_after=None)
        if failure.kind is FailureKind.REFUSED:
            self.undeliverable += 1
            return replace(released, undeliverable=failure.cause)
        return released

    def _ask_about_silent(self) -> None:
        """Ask for another look at findings that nobody is told of.

        While their scope observes, that is for those that may be gone; once it does more, for all: nobody is to be told
        of what is gone by then.
        """
        for name, scope in self._run.policy.scopes.items():
            until = self.now if scope.mode is Mode.OBSERVE else self.now + _FAR
            shards = [f"observed#{name}#{number}" for number in range(OBSERVED_SHARDS)]
            entries = [entry for shard in shards for entry in self._find(shard, until, _PER_SHARD) or []]
            self._ask(entry for entry in entries if entry.is_silent and _may_be_asked(entry, self.now))

    def _ask_accounts(self) -> None:
        """Ask accounts that denied something again: with a few resources, and with all once they answer."""
        names = self._index(GAPS, self.now + _FAR, _PER_SHARD) or []
        _, gaps = self._run.ledger.load((), (name.removeprefix("gap#") for name in names), self._run.budget, READ)
        for gap in gaps.values():
            if not isinstance(gap, Gap):
                continue
            self.gauges["AccountsDenied"] += gap.is_closed
            if gap.next_look is not None and gap.next_look <= self.now:
                self._ask_account(gap)

    def _ask_account(self, gap: Gap) -> None:
        limit = _PROBES if gap.is_closed else _PER_SHARD
        # Those that were asked for lately are not due again yet, but wait all the same.
        found = self._find(f"denied#{gap.account}", self.now + _FAR, limit)
        if found is None:
            return  # nobody knows who waits
        waiting = [entry for entry in found if entry.waits_for == gap.account]
        self._ask(entry for entry in waiting if _is_due(entry, self.now))
        if not waiting and gap.account in self._watched:
            after = replace(gap, next_look=self.now + PROBE_AFTER)
        elif not waiting:
            # The index lags, and a batch may be about to put something there: look once more before it is forgotten.
            after = replace(gap, denials={}, next_look=self.now + 2 * PROBE_AFTER if gap.denials else None)
        elif len(waiting) == limit and not gap.is_closed:
            after = replace(gap, next_look=self.now)  # there are more
        else:
            after = replace(gap, next_look=self.now + gap.pause)
        self._run.ledger.write([Write(after, gap.version)], self._run.now(), self._run.budget, CONCLUDE)

    def _ask(self, entries: Iterable[Entry]) -> None:
        """Ask the remediation for another look. What gets lost on the way is asked for again."""
        asked = {entry.arn: entry for entry in entries}
        outcomes = self._run.ledger.write(
            (Write(replace(entry, asked=self.now), entry.version) for entry in asked.values()),
            self._run.now(),
            self._run.budget,
            CLAIM,
        )
        self._request(entry for arn, entry in asked.items() if outcomes[arn] is None)

    def _request(self, entries: Iterable[Entry]) -> None:
        requests = [self._message(entry) for entry in entries]
        queue = self._deployment.settings.events_queue_url
        self.asked += len(request(requests, self._run.clients, queue, self._run.budget, CONCLUDE))

    def _message(self, entry: Entry) -> Request:
        body = {
            "id": f"{self._run.id}-{entry.version}",
            "source": _SOURCE,
            "detail-type": RECHECK,
            "account": entry.account,
            "region": entry.region,
            "time": self.now.isoformat(),
            "resources": [entry.arn.removesuffix(f"#{entry.resource_type}")],
            "detail": {"resource_type": entry.resource_type},
        }
        return Request(entry.arn, json.dumps(body))


def _is_due(entry: Entry, now: datetime) -> bool:
    return entry.due is not None and entry.due[1] <= now


def _may_be_asked(entry: Entry, now: datetime) -> bool:
    """Say if nobody asked for another look lately."""
    return entry.asked is None or now - entry.asked >= ASK_AGAIN


def _is_to_be_told(entry: Entry) -> bool:
    is_reset = entry.claim is not None and entry.claim.by == OPERATOR
    return entry.is_untold and entry.undeliverable is None and not entry.is_silent and not is_reset


def _is_overdue(entry: Entry, now: datetime) -> bool:
    times: Iterator[datetime | None] = iter((entry.tell_after, entry.pending.at if entry.pending else None))
    return any(time is not None and now - time > OVERDUE for time in times)
