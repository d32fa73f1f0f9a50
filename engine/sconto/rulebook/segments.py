"""Orders segments by what they need, so that each can be judged from facts already known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sconto.domain.condition import facts_needed
from sconto.domain.ruleset import Segment

_PREFIX = "segment."


def segment_levels(
    segments: Sequence[Segment],
) -> tuple[tuple[tuple[Segment, ...], ...], tuple[str, ...]]:
    """*segments* in levels, each using only earlier ones, ordered by id within a level.

    Returns the levels and, sorted, the ids that are left because they need each other.
    """
    waiting = {segment.id: segment for segment in segments}
    needs = {segment.id: _needs(segment, waiting) for segment in segments}
    levels = []
    while ready := sorted(i for i in waiting if not needs[i] & waiting.keys()):
        levels.append(tuple(waiting[i] for i in ready))
        waiting = {i: s for i, s in waiting.items() if i not in ready}
    return tuple(levels), tuple(sorted(waiting))


def _needs(segment: Segment, known: Mapping[str, Segment]) -> set[str]:
    named = (f.removeprefix(_PREFIX) for f in facts_needed(segment.condition))
    return {name for name in named if name in known}
