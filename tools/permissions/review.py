"""Review of policies: refused requests, grants that are never used, and statements that nobody would miss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tools.emulator.calls import Call
from tools.permissions.calls import needs, service_needs
from tools.permissions.estate import Estate, applied, read_estate
from tools.permissions.policy import Request, Statement, arn_fits, text_fits


@dataclass(frozen=True)
class Review:
    """The policies of an estate, seen from what is asked for.

    Args:
        asked: what has to be allowed, and what asks for it.
        forbidden: what must never be.
    """

    estate: Estate
    asked: Mapping[Request, str]
    forbidden: frozenset[Request] = frozenset()

    @property
    def refused(self) -> list[str]:
        """Requests that have to be allowed and are not, each with what asks for it."""
        return sorted(
            f"{request} ({why})" for request, why in self.asked.items() if not self.estate.decide(request).is_allowed
        )

    @property
    def let_through(self) -> list[str]:
        """Requests that must never be allowed and are."""
        return sorted(str(request) for request in self.forbidden if self.estate.decide(request).is_allowed)

    @property
    def unused(self) -> dict[str, list[str]]:
        """Actions and resources that are allowed and that nothing asks for, by statement."""
        found = {}
        for statement in self.estate.statements:
            if statement.allows:
                asked = self._used.get(statement, [])
                actions = {request.action for request in asked}
                resources = {request.resource for request in asked}
                unused = [
                    *(a for a in statement.actions if not any(text_fits(a.lower(), used.lower()) for used in actions)),
                    *(r for r in statement.resources if not any(arn_fits(r, used) for used in resources)),
                ]
                if unused:
                    found[str(statement)] = sorted(unused)
        return found

    @property
    def missed(self) -> list[str]:
        """Statements without which something is refused, or let through."""
        return sorted(str(statement) for statement in self.estate.statements if self._is_missed(statement))

    @property
    def needless(self) -> list[str]:
        """Statements without which everything that has to be allowed still is, and nothing more."""
        return sorted(str(statement) for statement in self.estate.statements if not self._is_missed(statement))

    def _is_missed(self, statement: Statement) -> bool:
        of_interest = self._used.get(statement, []) if statement.allows else self.forbidden
        return any(
            self.estate.decide(request, without=statement).is_allowed != statement.allows for request in of_interest
        )

    @cached_property
    def _used(self) -> dict[Statement, list[Request]]:
        """The allowed requests that each statement is about."""
        found: dict[Statement, list[Request]] = {}
        for request in self.asked:
            verdict = self.estate.decide(request)
            for statement in verdict.statements if verdict.is_allowed else ():
                found.setdefault(statement, []).append(request)
        return found


def review_applied(state: str, calls: Iterable[Call], organization: str | None) -> Review:
    """Review the applied policies against the calls of the functions, and those of AWS services for the stack.

    Args:
        state: as `terraform show -json` prints it.
        calls: as the emulator wrote them down.
        organization: the id of the organization; None where there is none.
    """
    estate = read_estate(applied(state), organization)
    return Review(estate, {**needs(calls, estate), **service_needs(estate)})
