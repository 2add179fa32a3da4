"""Settlement of due ledger entries: notices, interrupted changes, accounts that may answer again.

It runs on a schedule and reads the sparse index of the ledger. It publishes notices itself. For resources to evaluate
again, it sends recheck requests to the events queue of the remediation function.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tag_governance.aws.errors import AWS_ERRORS
from tag_governance.aws.ledger import Write
from tag_governance.aws.senders import RecheckRequest, publish, send_recheck_requests
from tag_governance.domain.budget import CLAIM, CONCLUDE, READ, TELL, Budget
from tag_governance.domain.entry import ASK_AGAIN, OBSERVED_SHARDS, OPERATOR, SHARDS, Entry
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.gap import GAPS, PROBE_AFTER, Gap
from tag_governance.domain.model import Mode
from tag_governance.events.event import RECHECK
from tag_governance.remediation.deployment import Deployment
from tag_governance.remediation.moved_accounts import recheck_moved_accounts
from tag_governance.remediation.run import Run
from tag_governance.reporting.exemptions import exemption_notices, news_of
from tag_governance.reporting.notices import Notice, notices_of

logger = logging.getLogger("tag_governance")

_PER_SHARD = 500
"""Entries per partition and run. The next run continues."""
_PROBES = 3
"""Resources with which a denying account is tried again."""
_NOTICES_AT_ONCE = 10
OVERDUE = timedelta(hours=1)
_FAR = timedelta(days=365)
_SOURCE = "tag-governance"
_EXEMPTIONS = "exemptions"


class Settlement:
    """Run of the schedule.

    Args:
        deployment: settings, policy, catalogue and AWS clients.
        budget: the time that is left.
    """

    def __init__(self, deployment: Deployment, budget: Budget) -> None:
        self.now = deployment.now()
        self.gauges = {"AccountsDenied": 0, "Overdue": 0}
        self.notified_count = self.undeliverable = self.rechecks_requested = 0
        self._run = Run(deployment, budget, deployment.new_id())
        self._deployment = deployment
        self._scheduled_accounts: set[str] = set()
        """Accounts for which this run made entries wait. The index does not contain them yet."""

    def settle(self) -> None:
        """Publish due notices, and request due rechecks."""
        entries = self._due_entries()
        self.gauges["Overdue"] += sum(_is_overdue(entry, self.now) for entry in entries)
        self._request_rechecks(
            entry for entry in entries if entry.pending_change is not None or not _needs_notice(entry)
        )
        self._publish_notices([entry for entry in entries if entry.pending_change is None and _needs_notice(entry)])
        self._recheck_observed()
        recheck_moved_accounts(self._run, self._deployment.settings.policy_sha256, self._request_rechecks)
        self._recheck_accounts()
        self._tell_of_exemptions()

    def _due_entries(self) -> list[Entry]:
        found = [self._find(f"due#{number}", self.now, _PER_SHARD) or [] for number in range(SHARDS)]
        return [entry for entries in found for entry in entries if _is_due(entry, self.now)]

    def _find(self, shard: str, until: datetime, limit: int) -> list[Entry] | None:
        """Load the entries of one partition of the index, which lags and contains only keys. Return None if it cannot
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

    def _publish_notices(self, entries: Sequence[Entry]) -> None:
        """Claim, publish, conclude; a few notices at a time, so that little is open when the run is cut short."""
        self._scheduled_accounts = watched = self._schedule_gap_checks(
            {entry.denying_account for entry in entries if entry.denying_account is not None}
        )
        entries = [entry for entry in entries if entry.denying_account is None or entry.denying_account in watched]
        notices = notices_of(entries, self._run.policy.name)
        for start in range(0, len(notices), _NOTICES_AT_ONCE):
            if not self._run.budget.allows(CLAIM):
                return
            self._publish_batch(notices[start : start + _NOTICES_AT_ONCE])

    def _schedule_gap_checks(self, accounts: Iterable[str]) -> set[str]:
        """Make sure that entries of denying accounts are evaluated again later.

        While an entry was due for a notice it was not listed as waiting, so its gap may have been removed.

        Returns:
            The accounts for which this is ensured.
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

    def _publish_batch(self, notices: Sequence[Notice]) -> None:
        claim = self._run.claim()
        to_publish = {entry.arn: replace(entry, claim=claim) for notice in notices for entry in notice.entries}
        outcomes = self._run.ledger.write(
            (Write(entry, entry.version) for entry in to_publish.values()), self._run.now(), self._run.budget, CLAIM
        )
        claimed = [
            replace(entry, version=entry.version + 1) for arn, entry in to_publish.items() if outcomes[arn] is None
        ]
        writes: list[Write] = []
        publishing = notices_of(claimed, self._run.policy.name)
        topic = self._deployment.settings.notification_topic_arn
        published = publish(publishing, self._run.clients, topic, self._run.budget, TELL)
        for notice in publishing:
            failure = published[notice.id]
            writes += [Write(self._entry_after_publish(entry, failure), entry.version) for entry in notice.entries]
        self._run.ledger.write(writes, self._run.now(), self._run.budget, CONCLUDE)

    def _entry_after_publish(self, entry: Entry, failure: Failure | None) -> Entry:
        released = replace(entry, claim=None, recheck_requested_at=None)
        if failure is None:
            self.notified_count += 1
            return replace(released.after_notice(entry), notify_after=None)
        if failure.kind is FailureKind.REFUSED:
            self.undeliverable += 1
            return replace(released, undeliverable=failure.cause)
        return released

    def _recheck_observed(self) -> None:
        """Request rechecks of findings in mode observe.

        While the scope observes, only findings whose resource may be gone are checked. Once it notifies, all are
        checked first, so that no owner is notified about a resource that is gone.
        """
        for name, scope in self._run.policy.scopes.items():
            until = self.now if scope.mode is Mode.OBSERVE else self.now + _FAR
            shards = [f"observed#{name}#{number}" for number in range(OBSERVED_SHARDS)]
            entries = [entry for shard in shards for entry in self._find(shard, until, _PER_SHARD) or []]
            self._request_rechecks(
                entry for entry in entries if entry.is_observed_only and _may_be_rechecked(entry, self.now)
            )

    def _recheck_accounts(self) -> None:
        """Try denying accounts again: with a few resources first, with all once a call succeeds."""
        names = self._index(GAPS, self.now + _FAR, _PER_SHARD) or []
        _, gaps = self._run.ledger.load((), (name.removeprefix("gap#") for name in names), self._run.budget, READ)
        for gap in gaps.values():
            if not isinstance(gap, Gap):
                continue
            self.gauges["AccountsDenied"] += gap.is_closed
            if gap.next_look is not None and gap.next_look <= self.now:
                self._recheck_account(gap)

    def _recheck_account(self, gap: Gap) -> None:
        limit = _PROBES if gap.is_closed else _PER_SHARD
        # Entries with a recent recheck request are not due yet, but are still waiting.
        found = self._find(f"denied#{gap.account}", self.now + _FAR, limit)
        if found is None:
            return  # the waiting entries are unknown
        waiting = [entry for entry in found if entry.denying_account == gap.account]
        self._request_rechecks(entry for entry in waiting if _is_due(entry, self.now))
        if not waiting and gap.account in self._scheduled_accounts:
            after = replace(gap, next_look=self.now + PROBE_AFTER)
        elif not waiting:
            # The index lags, and a batch may be adding an entry: check once more before the gap is removed.
            after = replace(gap, denials={}, next_look=self.now + 2 * PROBE_AFTER if gap.denials else None)
        elif len(waiting) == limit and not gap.is_closed:
            after = replace(gap, next_look=self.now)  # there are more
        else:
            after = replace(gap, next_look=self.now + gap.pause)
        self._run.ledger.write([Write(after, gap.version)], self._run.now(), self._run.budget, CONCLUDE)

    def _tell_of_exemptions(self) -> None:
        """Tell owners of exemptions that end soon or have ended, once each."""
        today = self.now.date()
        news = news_of(self._run.policy.exemptions, today)
        progress = self._run.ledger.progress(_EXEMPTIONS, self._run.budget, READ) if news else None
        if not news or isinstance(progress, Failure):
            return
        known = (progress or {}).get("told")
        told = {key for key in known if isinstance(key, str)} if isinstance(known, list) else set()
        untold = {key: exemption for key, exemption in news.items() if key not in told}
        notices = exemption_notices(untold, self._run.policy.name, today)
        topic = self._deployment.settings.notification_topic_arn
        failures = publish([notice for notice, _ in notices], self._run.clients, topic, self._run.budget, CONCLUDE)
        done = {key for notice, keys in notices if failures[notice.id] is None for key in keys}
        try:
            if done:
                self._run.ledger.put_progress(_EXEMPTIONS, {"told": sorted(done | (told & news.keys()))})
        except AWS_ERRORS as error:
            logger.warning("ending exemptions are told again, because the ledger cannot be written: %s", error)

    def _request_rechecks(self, entries: Iterable[Entry]) -> None:
        """Request rechecks from the remediation function. Lost requests are repeated later."""
        requested = {entry.arn: entry for entry in entries}
        outcomes = self._run.ledger.write(
            (Write(replace(entry, recheck_requested_at=self.now), entry.version) for entry in requested.values()),
            self._run.now(),
            self._run.budget,
            CLAIM,
        )
        self._send_requests(entry for arn, entry in requested.items() if outcomes[arn] is None)

    def _send_requests(self, entries: Iterable[Entry]) -> None:
        requests = [self._message(entry) for entry in entries]
        queue = self._deployment.settings.events_queue_url
        self.rechecks_requested += len(
            send_recheck_requests(requests, self._run.clients, queue, self._run.budget, CONCLUDE)
        )

    def _message(self, entry: Entry) -> RecheckRequest:
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
        return RecheckRequest(entry.arn, json.dumps(body))


def _is_due(entry: Entry, now: datetime) -> bool:
    return entry.due is not None and entry.due[1] <= now


def _may_be_rechecked(entry: Entry, now: datetime) -> bool:
    """Check if no recheck was requested recently."""
    return entry.recheck_requested_at is None or now - entry.recheck_requested_at >= ASK_AGAIN


def _needs_notice(entry: Entry) -> bool:
    is_reset = entry.claim is not None and entry.claim.by == OPERATOR
    return entry.has_news and entry.undeliverable is None and not entry.is_observed_only and not is_reset


def _is_overdue(entry: Entry, now: datetime) -> bool:
    times: Iterator[datetime | None] = iter(
        (entry.notify_after, entry.pending_change.at if entry.pending_change else None)
    )
    return any(time is not None and now - time > OVERDUE for time in times)
