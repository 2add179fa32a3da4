"""Calls about resources, made so that the failure of one resource does not affect the others.

* A call that AWS refuses is split in half until the refused resource is alone in its call.
* After three denials in a row, the function makes no further call of that kind to the account.
* An endpoint that does not answer is called once per invocation.
* A call that no longer fits into the time of the invocation is not started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from tag_governance.aws.errors import AWS_ERRORS, failure_of, is_role_error, is_unresponsive
from tag_governance.domain.arn import resource_id
from tag_governance.domain.budget import Budget, OutOfTime
from tag_governance.domain.failure import Failure, FailureKind, postponement
from tag_governance.domain.gap import ASSUME_ROLE, Gap

T = TypeVar("T")
P = TypeVar("P")


class Attempts:
    """Calls of one invocation.

    Args:
        budget: the time that is left.
        gaps: denials by account, as the ledger has them. The attribute `gaps` also holds those found in this
            invocation.
        now: the current time, for new denials.
        probing: resources for which a call is made although their account denied it before.
    """

    def __init__(
        self, budget: Budget, gaps: Mapping[str, Gap], now: Callable[[], datetime], probing: Iterable[str] = ()
    ) -> None:
        self.budget = budget
        self.gaps = dict(gaps)
        self._now = now
        self._probing = frozenset(probing)
        self._unresponsive: set[tuple[str, str, str]] = set()
        self._succeeded: set[tuple[str, str]] = set()

    def call_resources(
        self,
        place: tuple[str, str, str],
        operation: str,
        arns: tuple[str, ...],
        calls: int,
        call: Callable[[tuple[str, ...]], Mapping[str, T | Failure]],
    ) -> dict[str, T | Failure]:
        """Make a call for several resources, and find the ones for which it fails.

        Args:
            place: account, region and service of the call.
            operation: the operation, for example `ec2:CreateTags`.
            arns: the resources.
            calls: the number of calls that must fit into the time that is left.
            call: makes the call for the given ARNs and returns an answer by ARN. An answer may be a failure.

        Returns:
            An answer or a failure for each resource.
        """
        barred = self._skip_reason(place, operation, arns, calls)
        if barred is not None:
            return dict.fromkeys(arns, barred)
        subject = resource_id(arns[0]) if len(arns) == 1 else None
        try:
            answers = call(arns)
        except AWS_ERRORS as error:
            failure = failure_of(error, subject)
            if failure.is_transient and (failure.kind is not FailureKind.NOT_READY or len(arns) == 1):
                if is_unresponsive(error):
                    self._unresponsive.add(place)
                return dict.fromkeys(arns, failure)
            if is_role_error(error):
                return dict.fromkeys(arns, self._record_denial(place[0], ASSUME_ROLE, failure, arns[0]))
            if len(arns) == 1:
                return {arns[0]: self._record_failure(place[0], operation, failure, arns[0])}
            middle = len(arns) // 2
            first = self.call_resources(place, operation, arns[:middle], calls, call)
            return first | self.call_resources(place, operation, arns[middle:], calls, call)
        return {arn: self._record_answer(place[0], operation, answers[arn], arn) for arn in arns}

    def pages(self, pages: Iterable[P], calls: int) -> Iterator[P]:
        """Yield pages while time is left.

        Raises:
            OutOfTime: there are more pages than fit into the time.
        """
        for number, page in enumerate(pages, 1):
            yield page
            if not self.budget.allows(calls):
                raise OutOfTime(f"no time is left after {number} page(s)")

    def _skip_reason(
        self, place: tuple[str, str, str], operation: str, arns: tuple[str, ...], calls: int
    ) -> Failure | None:
        account = place[0]
        denial = self.gaps[account].blocking_denial(operation) if account in self.gaps else None
        if denial is not None and not self._probing.intersection(arns):
            return Failure(FailureKind.DENIED, denial.cause, denial.code, denying_account=account)
        if place in self._unresponsive:
            return postponement(f"{place[2]} of account {account} in {place[1]} does not answer")
        if not self.budget.allows(calls):
            return postponement("no time is left")
        return None

    def _record_answer(self, account: str, operation: str, answer: T | Failure, arn: str) -> T | Failure:
        if isinstance(answer, Failure):
            return self._record_failure(account, operation, answer, arn)
        self._succeeded.add((account, operation))
        if account in self.gaps:
            self.gaps[account] = self.gaps[account].without_denial(operation, self._now())
        return answer

    def _record_failure(self, account: str, operation: str, failure: Failure, arn: str) -> Failure:
        denied = failure.kind is FailureKind.DENIED
        return self._record_denial(account, operation, failure, arn) if denied else failure

    def _record_denial(self, account: str, operation: str, failure: Failure, arn: str) -> Failure:
        gap = self.gaps.get(account, Gap(account)).with_denial(operation, failure, arn, self._now())
        if (account, operation) in self._succeeded:
            gap = gap.without_denial(operation, self._now())  # only this resource is denied
        self.gaps[account] = gap
        return replace(failure, denying_account=account)
