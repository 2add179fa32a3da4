"""Messages to one owner about many launches, compared with a message for each launch."""

from __future__ import annotations

from collections.abc import Iterator

from tools.bench import before
from tools.simulation.runner import run
from tools.simulation.scenario import HOME, Action, History

OWNER = "ana@example.com"
CASES = {
    "scale_out_30": (30, 600, "single launches of an Auto Scaling group within 10 minutes"),
    "launches_200": (200, 60, "launches by one person within a minute"),
}


def figures() -> Iterator[dict[str, object]]:
    """Count the notices when each is sent at once, and when they are gathered for a quarter of an hour."""
    for name, (launches, seconds, what) in CASES.items():
        for minutes in (0, 15):
            outcome = run(launched(name, launches, seconds, minutes))
            notices = sum(notice["body"]["owner"] == OWNER for notice in outcome.published)
            yield {
                "figure": f"notices_{name}_digest_{minutes}",
                "unit": "messages to one owner",
                "value": notices,
                "rival": "one message for each launch",
                "rival_value": launches,
                "ratio": round(notices / launches, 3),
                "before": before.NOTICES[name],
                "note": f"{launches} {what}",
            }


def launched(name: str, launches: int, seconds: float, digest_minutes: int) -> History:
    """Make launches at equal intervals. Those of the group carry only an owner tag, those of a person no tag."""
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
