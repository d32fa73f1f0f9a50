"""Reload: good rules take over whole, bad ones change nothing, and no handle is left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from sconto.app.in_force import Outcome, PolicyHolder
from sconto.app.ports import Policy
from sconto.app.publications import Publication
from sconto.app.reload import Refused, Reloader, ReloadPorts
from sconto.domain.canonical import canonical, parse
from sconto.domain.condition import Comparison, Condition, Op
from sconto.domain.judging import Judge, Verdicts
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleFinding, StoreUnavailable
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.judge import rete
from sconto.rulebook.judge.fallback import GuardedJudge
from sconto.rulebook.judge.reference import ReferenceJudge
from sconto.rulebook.loader import load_folder
from sconto.rulebook.policies import policy_from, policy_of
from sconto.store.memory import MemoryStore
from support import builders, deciding, judges
from support.publishing import statement
from support.served import RULES

FINDING = RuleFinding("offers/a.yaml", 3, 5, "SCH-003", "key `x` is not known here", "remove", "")
START_US = builders.AS_OF_US
RELOADS = 40
PUBLICATION = Publication("p1", statement("sha256:1"), "ben", START_US, START_US)


@pytest.fixture(scope="module")
def retail() -> Ruleset:
    """The shipped retail rules."""
    return load_folder(RULES)


def renamed(ruleset: Ruleset, name: str) -> bytes:
    """The documents of *ruleset* with another name of the shop: another digest."""
    documents = parse(ruleset.documents)
    for document in documents:
        if document["kind"] == "shop":
            document["name"] = name
    return canonical(documents)


class Files:
    """The rule files: what checking them gives, one result after the other."""

    def __init__(self, *results: bytes | Refused | Exception) -> None:
        self.results = list(results)
        self.checking = 0
        self.most_at_once = 0
        self.begun = asyncio.Event()
        self.release_pages = asyncio.Event()
        self.release_pages.set()

    async def __call__(self) -> bytes | Refused:
        """See CheckRules."""
        self.checking += 1
        self.most_at_once = max(self.most_at_once, self.checking)
        self.begun.set()
        await self.release_pages.wait()
        self.checking -= 1
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


class Bench:
    """A Reloader with everything around it."""

    def __init__(self, ruleset: Ruleset, *results: bytes | Refused | Exception) -> None:
        self.holder = PolicyHolder(policy_of(ruleset), START_US)
        self.store: Any = MemoryStore()
        self.files = Files(*results)
        self.told: asyncio.Queue[bool] = asyncio.Queue()
        world = ReloadPorts(
            self.files, policy_from, self.store, lambda: START_US + 7, self.told.put
        )
        self.reloader = Reloader(self.holder, world)

    async def change(self) -> bool:
        """Change the files, and wait until health was told of it."""
        self.reloader.note_change()
        return await self.told.get()


@asynccontextmanager
async def bench(ruleset: Ruleset, *results: bytes | Refused | Exception) -> AsyncIterator[Bench]:
    """A bench whose Reloader runs for as long as the block lasts."""
    made = Bench(ruleset, *results)
    running = asyncio.create_task(made.reloader.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_good_rules_take_over_and_are_kept_first(retail: Ruleset) -> None:
    """The new ruleset decides, since the moment of the swap, and its documents are in the store."""
    documents = renamed(retail, "New name")
    async with bench(retail, documents) as b:
        assert await b.change()

    digest = b.holder().ruleset.digest
    assert digest != retail.digest
    assert documents == b.store.ruleset_documents(digest)
    assert (START_US + 7, 1, False) == (b.holder.since_us, b.holder.reloads, b.holder.pending)
    assert b.holder.last is not None
    assert (Outcome.LOADED, digest) == (b.holder.last.outcome, b.holder.last.digest)


async def test_bad_rules_change_nothing_but_what_is_told(retail: Ruleset) -> None:
    """The old policy stays, with its age; the findings are kept, and health is told."""
    async with bench(retail, Refused("offers/a.yaml:3:5: bad", (FINDING,))) as b:
        before = b.holder()
        assert not await b.change()

        assert b.holder() is before
    assert (START_US, 0) == (b.holder.since_us, b.holder.reloads)
    assert b.holder.last is not None
    assert (Outcome.REFUSED, "", (FINDING,)) == (
        b.holder.last.outcome,
        b.holder.last.digest,
        b.holder.last.findings,
    )


async def test_a_refusal_is_logged_with_file_line_and_column(
    retail: Ruleset, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names each place that must be mended."""
    async with bench(retail, Refused("bad", (FINDING,))) as b:
        await b.change()

    assert "offers/a.yaml:3:5: SCH-003 key `x` is not known here" in caplog.messages


