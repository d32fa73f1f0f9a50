"""Where everything meets: the only place that knows all adapters, the clock and fresh ids."""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import os
import platform
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import uuid_utils
import uvloop

from sconto.api.server import ServerSettings, start_server
from sconto.app.decide import Decider
from sconto.app.in_force import PolicyHolder
from sconto.app.ports import Policy, Scorer, Store
from sconto.app.reload import CheckRules, Refused, Reloader, Reloading
from sconto.domain.judging import Judges
from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, ScontoError
from sconto.rulebook.compile import ruleset_from_documents
from sconto.rulebook.gate import CheckLimits, check_apart
from sconto.rulebook.judges import reference_judges
from sconto.rulebook.loader import load_folder
from sconto.rulebook.policies import policy_from, policy_of
from sconto.rulebook.watch import Seen, files_of, watch
from sconto.scoring.scorer import NoModel, OnnxScorer
from sconto.settings import Settings
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore

GC_ALLOCATIONS: Final = 50_000
"""A decision makes thousands of objects and no cycles: looking for some after each is a waste."""

KEY_BYTES: Final = 32
"""Length of the key behind shopper references: that of the hash it keys."""


class RulesUnfit(ScontoError):
    """Rules whose check failed although no file is at fault: it was late, or it crashed."""

    code = "RULES_UNFIT"
    help = "run `sconto rules lint` on the folder; if it finds nothing, look for what changed last"


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that answers requests, wired."""

    rules: PolicyHolder
    store: Store
    scorer: Scorer
    decider: Decider
    user_key: bytes

    @property
    def policy(self) -> Policy:
        """The policy in force. Don't keep it: a kept policy is never freed."""
        return self.rules()


def now_us() -> int:
    """The present instant, microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


def new_decision_id() -> str:
    """A fresh UUIDv7 (RFC 9562): ids sort by the time they were made."""
    return str(uuid_utils.uuid7())


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """A wired engine over the data folder of *settings*, closed on the way out.

    Raises InvalidRules, ModelUnusable or StoreUnavailable when a part can't be opened.
    """
    with _on_disk(settings, _loaded(settings.rules)) as engine:
        yield engine


@contextmanager
def open_offline(settings: Settings) -> Iterator[Engine]:
    """A wired engine that keeps nothing: for one decision at a desk."""
    key = secrets.token_bytes(KEY_BYTES)
    with _wired(settings, _loaded(settings.rules), MemoryStore(), key) as engine:
        yield engine


def run_server(settings: Settings, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain. *ready* is told the port once calls are answered.

    Rules are checked in a process apart, now and whenever their files change. Raises what
    `open_engine` raises, ScontoError when that check fails without a finding, and OSError when the
    address can't be had: a server never starts on less than it was told to serve.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[int], None]) -> None:
    limits = CheckLimits(settings.rules_check_seconds, settings.rules_check_bytes)
    check = partial(check_apart, settings.rules, limits)
    seen = files_of(settings.rules)
    with _on_disk(settings, await _checked(check)) as engine:
        ruleset = engine.policy.ruleset
        await engine.store.keep_ruleset(ruleset.digest, ruleset.documents)
        del ruleset
        listening = ServerSettings(
            host=settings.host,
            port=settings.port,
            reflection=settings.reflection,
            drain_seconds=settings.drain_seconds,
        )
        server = await start_server(engine.decider, engine.rules, engine.user_key, listening)
        # What was built up to here lives long: no collection need look at it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_ALLOCATIONS)
        world = Reloading(check, policy_from, engine.store, engine.decider.clock, server.tell_rules)
        async with _reloading(settings.rules, seen, Reloader(engine.rules, world)):
            ready(server.port)
            await server.serve_until_signal()


@asynccontextmanager
async def _reloading(folder: Path, seen: Seen, reloader: Reloader) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(reloader.run()),
        asyncio.create_task(watch(folder, seen, reloader.note_change)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _checked(check: CheckRules) -> PolicyHolder:
    """The rules as they are now, in force; raises when they can't be served."""
    documents = await check()
    if isinstance(documents, Refused):
        raise (
            InvalidRules(documents.findings) if documents.findings else RulesUnfit(documents.error)
        )
    return PolicyHolder(await policy_from(documents), now_us())


def _loaded(folder: Path) -> PolicyHolder:
    """The rules in *folder*, loaded in this process, in force."""
    return PolicyHolder(policy_of(load_folder(folder)), now_us())


@contextmanager
def _on_disk(settings: Settings, rules: PolicyHolder) -> Iterator[Engine]:
    key = user_key(settings)
    store = SqliteStore(settings.log_file)
    try:
        with _wired(settings, rules, store, key) as engine:
            yield engine
    finally:
        store.close()


@contextmanager
def _wired(settings: Settings, rules: PolicyHolder, store: Store, key: bytes) -> Iterator[Engine]:
    scorer = _scorer(settings)
    decider = Decider(store, scorer, now_us, new_decision_id, _versions())
    try:
        yield Engine(rules, store, scorer, decider, key)
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
    return ruleset, reference_judges(ruleset)


def _versions() -> dict[str, str]:
    return {
        "sconto": importlib.metadata.version("sconto"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
