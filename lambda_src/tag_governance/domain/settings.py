"""Settings from the environment, validated once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """Error: the environment of the function is incomplete or invalid."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Names and numbers that Terraform passes to the functions."""

    policy_bucket: str
    policy_sha256: str
    """Hash of the deployed document, which also names its object in the bucket."""
    policy_inline: str
    """The gzipped document in base64 if it fits into the environment, else empty."""
    ledger_table: str
    notification_topic_arn: str
    chat_topic_arn: str
    """Topic of the chat channels; empty if there are none."""
    events_queue_url: str
    dead_letter_queue_url: str
    metric_namespace: str
    max_failures: int
    """Number of failures caused by a message itself after which it goes to the dead-letter queue."""
    max_receive_count: int
    """Number of receives after which a message goes to the dead-letter queue, for any reason."""
    ledger_retention_days: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment.

        Raises:
            SettingsError: a variable is missing or not a number. The message names it.
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
            policy_sha256=text("POLICY_SHA256"),
            policy_inline=environment.get("POLICY_INLINE", ""),
            ledger_table=text("LEDGER_TABLE"),
            notification_topic_arn=text("NOTIFICATION_TOPIC_ARN"),
            chat_topic_arn=environment.get("CHAT_TOPIC_ARN", ""),
            events_queue_url=text("EVENTS_QUEUE_URL"),
            dead_letter_queue_url=text("DEAD_LETTER_QUEUE_URL"),
            metric_namespace=text("METRIC_NAMESPACE"),
            max_failures=number("MAX_FAILURES"),
            max_receive_count=number("MAX_RECEIVE_COUNT"),
            ledger_retention_days=number("LEDGER_RETENTION_DAYS"),
        )
