"""Review of policies: refused requests, unused grants and needless statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tools.emulator.calls import Call
from tools.permissions.calls import needs, service_needs
from tools.permissions.estate import Estate, applied_resources, read_estate
from tools.permissions.policy import Request, Statement, arn_fits, text_fits


@dataclass(frozen=True)
class Review:
    """Policies of an estate, compared with required and forbidden requests.

    Args:
        required: requests that must be allowed, and what needs them.
        forbidden: requests that must not be allowed.
    """

    estate: Estate
    required: Mapping[Request, str]
    forbidden: frozenset[Request] = frozenset()

    @property
    def refused_requests(self) -> list[str]:
        """Required requests that are refused, with what needs them."""
        return sorted(
            f"{request} ({why})" for request, why in self.required.items() if not self.estate.decide(request).is_allowed
        )

    @property
    def allowed_forbidden(self) -> list[str]:
        """Forbidden requests that are allowed."""
        return sorted(str(request) for request in self.forbidden if self.estate.decide(request).is_allowed)

    @property
    def unused_grants(self) -> dict[str, list[str]]:
        """Allowed actions and resources that no request uses, by statement."""
        found = {}
        for statement in self.estate.statements:
            if statement.allows:
                required = self._requests_of_statement.get(statement, [])
                actions = {request.action for request in required}
                resources = {request.resource for request in required}
                unused = [
                    *(a for a in statement.actions if not any(text_fits(a.lower(), used.lower()) for used in actions)),
                    *(r for r in statement.resources if not any(arn_fits(r, used) for used in resources)),
                ]
                if unused:
                    found[str(statement)] = sorted(unused)
        return found

    @property
    def needed_statements(self) -> list[str]:
        """Statements without which a required request is refused, or a forbidden one allowed."""
        return sorted(str(statement) for statement in self.estate.statements if self._is_needed(statement))

    @property
    def needless_statements(self) -> list[str]:
        """Statements without which the result of no request changes."""
        return sorted(str(statement) for statement in self.estate.statements if not self._is_needed(statement))

    def _is_needed(self, statement: Statement) -> bool:
        of_interest = self._requests_of_statement.get(statement, []) if statement.allows else self.forbidden
        return any(
            self.estate.decide(request, without=statement).is_allowed != statement.allows for request in of_interest
        )

    @cached_property
    def _requests_of_statement(self) -> dict[Statement, list[Request]]:
        """The allowed requests that each statement matches."""
        found: dict[Statement, list[Request]] = {}
        for request in self.required:
            verdict = self.estate.decide(request)
            for statement in verdict.statements if verdict.is_allowed else ():
                found.setdefault(statement, []).append(request)
        return found


def review_applied(state: str, calls: Iterable[Call], organization: str | None) -> Review:
    """Review the applied policies against the calls of the functions, and those of AWS services for the stack.

    Args:
        state: the output of `terraform show -json`.
        calls: the calls that the emulator recorded.
        organization: the id of the organization, or None.
    """
    estate = read_estate(applied_resources(state), organization)
    return Review(estate, {**needs(calls, estate), **service_needs(estate)})
