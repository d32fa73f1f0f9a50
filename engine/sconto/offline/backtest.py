"""A backtest from named rules and a log: reads both, draws a sample, makes the report."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final

from sconto.app.backtest.budget_state import BudgetState, shared_holders
from sconto.app.backtest.log import Span
from sconto.app.backtest.metrics import Threshold
from sconto.app.backtest.report import About, report_of
from sconto.app.backtest.run import Run
from sconto.app.backtest.tally import Tally
from sconto.app.backtest.task import Decided, Unreadable
from sconto.app.shop_currency import other_currency
from sconto.bootstrap import GC_ALLOCATIONS
from sconto.domain.ruleset import Ruleset
from sconto.errors import NotFound
from sconto.offline.backtest_workers import Setup, kept_ruleset, start_workers, worker
from sconto.offline.log import log_settings
from sconto.rulebook.loader import load_folder
from sconto.store.log_reader import SqliteLog

LOGGED: Final = "logged"
"""The name of the side that stands for the logged decisions."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a backtest."""

    old: str
    new: str
    data: Path
    from_us: int | None
    to_us: int | None
    sample: int | None
    model: Path | None
    workers: int
    thresholds: Sequence[Threshold]


Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Opens a progress display over a number of decisions; yields the callback that moves it."""


def backtest(options: Options, progress: Progress) -> tuple[dict[str, Any], Tally]:
    """The report on a backtest with *options*, and the tally behind it.

    Raises InvalidRules, NotFound, StoreUnavailable, ModelUnusable and Unavailable.
    """
    log_file = log_settings(options.data, "--log").log_file
    log = SqliteLog(log_file)
    try:
        old = None if options.old == LOGGED else _ruleset(options.old, log)
        new = _ruleset(options.new, log)
        _check_currency(log, new if old is None else old, new)
        span = log.span(options.from_us, options.to_us)
        chosen = _sample(log, span, options.sample)
    finally:
        log.close()
    tally = Tally(span, new.currency, followed=chosen is None)
    setup = Setup(log_file, old.documents if old else None, new.documents, options.model)
    _run(setup, tally, _shared(old, new), chosen, options.workers, progress)
    return report_of(tally, _about(options, old, new, chosen), options.thresholds), tally


def _run(
    setup: Setup,
    tally: Tally,
    shared: frozenset[str],
    chosen: frozenset[int] | None,
    workers: int,
    progress: Progress,
) -> None:
    gc.set_threshold(GC_ALLOCATIONS)
    span = tally.span
    total = span.decisions if chosen is None else len(chosen)
    own = worker(setup)
    try:
        run = Run(own.log, own.sides, span, shared, chosen)
        with start_workers(setup, own, workers) as started, progress(total) as advance:
            run.go(started, _Listener(tally, advance))
    finally:
        own.log.close()


class _Listener:
    """Counts each decision in the tally and moves the progress display."""

    def __init__(self, tally: Tally, advance: Callable[[int], None]) -> None:
        self._tally = tally
        self._advance = advance

    def decided(self, decided: Decided, states: tuple[BudgetState, BudgetState]) -> None:
        """See Listener."""
        self._tally.decided(decided, states)
        self._advance(1)

    def unreadable(self, entry: Unreadable) -> None:
        """See Listener."""
        self._tally.unreadable(entry)


def _ruleset(name: str, log: SqliteLog) -> Ruleset:
    """The ruleset in the folder *name*, or the one that the log keeps under a digest."""
    if Path(name).is_dir() or not name.startswith("sha256:"):
        return load_folder(Path(name))
    digests = [digest for digest in log.digests() if digest.startswith(name)]
    if len(digests) != 1:
        found = "several rulesets" if digests else "no ruleset"
        raise NotFound(f"the log keeps {found} under `{name}`")
    ruleset = kept_ruleset(log, digests[0])
    if ruleset is None:
        raise NotFound(f"the ruleset `{digests[0]}` can't be read by this version")
    return ruleset


def _check_currency(log: SqliteLog, *rulesets: Ruleset) -> None:
    """Raise Unavailable for rules in another own currency than the log's amounts."""
    kept = log.shop_currency()
    for ruleset in rulesets:
        if kept not in {"", ruleset.shop_currency}:
            raise other_currency(ruleset.shop_currency, kept)


def _shared(old: Ruleset | None, new: Ruleset) -> frozenset[str]:
    return shared_holders({**(old.zones if old else {}), **new.zones})


def _sample(log: SqliteLog, span: Span, wanted: int | None) -> frozenset[int] | None:
    """The decisions of a sample: the same from the same log, spread over all of it."""
    if wanted is None or wanted >= span.decisions:
        return None
    drawn = nsmallest(
        wanted,
        log.ids(span.first, span.last),
        key=lambda named: hashlib.sha256(named[1].encode()).digest(),
    )
    return frozenset(seq for seq, _ in drawn)


def _about(
    options: Options, old: Ruleset | None, new: Ruleset, chosen: frozenset[int] | None
) -> About:
    both = (*(old.guardrails if old else ()), *new.guardrails)
    return About(
        old=options.old,
        old_digest=old.digest if old else "",
        new=options.new,
        new_digest=new.digest,
        log=str(options.data),
        sampled=None if chosen is None else len(chosen),
        limits={guardrail.id: guardrail.name for guardrail in both},
    )
