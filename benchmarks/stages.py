"""Where one decision's time goes: the real method on real bytes, with a watch on its parts.

The real functions are wrapped where their callers look them up, so nothing is copied and caches
are as warm as they are in a server. A part's time leaves out the parts that run within it.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import pkgutil
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

import uvloop

from measures import Spread, spread
from scenario import bodies, decide_of, with_new_id
from sconto.bootstrap import GC_ALLOCATIONS, Engine, open_engine
from sconto.settings import Settings

WARM_UP: Final = 100

RULES: Final = "rules"
JUDGE: Final = "the judge"
"""Runs within the rules, and is shown as a part of them."""

WATCHED: Final = (
    ("parse", "sconto.api.endpoint.parsed"),
    ("read", "sconto.api.decision_service.decision_context"),
    ("look up", "sconto.api.decision_service.request_hash"),
    ("look up", "sconto.api.decision_service.earlier_answer"),
    ("look up", "sconto.store.sqlite.SqliteStore.usage"),
    (RULES, "sconto.app.decide.shortlist"),
    (JUDGE, "sconto.rulebook.judge.fallback.GuardedJudge.judge"),
    ("features", "sconto.scoring.reading.Reading.row"),
    ("features", "sconto.scoring.answer.Row.packed"),
    ("model", "sconto.scoring.scorer.OnnxScorer.score"),
    ("choose and recheck", "sconto.app.decide.decide"),
    ("record", "sconto.app.decide.columns_of"),
    ("record", "sconto.app.decide.canonical"),
    ("render", "sconto.api.decision_service._Rendering.__call__"),
)
"""Stage and the function that belongs to it; several functions of a stage add up."""

COMMIT: Final = ("commit", "sconto.store.sqlite.SqliteStore.commit_decision")
OTHER: Final = "everything else"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its time for a decision, and its share of all the time in percent."""

    name: str
    time_us: Spread
    share: float


@dataclass(slots=True)
class Watch:
    """Adds up each stage's own time, for one decision at a time."""

    spent: dict[str, float] = field(default_factory=dict)
    within: list[float] = field(default_factory=list)

    def enter(self) -> float:
        """Begin a stage inside the one that runs; returns the instant for `leave`."""
        self.within.append(0.0)
        return time.perf_counter()

    def leave(self, stage: str, begun: float) -> None:
        """End the stage that was entered last: its time, less that of the stages inside it."""
        took = time.perf_counter() - begun
        self.spent[stage] = self.spent.get(stage, 0.0) + took - self.within.pop()
        if self.within:
            self.within[-1] += took


class Trailers:
    """Stands where gRPC's context would: takes the trailing metadata, and fails on an error."""

    def time_remaining(self) -> None:
        """Nobody waits."""

    def set_trailing_metadata(self, metadata: tuple[tuple[str, str], ...]) -> None:
        """Drop *metadata*."""

    def peer(self) -> str:
        """A caller of its own: attempts to guess codes are counted by it."""
        return "ipv4:127.0.0.1:1"

    async def abort(self, code: object, message: str, details: object) -> None:
        """Fail: a measured request must be a good one."""
        raise RuntimeError(f"{code}: {message} ({details})")


def time_stages(settings: Settings, seed: int, decisions: int) -> list[Stage]:
    """The stages of *decisions* decisions, one after the other, committed to a real file."""
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        open_engine(settings) as engine,
    ):
        return runner.run(_time(engine, bodies(seed, WARM_UP + decisions)))


async def _time(engine: Engine, sent: tuple[bytes, ...]) -> list[Stage]:
    decide = decide_of(engine)
    watch, samples, context = Watch(), [], Trailers()
    # As a server does once it is built.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)
    with _watched(watch):
        for body in sent:
            raw = with_new_id(body)
            watch.spent = {}
            begun = watch.enter()
            await decide(raw, context)
            watch.leave(OTHER, begun)
            samples.append(watch.spent)
    return _stages(samples[WARM_UP:])


def _stages(samples: list[dict[str, float]]) -> list[Stage]:
    total = sum(sum(sample.values()) for sample in samples)
    for sample in samples:
        sample[RULES] += sample.get(JUDGE, 0.0)
    names = [*dict.fromkeys(stage for stage, _ in WATCHED), COMMIT[0], OTHER]
    return [_stage(name, [s.get(name, 0.0) for s in samples], total) for name in names]


def _stage(name: str, seconds: list[float], total: float) -> Stage:
    return Stage(name, spread([s * 1e6 for s in seconds]), 100 * sum(seconds) / total)


@contextmanager
def _watched(watch: Watch) -> Iterator[None]:
    with ExitStack() as patches:
        for stage, target in WATCHED:
            real = pkgutil.resolve_name(target)
            patches.enter_context(patch(target, _timed(real, stage, watch)))
        stage, target = COMMIT
        real = pkgutil.resolve_name(target)
        patches.enter_context(patch(target, _timed_wait(real, stage, watch)))
        yield


def _timed(real: Callable[..., Any], stage: str, watch: Watch) -> Callable[..., Any]:
    @functools.wraps(real)
    def timed(*given: Any) -> Any:
        begun = watch.enter()
        try:
            return real(*given)
        finally:
            watch.leave(stage, begun)

    return timed


def _timed_wait(
    real: Callable[..., Coroutine[Any, Any, Any]], stage: str, watch: Watch
) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(real)
    async def timed(*given: Any) -> Any:
        begun = watch.enter()
        try:
            return await real(*given)
        finally:
            watch.leave(stage, begun)

    return timed
