"""Position and tags of accounts. No deployment has to know them: accounts arrive, move and leave at any time.

Accounts of one organizational unit share what was read about the units above. There are three answers: the scope, none
for an account outside the organization, and a failure if AWS Organizations could not be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.clients import Clients
from tag_governance.aws.readers import node_tags
from tag_governance.domain.budget import READ
from tag_governance.domain.failure import Failure, FailureKind, postponement
from tag_governance.domain.model import Tags
from tag_governance.domain.policy import DEFAULT_SCOPE, Policy

REMEMBERED = timedelta(minutes=5)
"""Age up to which an answer is used, so that an account that moved is governed by its new scope within that time."""


@dataclass(frozen=True, slots=True)
class _Parent:
    """Answer of AWS Organizations about one account or organizational unit. `node` is None at the top."""

    node: str | None
    is_root: bool
    read_at: datetime


class Organization:
    """Scopes and tags of accounts. The object lives as long as the process.

    Args:
        clients: AWS clients.
        policy: names the scopes by their targets.
        now: the current time.
    """

    def __init__(self, clients: Clients, policy: Policy, now: Callable[[], datetime]) -> None:
        self._clients = clients
        self._policy = policy
        self._now = now
        self._parents: dict[str, _Parent] = {}
        self._tags: dict[str, tuple[Tags, datetime]] = {}

    def scope_of(self, account: str, attempts: Attempts) -> str | Failure | None:
        """Find the scope of an account: the nearest one of the account, the units above it, and the root.

        Return None for an account outside the organization.
        """
        known = self._policy.known_scope(account)
        if known is not None:
            return known
        scopes = self._policy.scope_of_target
        node = account
        while True:
            # An account that is a target is asked for, too: it may have left the organization.
            if node in scopes and node != account:
                return scopes[node]
            parent = self._parent(node, account, attempts)
            if isinstance(parent, Failure):
                return self._unanswered(node, account, parent)
            if node in scopes:
                return scopes[node]
            if parent.node is None or parent.is_root:
                return scopes.get(parent.node or "", DEFAULT_SCOPE)
            node = parent.node

    def unit_tags(self, account: str, attempts: Attempts) -> Tags | Failure:
        """Merge the tags of the organizational units above an account and of the root. The nearest one counts."""
        merged: dict[str, str] = {}
        node = account
        while True:
            parent = self._parent(node, account, attempts)
            if isinstance(parent, Failure):
                unanswered = self._unanswered(node, account, parent)
                return merged if unanswered is None else unanswered
            if parent.node is None:
                return merged
            tags = self.tags_of(parent.node, account, attempts)
            if isinstance(tags, Failure):
                return self._unanswered(parent.node, account, tags) or tags
            merged = {**tags, **merged}
            if parent.is_root:
                return merged
            node = parent.node

    def tags_of(self, node: str, account: str, attempts: Attempts) -> Tags | Failure:
        """Read the tags of an account, or of an organizational unit or root above it."""
        known = self._tags.get(node)
        if known is not None and self._is_fresh(known[1]):
            return known[0]
        started = self._now()
        tags = node_tags(node, account, self._policy.account, self._clients, attempts)
        if not isinstance(tags, Failure):
            self._tags[node] = tags, started
        return tags

    def _parent(self, node: str, account: str, attempts: Attempts) -> _Parent | Failure:
        known = self._parents.get(node)
        if known is not None and self._is_fresh(known.read_at):
            return known
        place = (self._policy.account, "", "organizations")

        def read(accounts: tuple[str, ...]) -> Mapping[str, _Parent]:
            started = self._now()
            parents = self._clients.organizations.list_parents(ChildId=node)["Parents"]
            top = {"Id": None, "Type": "ROOT"}
            parent = parents[0] if parents else top
            return {account: _Parent(parent["Id"], parent["Type"] == "ROOT", started)}

        # Denials are counted by account, and tried again with the resources of the account.
        found = attempts.call_resources(place, "organizations:ListParents", (account,), READ, read)[account]
        if not isinstance(found, Failure):
            self._parents[node] = found
        return found

    def _is_fresh(self, read_at: datetime) -> bool:
        return self._now() - read_at < REMEMBERED

    def _unanswered(self, node: str, account: str, failure: Failure) -> Failure | None:
        if failure.kind is not FailureKind.NOT_FOUND:
            return failure
        self._parents.pop(account, None)
        if node == account:
            return None
        # A unit can be deleted only when it is empty: the account left it since its position was read.
        for child in [child for child, parent in self._parents.items() if parent.node == node]:
            del self._parents[child]
        return postponement(f"account {account} has just moved: {failure.cause}")
