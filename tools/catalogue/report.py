"""What the catalogue covers, and what it leaves out with the reason."""

from __future__ import annotations

from .document import Generated


def report(generated: Generated) -> str:
    """Numbers first, then every row that is not covered."""
    types = generated.document["types"]
    events = {(c["event_source"], c["event_name"]) for entry in types for c in entry["create"]}
    lines = [
        f"{len(types)} resource types, {len(events)} create events, {len({s for s, _ in events})} event sources",
        "generated from " + ", ".join(f"{k} {v}" for k, v in generated.document["generated_from"].items()),
        f"{sum(bool(entry['request_tag_actions']) for entry in types)} types can be guarded by an SCP, "
        f"{sum(entry['enforced_for'] is not None for entry in types)} by a tag policy, which reports "
        f"{sum(entry['report_required_tag_for'] is not None for entry in types)} when a tag is missing",
        "",
        f"left out, or covered in part: {len(generated.unresolved)}",
    ]
    return "\n".join([*lines, *(f"- {row.what}: {row.reason}" for row in generated.unresolved)]) + "\n"
