"""Parts of ARNs."""

from __future__ import annotations

import re

LONGEST_ARN = 2048
"""Bytes of an ARN. Source: the longest partition key of DynamoDB; AWS makes none that is longer."""


def resource_id(arn: str) -> str:
    """The id in an ARN whose last part is one: `.../i-0abc`, or the bucket of `arn:aws:s3:::bucket`."""
    return re.split("[:/]", arn)[-1]


def group_name(arn: str) -> str:
    """The name of an Auto Scaling group, which may hold slashes."""
    return arn.partition(":autoScalingGroupName/")[2]
