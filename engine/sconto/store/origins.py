"""What tells a behaviour event from every other, so that it is kept once."""

from __future__ import annotations

from typing import NamedTuple


class Origin(NamedTuple):
    """Whose event it is, and where it came from: `<kind>/<decision id>` or `sent/<event id>`.

    The prefix keeps a caller from taking the place of an event of ours with an id of its choice.
    """

    user_ref: str
    source: str


def own(user_ref: str, kind: str, decision_id: str) -> Origin:
    """The origin of the event of *kind* that a decision made."""
    return Origin(user_ref, f"{kind}/{decision_id}")


def sent(user_ref: str, event_id: str) -> Origin:
    """The origin of an event that a checkout sent."""
    return Origin(user_ref, f"sent/{event_id}")