async def test_mended_files_make_it_well_again(retail: Ruleset) -> None:
    """Back at what is in force, nothing is loaded, and the last attempt is a good one."""
    async with bench(retail, Refused("bad"), retail.documents) as b:
        before = b.holder()
        assert not await b.change()
        assert await b.change()

        assert b.holder() is before
    assert b.holder.last is not None
    assert (Outcome.UNCHANGED, 0) == (b.holder.last.outcome, b.holder.reloads)


async def test_reloads_never_overlap_and_no_change_is_lost(retail: Ruleset) -> None:
    """Changes noted during an attempt lead to one more, after it, and are pending until then."""
    documents = [renamed(retail, f"Name {i}") for i in range(2)]
    async with bench(retail, *documents) as b:
        b.files.release_pages.clear()
        b.reloader.note_change()
        await b.files.begun.wait()
        for _ in range(5):
            b.reloader.note_change()
        assert b.holder.pending
        b.files.release_pages.set()
        assert (True, True) == (await b.told.get(), await b.told.get())

    assert (1, 2, False) == (b.files.most_at_once, b.holder.reloads, b.holder.pending)
    assert [] == b.files.results


async def test_rules_that_can_not_be_kept_do_not_take_over(retail: Ruleset) -> None:
    """Without its documents in the store a decision could not be replayed."""

    class Full(MemoryStore):
        async def keep_ruleset(self, digest: str, documents: bytes) -> None:
            """Fail."""
            raise StoreUnavailable("no space left")

    async with bench(retail, renamed(retail, "New name")) as b:
        object.__setattr__(b.reloader._ports, "store", Full())
        before = b.holder()
        assert not await b.change()

        assert b.holder() is before
    assert b.holder.last is not None
    assert "no space left" == b.holder.last.error


@pytest.mark.usefixtures("caplog")
async def test_a_fault_in_a_reload_does_not_end_reloading(retail: Ruleset) -> None:
    """The next change is looked at as if nothing had happened."""
    async with bench(retail, KeyError("x"), renamed(retail, "New name")) as b:
        assert not await b.change()
        assert await b.change()

    assert 1 == b.holder.reloads


class SlowStore(MemoryStore):
    """A store that swaps the policy while a decision is being committed."""

    def __init__(self, holder: PolicyHolder, policy: Policy) -> None:
        super().__init__()
        self._holder = holder
        self._policy = policy

    async def commit_decision(self, write: Any) -> Any:
        """See Store."""
        self._holder.swap(self._policy, START_US)
        return await super().commit_decision(write)


async def test_a_decision_under_way_ends_on_the_ruleset_it_started_with() -> None:
    """A swap in the midst of a decision does not reach it; the next one has the new ruleset."""
    old, new = (builders.ruleset(builders.offer(name, 500)) for name in ("old", "new"))
    first = deciding.command(old, builders.context())
    holder = PolicyHolder(first.policy, START_US)
    other = deciding.command(new, builders.context(), request_id="r2").policy
    decider = deciding.decider(SlowStore(holder, other))

    answer = await decider.decide(first, canonical)

    assert old.digest == parse(answer.reply)["ruleset"]
    assert new.digest == holder().ruleset.digest


class Handles:
    """The rule engine with a count of the handles that are open."""

    def __init__(self) -> None:
        self.open: set[Any] = set()

    def __getattr__(self, name: str) -> Any:
        """Whatever the engine has."""
        return getattr(self._engine, name)

    _engine = rete.engine

    def create_ruleset(self, name: str, rules: str) -> Any:
        """Open one."""
        handle = self._engine.create_ruleset(name, rules)
        self.open.add(handle)
        return handle

    def delete_ruleset(self, handle: Any) -> None:
        """Close one."""
        self._engine.delete_ruleset(handle)
        self.open.remove(handle)


