"""Notices to one owner for many launches, compared with one message per launch."""

from __future__ import annotations

from collections.abc import Iterator

from tools.bench import baseline
from tools.simulation.runner import run
from tools.simulation.scenario import HOME, Action, History

OWNER = "ana@example.com"
CASES = {
    "scale_out_30": (30, 600, "single launches of an Auto Scaling group within 10 minutes"),
    "launches_200": (200, 60, "launches by one person within a minute"),
}


def figures() -> Iterator[dict[str, object]]:
    """Count the notices without a digest, and with a digest of 15 minutes."""
    for name, (launches, seconds, what) in CASES.items():
        for minutes in (0, 15):
            outcome = run(launch_history(name, launches, seconds, minutes))
            notices = sum(notice["body"]["owner"] == OWNER for notice in outcome.published)
            yield {
                "figure": f"notices_{name}_digest_{minutes}",
                "unit": "messages to one owner",
                "value": notices,
                "rival": "one message for each launch",
                "rival_value": launches,
                "ratio": round(notices / launches, 3),
                "before": baseline.NOTICES[name],
                "note": f"{launches} {what}",
            }


def launch_history(name: str, launches: int, seconds: float, digest_minutes: int) -> History:
    """Build launches at equal intervals. Those of a group have only an owner tag, those of a person no tags."""
    group = name.startswith("scale_out")
    birth = {
        "type": "ec2:instance",
        "account": HOME,
        "region": "us-east-1",
        "actor": None if group else OWNER,
        "tags": {"Owner": OWNER} if group else {},
        "tagged_after": False,
    }
    actions = (Action(i * seconds / launches, "create", f"r{i}", birth) for i in range(launches))
    return History(seed=1, name=name, digest_minutes=digest_minutes, hours=1, actions=tuple(actions))
