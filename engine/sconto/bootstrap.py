"""Where everything meets: the only place that knows all adapters, the clock and fresh ids."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import uuid_utils

from sconto.app.activate import Activator
from sconto.app.callers import Admission
from sconto.app.decide import Decider
from sconto.app.in_force import PolicyHolder
from sconto.app.people import People
from sconto.app.ports import Policy, Scorer, Store
from sconto.app.publish import Publisher, Publishing
from sconto.app.renewed import Renewed
from sconto.app.signed_rules import SignedRules
from sconto.app.transparency.checkpoint import Checkpoints
from sconto.files import states_of
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.gate import CheckLimits, check_documents_apart
from sconto.rulebook.loader import load_folder
from sconto.rulebook.policies import policy_from, policy_of, reference_policy
from sconto.rulebook.read.callers import is_url, load_callers
from sconto.rulebook.read.signers import load_people
from sconto.rulebook.read.tenants import load_tenants
from sconto.scoring.scorer import NoModel, OnnxScorer
from sconto.settings import Settings, TenantSettings
from sconto.signing.keys import verified
from sconto.signing.log_key import log_key
from sconto.signing.token_keys import KeyFile, KeyUrl, TokenKeys
from sconto.signing.tokens import Tokens
from sconto.store.memory import MemoryStore
from sconto.store.place import Place, place_of

GC_ALLOCATIONS: Final = 50_000
"""A decision makes thousands of objects and no cycles: looking for some after each is a waste."""

OFFLINE_KEY: Final = bytes(32)
"""Behind the shopper references of decisions that are not kept."""


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
    rules, key = _loaded(settings.rules), user_key(settings)
    with (
        closing(log_place(settings).store()) as store,
        wired(settings, rules, store, key) as engine,
    ):
        yield engine


@contextmanager
def open_offline(settings: Settings) -> Iterator[Engine]:
    """A wired engine that keeps nothing, for decisions without a server.

    Nothing is kept, so its shopper references hide nobody, and are always the same: the same
    request gets the same answer, whatever chance would have drawn.
    """
    # Without a record of list prices, what the request says of them is all that there is.
    ruleset = load_folder(settings.rules).without_price_history()
    rules = PolicyHolder(policy_of(ruleset), now_us())
    with wired(settings, rules, MemoryStore(), OFFLINE_KEY) as engine:
        yield engine


def publisher(settings: Settings, engine: Engine, limits: CheckLimits) -> Publisher:
    """What takes publications, and puts them in force in *engine*."""
    clock, store, signed = engine.decider.clock, engine.store, signed_rules(settings)
    world = Publishing(
        signed=signed,
        check=partial(check_documents_apart, limits=limits),
        make=policy_from,
        store=store,
        clock=clock,
        new_id=engine.decider.new_id,
    )
    return Publisher(Activator(engine.rules, store, policy_from, clock, signed), world)


def signed_rules(settings: Settings) -> SignedRules:
    """What checks published rules against the people that *settings* trust."""
    return SignedRules(partial(people, settings), verified)


def people(settings: Settings) -> People | None:
    """Who may publish rules, as their file says now; raises InvalidPeople."""
    return None if settings.people is None else load_people(settings.people)


def tenants_of(settings: Settings) -> dict[str, TenantSettings]:
    """The settings of each tenant; of one without a name where no file names any.

    Raises InvalidTenants.
    """
    if settings.tenants is None:
        return {"": TenantSettings(settings)}
    return load_tenants(settings.tenants, settings)


def admission(path: Path, tenants: Collection[str]) -> Renewed[Admission]:
    """Who may call, as the file *path* says, each of one of *tenants*.

    Raises InvalidCallers, or Unavailable without keys.
    """
    named = frozenset(tenants) - {""}
    urls: dict[str, KeyUrl] = {}

    def read() -> Admission:
        callers = load_callers(path, named)
        if (terms := callers.tokens) is None:
            return Admission(callers, None)
        if is_url(terms.keys):
            # Keys that were had stay when the file changes.
            keys: TokenKeys = urls.setdefault(terms.keys, KeyUrl(terms.keys, now_us))
        else:
            keys = KeyFile(Path(terms.keys))
        return Admission(callers, Tokens(terms, keys, now_us))

    return Renewed("file of callers", partial(states_of, (path,)), read)


def _loaded(folder: Path) -> PolicyHolder:
    """The rules in *folder*, loaded in this process, in force."""
    return PolicyHolder(policy_of(load_folder(folder)), now_us())


@contextmanager
def wired(settings: Settings, rules: PolicyHolder, store: Store, key: bytes) -> Iterator[Engine]:
    """An engine that decides by *rules* against *store*; *key* is behind shopper references."""
    scorer = _scorer(settings)
    # What the rules can't tell the model is logged now, not at the first decision.
    scorer.unfillable(rules().ruleset)
    decider = Decider(store, scorer, now_us, new_decision_id, _versions(), time.perf_counter_ns)
    try:
        yield Engine(rules, store, scorer, decider, key)
    finally:
        scorer.close()


def _scorer(settings: Settings) -> OnnxScorer | NoModel:
    if settings.model is None:
        return NoModel()
    return OnnxScorer(settings.model, settings.model_timeout_ms / 1_000)


def log_place(settings: Settings) -> Place:
    """Where the decision log is."""
    return place_of(settings.store, settings.log_file)


def user_key(settings: Settings) -> bytes:
    """The key behind shopper references; see `Place.key`."""
    return log_place(settings).key(settings.key_file, begin_anew=settings.begin_anew)


async def checkpoints(settings: Settings, store: Store) -> Checkpoints:
    """What signs the log in *store*, which is the one that its key knows.

    Raises Unavailable without the key of a signed log, LogForked for another log.
    """
    fresh = not await store.read(store.checkpoint)
    signing = Checkpoints(store, log_key(settings.log_key_file, fresh=fresh))
    await signing.advance()
    return signing


def compile_documents(documents: bytes) -> Policy:
    """The ruleset that *documents* hold, with the reference evaluator as its judge.

    A replay judged by other code than the one that decided is worth more.
    """
    return reference_policy(ruleset_from_documents(documents))


def _versions() -> dict[str, str]:
    return {
        "sconto": importlib.metadata.version("sconto"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
