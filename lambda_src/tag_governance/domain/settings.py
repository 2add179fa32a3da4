"""The environment, read once into one validated value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """The function is deployed with an environment that it cannot work with."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Names and numbers that Terraform gives the functions."""

    policy_bucket: str
    policy_key: str
    policy_version_id: str
    policy_sha256: str
    policy_inline: str
    """base64 of the gzipped document when it is small enough for the environment, else empty."""
    ledger_table: str
    notification_topic_arn: str
    events_queue_url: str
    dead_letter_queue_url: str
    metric_namespace: str
    max_failures: int
    """A message that failed so often by its own fault goes to the dead-letter queue."""
    max_receive_count: int
    """A message that was received so often goes there whatever the reason."""
    ledger_retention_days: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment.

        Raises:
            SettingsError: a variable is missing or not a number; the message names it.
        """

        def text(name: str) -> str:
            value = environment.get(name)
            if not value:
                raise SettingsError(f"environment variable {name} is missing or empty")
            return value

        def number(name: str) -> int:
            value = text(name)
            if not value.isdecimal() or int(value) < 1:
                raise SettingsError(f"environment variable {name} is {value!r}, expected a whole number above 0")
            return int(value)

        return cls(
            policy_bucket=text("POLICY_BUCKET"),
            policy_key=text("POLICY_KEY"),
            policy_version_id=text("POLICY_VERSION_ID"),
            policy_sha256=text("POLICY_SHA256"),
            policy_inline=environment.get("POLICY_INLINE", ""),
            ledger_table=text("LEDGER_TABLE"),
            notification_topic_arn=text("NOTIFICATION_TOPIC_ARN"),
            events_queue_url=text("EVENTS_QUEUE_URL"),
            dead_letter_queue_url=text("DEAD_LETTER_QUEUE_URL"),
            metric_namespace=text("METRIC_NAMESPACE"),
            max_failures=number("MAX_FAILURES"),
            max_receive_count=number("MAX_RECEIVE_COUNT"),
            ledger_retention_days=number("LEDGER_RETENTION_DAYS"),
        )
