"""Batching: every resource is in exactly one call, and equal changes share calls. The limits are in
`aws/test_limits.py`."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tag_governance.decision.plan import plan_reads, plan_writes
from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.model import Fix, Observation, Problem, Source, Status, Verdict, Violation

CATALOGUE = load_catalogue()
TYPES = {"ec2:instance": "ec2", "s3:bucket": "s3", "sqs:queue": "tagging", "iam:role": "native"}


def seen(number: int, resource_type: str, account: str, region: str) -> Observation:
    return Observation(
        arn=f"arn:aws:x:{region}:{account}:{resource_type}/{number}",
        resource_type=resource_type,
        account=account,
        region=region,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        source=Source.CREATION,
        event_id="e",
    )


def wrong(observation: Observation, value: str) -> Verdict:
    violation = Violation("Owner", Problem.MISSING, fix=Fix("Owner", value, "default"))
    return Verdict(observation, Status.NON_COMPLIANT, violations=(violation,))


OBSERVATIONS = st.lists(
    st.builds(
        seen,
        st.integers(0, 500),
        st.sampled_from(sorted(TYPES)),
        st.sampled_from(["111111111111", "222222222222"]),
        st.sampled_from(["us-east-1", "eu-west-1"]),
    ),
    max_size=400,
)


@given(OBSERVATIONS)
def test_every_resource_is_read_once_with_its_api_account_and_region(found: list[Observation]) -> None:
    calls = plan_reads(found, CATALOGUE)
    assert sorted(arn for call in calls for arn in call.arns) == sorted({o.arn for o in found})
    places = {o.arn: (o.account, o.region, TYPES[o.resource_type]) for o in found}
    assert all(places[arn] == (call.account, call.region, call.api) for call in calls for arn in call.arns)


@given(OBSERVATIONS, st.integers(1, 3))
def test_equal_changes_share_calls_and_unequal_ones_never_do(found: list[Observation], values: int) -> None:
    unique = {o.arn: o for o in found}
    value_of = {arn: f"v{i % values}" for i, arn in enumerate(unique)}
    calls = plan_writes([wrong(o, value_of[o.arn]) for o in found], CATALOGUE)
    assert sorted(arn for call in calls for arn in call.arns) == sorted(unique)
    assert all(dict(call.tags) == {"Owner": value_of[arn]} for call in calls for arn in call.arns)


def test_a_type_without_tag_api_is_read_but_not_written() -> None:
    project = seen(1, "codebuild:project", "111111111111", "us-east-1")
    assert [call.api for call in plan_reads([project], CATALOGUE)] == ["tagging"]
    assert plan_writes([wrong(project, "x")], CATALOGUE) == []


def test_the_order_of_calls_is_independent_of_the_order_of_events() -> None:
    mixed = [seen(n, t, a, "us-east-1") for n, t in enumerate(TYPES) for a in ("222222222222", "111111111111")]
    assert plan_reads(mixed, CATALOGUE) == plan_reads(list(reversed(mixed)), CATALOGUE)
