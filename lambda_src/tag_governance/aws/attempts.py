"""The way in which every call about resources is made, so that one resource never costs its neighbours.

A call that AWS refuses is halved until the resource that it is refused for stands alone. An account that denies the
same thing three times in a row is asked no more. An endpoint that gives no answer is asked once. A call that no longer
fits into the time of the invocation is not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from tag_governance.aws.errors import AWS_ERRORS, failure_of, is_about_the_role, is_silence
from tag_governance.domain.arn import resource_id
from tag_governance.domain.budget import Budget, OutOfTime
from tag_governance.domain.failure import Failure, FailureKind, postponed
from tag_governance.domain.gap import ASSUME_ROLE, Gap

T = TypeVar("T")
P = TypeVar("P")


class Attempts:
    """The calls of one invocation.

    Args:
        budget: how much time is left.
        gaps: what accounts deny, by account, as the ledger has it; `gaps` then holds what was learnt.
        now: the current time, for new denials.
        probing: the resources with which accounts are asked again.
    """

    def __init__(
        self, budget: Budget, gaps: Mapping[str, Gap], now: Callable[[], datetime], probing: Iterable[str] = ()
    ) -> None:
        self.budget = budget
        self.gaps = dict(gaps)
        self._now = now
        self._probing = frozenset(probing)
        self._silent: set[tuple[str, str, str]] = set()
        self._succeeded: set[tuple[str, str]] = set()

    def each(
        self,
        place: tuple[str, str, str],
        operation: str,
        arns: tuple[str, ...],
        calls: int,
        call: Callable[[tuple[str, ...]], Mapping[str, T | Failure]],
    ) -> dict[str, T | Failure]:
        """Make a call for some resources, and find those that it is refused for.

        Args:
            place: account, region and service that are called.
            operation: the operation, as in `ec2:CreateTags`.
            arns: the resources.
            calls: how many calls have to fit into the time that is left before this one begins.
            call: makes it for these resources and answers by ARN; it may answer with failures of its own.

        Returns:
            An answer or a failure for each resource.
        """
        barred = self._barred(place, operation, arns, calls)
        if barred is not None:
            return dict.fromkeys(arns, barred)
        subject = resource_id(arns[0]) if len(arns) == 1 else None
        try:
            answers = call(arns)
        except AWS_ERRORS as error:
            failure = failure_of(error, subject)
            if failure.is_transient and (failure.kind is not FailureKind.NOT_READY or len(arns) == 1):
                if is_silence(error):
                    self._silent.add(place)
                return dict.fromkeys(arns, failure)
            if is_about_the_role(error):
                return dict.fromkeys(arns, self._denied(place[0], ASSUME_ROLE, failure, arns[0]))
            if len(arns) == 1:
                return {arns[0]: self._refused(place[0], operation, failure, arns[0])}
            middle = len(arns) // 2
            first = self.each(place, operation, arns[:middle], calls, call)
            return first | self.each(place, operation, arns[middle:], calls, call)
        return {arn: self._answered(place[0], operation, answers[arn], arn) for arn in arns}

    def pages(self, pages: Iterable[P], calls: int) -> Iterator[P]:
        """Take pages as long as the time allows.

        Raises:
            OutOfTime: there are more of them.
        """
        for number, page in enumerate(pages, 1):
            yield page
            if not self.budget.allows(calls):
                raise OutOfTime(f"no time was left after {number} page(s)")

    def _barred(self, place: tuple[str, str, str], operation: str, arns: tuple[str, ...], calls: int) -> Failure | None:
        account = place[0]
        denial = self.gaps[account].blocking(operation) if account in self.gaps else None
        if denial is not None and not self._probing.intersection(arns):
            return Failure(FailureKind.DENIED, denial.cause, denial.code, blocked=account)
        if place in self._silent:
            return postponed(f"{place[2]} of account {account} in {place[1]} gives no answer")
        if not self.budget.allows(calls):
            return postponed("no time was left")
        return None

    def _answered(self, account: str, operation: str, answer: T | Failure, arn: str) -> T | Failure:
        if isinstance(answer, Failure):
            return self._refused(account, operation, answer, arn)
        self._succeeded.add((account, operation))
        if account in self.gaps:
            self.gaps[account] = self.gaps[account].answered(operation, self._now())
        return answer

    def _refused(self, account: str, operation: str, failure: Failure, arn: str) -> Failure:
        denied = failure.kind is FailureKind.DENIED
        return self._denied(account, operation, failure, arn) if denied else failure

    def _denied(self, account: str, operation: str, failure: Failure, arn: str) -> Failure:
        gap = self.gaps.get(account, Gap(account)).denied(operation, failure, arn, self._now())
        if (account, operation) in self._succeeded:
            gap = gap.answered(operation, self._now())  # this resource alone waits
        self.gaps[account] = gap
        return replace(failure, blocked=account)
