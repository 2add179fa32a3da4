"""AWS sessions of all commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taggov.costs.sources.base import SourceError

if TYPE_CHECKING:
    import boto3


def session_of(profile: str | None) -> boto3.Session:
    """Open a session with a profile, or with the credentials of the environment.

    Raises:
        SourceError: there is no such profile.
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session(profile_name=profile)
    except BotoCoreError as error:
        raise SourceError(f"--profile {profile}: {error}") from None
