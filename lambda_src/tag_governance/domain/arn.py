"""Parts of ARNs."""

from __future__ import annotations

import re

LONGEST_ARN = 2048
"""Bytes of an ARN. Source: the longest partition key of DynamoDB; AWS creates no longer ARNs."""


def resource_id(arn: str) -> str:
    """Return the last part of an ARN: the id of `.../i-0abc`, or the bucket of `arn:aws:s3:::bucket`."""
    return re.split("[:/]", arn)[-1]


def group_name(arn: str) -> str:
    """Return the name of an Auto Scaling group, which may contain slashes."""
    return arn.partition(":autoScalingGroupName/")[2]
