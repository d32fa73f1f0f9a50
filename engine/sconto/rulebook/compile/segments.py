"""Orders segments by what they need, so that each can be judged from facts already known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sconto.domain.condition import facts_needed
from sconto.domain.ruleset import Segment

_PREFIX = "segment."


def segment_levels(
    segments: Sequence[Segment],
) -> tuple[tuple[tuple[Segment, ...], ...], Mapping[str, tuple[str, ...]]]:
    """*segments* in levels, each using only earlier ones, ordered by id within a level.

    Returns the levels and, for each segment that needs itself, the shortest way round.
    """
    waiting = {segment.id: segment for segment in segments}
    needs = {segment.id: _needs(segment, waiting) for segment in segments}
    levels = []
    while ready := sorted(i for i in waiting if not needs[i] & waiting.keys()):
        levels.append(tuple(waiting[i] for i in ready))
        waiting = {i: s for i, s in waiting.items() if i not in ready}
    left = {i: needs[i] & waiting.keys() for i in waiting}
    circles = {i: _way_back(i, left) for i in waiting}
    return tuple(levels), {i: circle for i, circle in sorted(circles.items()) if circle}


def _way_back(start: str, needs: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The shortest way from *start* through what it needs back to it; empty when there is none."""
    waiting, came_from = [start], {start: start}
    for last in waiting:
        if start in needs[last]:
            way = [start]
            while last != start:
                way.append(last)
                last = came_from[last]  # noqa: PLW2901 - the way is walked back
            return (start, *reversed(way))
        for need in sorted(n for n in needs[last] if n not in came_from):
            came_from[need] = last
            waiting.append(need)
    return ()


def _needs(segment: Segment, known: Mapping[str, Segment]) -> set[str]:
    named = (f.removeprefix(_PREFIX) for f in facts_needed(segment.condition))
    return {name for name in named if name in known}
