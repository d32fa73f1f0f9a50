"""Replay: the decision again from its record alone; the bytes must match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sconto.domain.decision import decide, decide_nothing
from sconto.domain.judging import Judges
from sconto.domain.reasons import Rung
from sconto.domain.record import ABOVE_CEILING, stored
from sconto.domain.record_reading import cause_of, context_of, provenance_of, scores_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import shortlist


def replay(record: Mapping[str, Any], ruleset: Ruleset, judges: Judges) -> bytes:
    """The stored record that deciding *record*'s context again gives, on *ruleset*.

    The model is not run: its integer scores are taken from the record (replay level 1).
    """
    context = context_of(record)
    listed = shortlist(context, ruleset, judges)
    view = record["budgets"]
    if record["outcome"]["rung"] == Rung.NO_DISCOUNT.name:
        decision = decide_nothing(context, ruleset, listed, view, cause_of(record))
    else:
        scores = scores_of(record)
        decision = decide(context, ruleset, listed, scores, cause_of(record), view)
    if ABOVE_CEILING not in record["outcome"]:
        # Earlier versions did not look for it.
        decision = replace(decision, above_ceiling=())
    return stored(decision, provenance_of(record))
