"""Where everything meets: the only place that knows all adapters, the clock and fresh ids."""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import os
import platform
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import uuid_utils
import uvloop

from sconto.api.server import ServerSettings, start_server
from sconto.app.activate import TICK_US, Activator
from sconto.app.decide import Decider
from sconto.app.in_force import PolicyHolder
from sconto.app.people import People
from sconto.app.ports import Policy, Scorer, Store
from sconto.app.publications import Publications
from sconto.app.publish import Publisher, Publishing
from sconto.app.reload import CheckRules, Refused, Reloader, Reloading, Told
from sconto.domain.judging import Judges
from sconto.domain.ruleset import Ruleset
from sconto.errors import CorruptRecord, InvalidRules, ScontoError
from sconto.rulebook.compile import ruleset_from_documents
from sconto.rulebook.gate import CheckLimits, check_apart, check_documents_apart
from sconto.rulebook.judges import reference_judges
from sconto.rulebook.loader import load_folder
from sconto.rulebook.people import load_people
from sconto.rulebook.policies import policy_from, policy_of
from sconto.rulebook.watch import files_of, watch
from sconto.scoring.scorer import NoModel, OnnxScorer
from sconto.settings import Settings
from sconto.signing.keys import verified
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore

GC_ALLOCATIONS: Final = 50_000
"""A decision makes thousands of objects and no cycles: looking for some after each is a waste."""

DESK_KEY: Final = bytes(32)
"""Behind the shopper references of decisions that are not kept."""

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
    """A wired engine that keeps nothing: for one decision at a desk.

    Nothing is kept, so its shopper references hide nobody, and are always the same: the same
    request gets the same answer, whatever chance would have drawn.
    """
    with _wired(settings, _loaded(settings.rules), MemoryStore(), DESK_KEY) as engine:
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
    _people(settings)
    rules = await _published(settings, limits) or await _checked(check)
    with _on_disk(settings, rules) as engine:
        del rules
        ruleset = engine.policy.ruleset
        await engine.store.keep_ruleset(ruleset.digest, ruleset.documents)
        del ruleset
        publisher = _publisher(settings, engine, limits)
        activator = publisher.activator
        # What came due while no server ran decides from the first call on.
        await activator.tick()
        server = await start_server(
            engine.decider, publisher, engine.user_key, _listening(settings)
        )
        _settle_memory()

        async def tell(_: bool) -> None:
            await server.tell_rules(activator.well)

        world = Reloading(check, policy_from, engine.store, engine.decider.clock, tell)
        reloader = Reloader(engine.rules, world)
        running = (
            reloader.run(),
            watch(settings.rules, seen, reloader.note_change),
            _activate_for_ever(activator, tell),
        )
        async with _beside(running):
            ready(server.port)
            await server.serve_until_signal()


def _listening(settings: Settings) -> ServerSettings:
    return ServerSettings(
        host=settings.host,
        port=settings.port,
        reflection=settings.reflection,
        drain_seconds=settings.drain_seconds,
    )


def _settle_memory() -> None:
    """Spare the garbage collector what was built up to here, which lives long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)


@asynccontextmanager
async def _beside(running: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Have everything of *running* run for as long as the block lasts."""
    tasks = [asyncio.create_task(one) for one in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _activate_for_ever(activator: Activator, told: Told) -> None:
    """Put everything that was published in force at its time, and tell whether all is well."""
    while True:
        # Reloads tell too: what was said last is not known here, and saying it again is free.
        await told(activator.well)
        pause_us = TICK_US if activator.overdue else activator.wait_us()
        await asyncio.sleep(pause_us / 1_000_000)
        await activator.tick()


def _publisher(settings: Settings, engine: Engine, limits: CheckLimits) -> Publisher:
    clock, store = engine.decider.clock, engine.store
    world = Publishing(
        people=partial(_people, settings),
        verify=verified,
        check=partial(check_documents_apart, limits=limits),
        make=policy_from,
        store=store,
        clock=clock,
        new_id=engine.decider.new_id,
    )
    return Publisher(Activator(engine.rules, store, policy_from, clock), world)


def _people(settings: Settings) -> People | None:
    return None if settings.people is None else load_people(settings.people)


async def _published(settings: Settings, limits: CheckLimits) -> PolicyHolder | None:
    """The ruleset that the log says is in force, in force; None when nothing was published."""
    if not settings.log_file.exists():
        return None
    with closing(SqliteStore(settings.log_file)) as store:
        log = Publications()
        log.read(store)
        if log.active is None:
            return None
        documents = store.ruleset_documents(log.active.digest)
    if documents is None:
        raise CorruptRecord(f"the published ruleset `{log.active.digest}` is not kept")
    holder = await _checked(partial(check_documents_apart, documents, limits))
    holder.publication = log.active
    holder.since_us = log.active.activated_us or holder.since_us
    return holder


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
    # What the rules can't tell the model is logged now, not at the first decision.
    scorer.unfillable(rules().ruleset)
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
