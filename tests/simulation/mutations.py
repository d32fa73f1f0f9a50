"""Faults to build into the product or the database; each returns the words by which it is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from sconto.app import decide, idempotency, lifecycle, publish, returns
from sconto.app.idempotency import Answer
from sconto.app.ports import Committed, DecisionWrite, Reservation, Step, StepWrite
from sconto.store import books
from sconto.store.books import Books
from sconto.store.committer import Committer
from sconto.store.sqlite import SqliteStore
from simulation.database import Database

Patch = pytest.MonkeyPatch


def budget_back_twice(patch: Patch) -> str:
    """A release that comes again, under another request_id, gives budget back once more."""
    _allow(patch, Step.RELEASE)
    return "release of|had no answer"


def expiry_whatever_the_state(patch: Patch) -> str:
    """What was redeemed or released meanwhile expires too."""
    _allow(patch, Step.EXPIRE)
    return "expiry of|had no answer"


def redeemed_twice(patch: Patch) -> str:
    """Two tills redeem one decision."""
    _allow(patch, Step.REDEEM)
    return "redemption of|after its time"


def redeemed_late(patch: Patch) -> str:
    """Nobody looks at the time of a reservation."""
    allows = books._state_allows

    def late(write: StepWrite, held: Reservation) -> bool:
        return allows(replace(write, at_us=0) if write.step is Step.REDEEM else write, held)

    patch.setattr(books, "_state_allows", late)
    return "was redeemed after its time"


def limits_unchecked(patch: Patch) -> str:
    """A limit is looked at when a discount is chosen, and not when it is committed."""

    def unlimited(write: DecisionWrite) -> DecisionWrite:
        return write._replace(draws=tuple(d._replace(limit=1 << 40) for d in write.draws))

    _before_decisions(patch, unlimited)
    return "above its limit"


def signals_unchecked(patch: Patch) -> str:
    """A discount that was given meanwhile is not counted."""
    _before_decisions(patch, lambda write: write._replace(behaviour_seq=None))
    return "discounts in an hour"


def answers_forgotten(patch: Patch) -> str:
    """Nobody remembers which requests were answered."""
    patch.setattr(Books, "_answered", lambda self, write: None)
    return "had no answer|and was refused"


def bodies_not_compared(patch: Patch) -> str:
    """Another body under a known request_id gets the answer that is kept there."""
    for module in (decide, idempotency, lifecycle, publish, returns):
        patch.setattr(module, "same_request", lambda stored, request_hash: stored.reply)
    return "two bodies"


def acknowledged_before_commit(patch: Patch) -> str:
    """The database answers first, and commits in its turn."""
    receive = Database.receive

    def early(self: Database, writes: Sequence[Any], answer: Callable[[list[Any]], None]) -> None:
        receive(self, writes, lambda outcomes: None)
        answer([Committed(1)] * len(writes))

    patch.setattr(Database, "receive", early)
    return "0 times kept"


def silence_taken_for_success(patch: Patch) -> str:
    """A commit without an answer is told to have succeeded."""
    run = Committer._run

    def hopeful(self: Committer, batch: Sequence[Any]) -> list[Any]:
        return [
            (job, Committed(1) if isinstance(outcome, Exception) else outcome)
            for job, outcome in run(self, batch)
        ]

    patch.setattr(Committer, "_run", hopeful)
    return "0 times kept"


def crash_loses_the_last_commit(patch: Patch) -> str:
    """The disk was not waited for: what was committed last is gone after a crash."""
    commit_next, crash = Database.commit_next, Database.crash
    before: dict[Database, sqlite3.Connection] = {}

    def commit(self: Database) -> None:
        self.connection.backup(before.setdefault(self, sqlite3.connect(":memory:")))
        commit_next(self)

    def lose(self: Database) -> None:
        crash(self)
        if self in before:
            before[self].backup(self.connection)

    patch.setattr(Database, "commit_next", commit)
    patch.setattr(Database, "crash", lose)
    return "were lost|0 times kept"


def rulesets_not_kept(patch: Patch) -> str:
    """Published documents are in the log by their digest alone."""

    async def forget(self: SqliteStore, digest: str, documents: bytes) -> None:
        """See Store."""

    patch.setattr(SqliteStore, "keep_ruleset", forget)
    return "not kept"


def own_return_refused(patch: Patch) -> str:
    """A return that was sent twice is refused for what it took back itself."""
    patch.setattr(returns, "unless_answered", _refused)
    return "Return .* is entry .* and was refused"


def own_publication_refused(patch: Patch) -> str:
    """A publication that was sent twice is out of turn behind itself."""
    patch.setattr(publish, "unless_answered", _refused)
    return "PublishRules .* is entry .* and was refused"


async def _refused(_store: object, _key: str, _hash: bytes, made: Awaitable[Answer]) -> Answer:
    return await made


def _allow(patch: Patch, step: Step) -> None:
    allows = books._state_allows
    patch.setattr(books, "_state_allows", lambda w, held: w.step is step or allows(w, held))


def _before_decisions(patch: Patch, change: Callable[[DecisionWrite], DecisionWrite]) -> None:
    add = Books.add_decision
    patch.setattr(Books, "add_decision", lambda self, write: add(self, change(write)))


MUTATIONS: Final = (
    budget_back_twice,
    expiry_whatever_the_state,
    redeemed_twice,
    redeemed_late,
    limits_unchecked,
    signals_unchecked,
    answers_forgotten,
    bodies_not_compared,
    acknowledged_before_commit,
    silence_taken_for_success,
    crash_loses_the_last_commit,
    rulesets_not_kept,
    own_return_refused,
    own_publication_refused,
)
