"""Which rows a batch of writes can touch: what its Books are filled with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from sconto.app.ports import DecisionWrite, EventsWrite, PublicationWrite, StepWrite
from sconto.store.writes import Write


class Touched(NamedTuple):
    """What the writes of a batch name. What reservations of *decision_ids* draw on comes to it."""

    decision_ids: frozenset[str]
    """Of those that steps are about."""
    request_keys: frozenset[str]
    ledger_keys: frozenset[str]
    events: frozenset[tuple[str, str]]
    """Shopper and event_id."""
    known_until: int | None
    """The least event number up to which a decision has counted; None when none has."""
    rules: bool
    """Whether there is a publication."""

    @classmethod
    def by(cls, writes: Sequence[Write]) -> Self:
        """What *writes* can touch."""
        decisions = [w for w in writes if isinstance(w, DecisionWrite)]
        steps = [w for w in writes if isinstance(w, StepWrite)]
        of_rules = [w.entries[0] for w in writes if isinstance(w, PublicationWrite)]
        sent = [e for w in writes if isinstance(w, EventsWrite) for e in w.events]
        stepped = (*steps, *(w.replaces for w in decisions if w.replaces))
        keys = [
            *(w.request_key for w in decisions),
            *(w.request_key for w in steps),
            *(w.request_key for w in of_rules),
        ]
        counted = [w.behaviour_seq for w in decisions if w.discount]
        return cls(
            decision_ids=frozenset(w.decision_id for w in stepped),
            request_keys=frozenset(keys),
            ledger_keys=frozenset(draw.key for w in decisions for draw in w.draws),
            events=frozenset((e.user_ref, e.event_id) for e in sent),
            known_until=min((seq for seq in counted if seq is not None), default=None),
            rules=bool(of_rules),
        )
