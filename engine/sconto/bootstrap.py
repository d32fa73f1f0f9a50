"""Where everything meets: the only place that knows all adapters, the clock and fresh ids."""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uuid_utils
import uvloop

from sconto.api.server import ServerSettings, start_server
from sconto.app.decide import Decider
from sconto.app.ports import Policy, Scorer, Store
from sconto.domain.judging import Judges
from sconto.domain.ruleset import Ruleset
from sconto.errors import ScontoError
from sconto.rulebook.compile import ruleset_from_documents
from sconto.rulebook.judges import judges_for
from sconto.rulebook.loader import load_folder
from sconto.rulebook.reference import ReferenceJudge
from sconto.scoring.scorer import NoModel, OnnxScorer
from sconto.settings import Settings
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore

GC_ALLOCATIONS: Final = 50_000
"""A decision makes thousands of objects and no cycles: looking for some after each is a waste."""

KEY_BYTES: Final = 32
"""Length of the key behind shopper references: that of the hash it keys."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that answers requests, wired."""

    policy: Policy
    store: Store
    scorer: Scorer
    decider: Decider
    user_key: bytes


def now_us() -> int:
    """The present instant, microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


def new_decision_id() -> str:
    """A fresh UUIDv7 (RFC 9562): ids sort by the time they were made."""
    return str(uuid_utils.uuid7())


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """A wired engine over the data folder of *settings*, closed on the way out.

    Raises InvalidRules, ModelUnusable or StoreUnavailable when a part can't be opened: a server
    never starts on less than it was told to serve.
    """
    key = user_key(settings)
    store = SqliteStore(settings.log_file)
    try:
        with _wired(settings, store, key) as engine:
            yield engine
    finally:
        store.close()


def run_server(settings: Settings, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain. *ready* is told the port once calls are answered.

    Raises what `open_engine` raises, and OSError when the address can't be had.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[int], None]) -> None:
    with open_engine(settings) as engine:
        ruleset = engine.policy.ruleset
        await engine.store.keep_ruleset(ruleset.digest, ruleset.documents)
        listening = ServerSettings(
            host=settings.host,
            port=settings.port,
            reflection=settings.reflection,
            drain_seconds=settings.drain_seconds,
        )
        server = await start_server(
            engine.decider, lambda: engine.policy, engine.user_key, listening
        )
        # What was built up to here lives as long as the server: no collection need look at it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_ALLOCATIONS)
        ready(server.port)
        await server.serve_until_signal()


@contextmanager
def open_offline(settings: Settings) -> Iterator[Engine]:
    """A wired engine that keeps nothing: for one decision at a desk."""
    with _wired(settings, MemoryStore(), secrets.token_bytes(KEY_BYTES)) as engine:
        yield engine


@contextmanager
def _wired(settings: Settings, store: Store, key: bytes) -> Iterator[Engine]:
    ruleset = load_folder(settings.rules)
    scorer = _scorer(settings)
    decider = Decider(store, scorer, now_us, new_decision_id, _versions())
    try:
        yield Engine(Policy(ruleset, judges_for(ruleset)), store, scorer, decider, key)
    finally:
        scorer.close()


def _scorer(settings: Settings) -> OnnxScorer | NoModel:
    if settings.model is None:
        return NoModel()
    return OnnxScorer(settings.model, settings.model_timeout_ms / 1_000)


def user_key(settings: Settings) -> bytes:
    """The key behind shopper references; made, readable by its owner only, on first use."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(settings.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(settings.key_file)
    with os.fdopen(handle, "wb") as file:
        file.write(key := secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return key


def _read_key(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ScontoError(f"`{path}` does not hold a key of {KEY_BYTES} bytes")
    return key


def compile_documents(documents: bytes) -> tuple[Ruleset, Judges]:
    """The ruleset that *documents* hold, with the reference evaluator as its judge.

    A replay judged by other code than the one that decided is worth more.
    """
    ruleset = ruleset_from_documents(documents)
    levels = tuple(
        ReferenceJudge([segment.condition for segment in level]) for level in ruleset.segment_levels
    )
    rules = ReferenceJudge([rule.condition for rule in ruleset.rules])
    return ruleset, Judges(levels, rules, ReferenceJudge(tuple(ruleset.line_conditions.values())))


def _versions() -> dict[str, str]:
    return {
        "sconto": importlib.metadata.version("sconto"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