@pytest.fixture(scope="module")
def _others_set_aside() -> Iterator[None]:
    """What earlier tests left is looked through once, and not after each test of this module."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def handles(_others_set_aside: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handles]:
    """Counts engine handles."""
    gc.collect()
    counted = Handles()
    monkeypatch.setattr(rete, "engine", counted)
    yield counted
    gc.collect()


async def threads_ended() -> None:
    """Wait until the threads that policies are made in hold nothing any more."""
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_many_reloads_leave_no_handle_behind(retail: Ruleset, handles: Handles) -> None:
    """In the end exactly the handles of one policy are open, and never those of many."""
    documents = [renamed(retail, f"Name {i}") for i in range(RELOADS)]
    async with bench(retail, *documents) as b:
        alone = len(handles.open)
        counts = [len(handles.open) for _ in documents if await b.change()]
        await threads_ended()

        assert 0 < alone == len(handles.open)
    # A thread that made a policy may hold it a moment longer.
    assert max(counts) <= 4 * alone
    assert RELOADS == b.holder.reloads


async def test_an_old_policy_is_freed_by_its_last_decision(
    retail: Ruleset, handles: Handles
) -> None:
    """While a decision holds the old policy, its handles stay open."""
    async with bench(retail, renamed(retail, "New name")) as b:
        alone = len(handles.open)
        held = b.holder()
        await b.change()
        await threads_ended()
        while_held = len(handles.open)
        del held

        assert (2 * alone, alone) == (while_held, len(handles.open))


def test_a_handle_that_broke_is_never_closed(
    retail: Ruleset, handles: Handles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting what failed can bring the process down, so that it is leaked instead."""
    monkeypatch.setattr("sconto.rulebook.judge.fallback.MAX_REBUILDS", 0)
    policy = policy_of(retail)
    alone = len(handles.open)
    rules: Any = policy.judges.rules
    broken: Any = rules._engine
    rules._abandon(broken, rete.EngineBroken("test"))
    del policy, rules

    columns = (*broken._request, *broken._own)
    kept = {handle._handle for column in columns for handle in column._handles}
    assert kept == handles.open
    assert 0 < len(kept) < alone


class Cracked(ReferenceJudge):
    """An engine that fails at the first call."""

    def judge(self, *_: Any) -> list[Verdicts]:
        """Fail."""
        raise rete.EngineBroken("test")


def test_an_engine_that_is_built_too_late_is_closed_at_once(handles: Handles) -> None:
    """A rebuild that ends after its policy has gone leaves nothing open."""
    go_on = threading.Event()
    condition = Comparison("basket.lines", Op.GT, 3)

    def build(conditions: Sequence[Condition]) -> Judge:
        if threading.current_thread() is threading.main_thread():
            return Cracked(conditions)
        go_on.wait()
        return rete.ReteJudge(conditions)

    guarded = GuardedJudge([condition], build)
    assert [Verdicts(1, 0)] == guarded.judge({"basket.lines": 4}, {}, (1,))
    (rebuild,) = [t for t in threading.enumerate() if t.name == "rule-engine-rebuild"]
    guarded.close()
    go_on.set()
    rebuild.join()

    assert set() == handles.open
    assert [Verdicts(1, 0)] == guarded.judge({"basket.lines": 4}, {}, (1,))


async def test_files_have_nothing_to_say_once_rules_were_published(retail: Ruleset) -> None:
    """Neither a change noted afterwards nor an attempt under way replaces a publication."""
    kept = asyncio.Event()

    async def keep(*_: Any) -> None:
        kept.set()

    async with bench(retail, renamed(retail, "from files")) as b:
        b.store.keep_ruleset = keep
        b.files.release_pages.clear()
        b.reloader.note_change()
        await b.files.begun.wait()
        published = policy_of(ruleset_from_documents(renamed(retail, "published")))
        b.holder.publish(published, PUBLICATION, START_US)
        b.files.release_pages.set()
        await kept.wait()
        b.reloader.note_change()
        await asyncio.sleep(0)

    assert published is b.holder()
    assert (None, False, 0) == (b.holder.last, b.holder.pending, b.files.checking)
    assert b.holder.well


def test_rules_without_an_offer_are_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """At the start and at every change: whoever deleted all offers should know."""
    empty = replace(builders.ruleset(), offers=())
    holder = PolicyHolder(Policy(empty, judges.reference(empty)), 0)
    holder.swap(Policy(empty, judges.reference(empty)), 1)
    some = builders.ruleset()
    holder.swap(Policy(some, judges.reference(some)), 2)

    assert ["the rules have no offer: nobody gets a discount"] * 2 == caplog.messages
