"""Worker processes of a backtest, each with rules and log of its own."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from sconto.app.backtest.comparison import RulesetComparison
from sconto.app.backtest.redecide import Redecider
from sconto.app.backtest.run import Result
from sconto.app.backtest.task import Item, Task, work
from sconto.app.ports import Scorer
from sconto.bootstrap import GC_ALLOCATIONS
from sconto.domain.ruleset import Ruleset
from sconto.errors import ScontoError
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.policies import policy_of
from sconto.scoring.scorer import OnnxScorer
from sconto.store.log_reader import SqliteLog

MODEL_SECONDS: Final = 60.0
"""Nobody waits at a till, and a late model would make two runs differ."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The log, the rules of both sides and the model; *old* None means the logged decisions."""

    log_file: Path
    old: bytes | None
    """Canonical documents of a ruleset."""
    new: bytes
    model: Path | None


@dataclass(frozen=True, slots=True)
class Worker:
    """The open log and both sides' rules of one process."""

    log: SqliteLog
    sides: RulesetComparison

    def work(self, task: Task) -> list[Item]:
        """Decide *task*."""
        return work(task, self.log, self.sides)


def worker(setup: Setup) -> Worker:
    """A worker in this process."""
    log = SqliteLog(setup.log_file)
    scorer = None if setup.model is None else OnnxScorer(setup.model, MODEL_SECONDS)

    @cache
    def ruleset_of(digest: str) -> Ruleset | None:
        return kept_ruleset(log, digest)

    def redecider(documents: bytes, scorer: Scorer | None) -> Redecider:
        policy = policy_of(ruleset_from_documents(documents))
        return Redecider(policy, ruleset_of, log.behaviour, scorer)

    old = None if setup.old is None else redecider(setup.old, scorer)
    return Worker(log, RulesetComparison(old, redecider(setup.new, scorer), ruleset_of))


def kept_ruleset(log: SqliteLog, digest: str) -> Ruleset | None:
    """The ruleset that the log keeps under *digest*; None when it is not there or can't be read."""
    documents = log.ruleset_documents(digest)
    try:
        return None if documents is None else ruleset_from_documents(documents)
    except ScontoError:
        return None


class _InProcess:
    """Runs each task in this process when its result is asked for."""

    at_once = 0

    def __init__(self, own: Worker) -> None:
        self._own = own

    def submit(self, task: Task) -> Result:
        """See Workers."""
        return lambda: self._own.work(task)


class _Pool:
    """Runs tasks in a pool of processes."""

    def __init__(self, pool: ProcessPoolExecutor, at_once: int) -> None:
        self._pool = pool
        self.at_once = at_once

    def submit(self, task: Task) -> Result:
        """See Workers."""
        return self._pool.submit(_work, task).result


@contextmanager
def start_workers(setup: Setup, own: Worker, count: int) -> Iterator[_InProcess | _Pool]:
    """*count* worker processes; with less than two, *own* does the work in this process."""
    if count < 2:  # noqa: PLR2004 - one process beside this one would only wait for it
        yield _InProcess(own)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, spawn, _begin, (setup,)) as pool:
        try:
            yield _Pool(pool, count)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_workers: list[Worker] = []
"""The worker of this process, where it is one of the pool."""


def _begin(setup: Setup) -> None:
    _workers.append(worker(setup))
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)


def _work(task: Task) -> list[Item]:
    return _workers[0].work(task)
