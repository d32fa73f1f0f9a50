"""A backtest wired: rules and log from where they were named, a sample drawn, a report made."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final

from sconto.app.backtest.log import Span
from sconto.app.backtest.metrics import Threshold
from sconto.app.backtest.report import About, report_of
from sconto.app.backtest.run import Run
from sconto.app.backtest.tally import Tally
from sconto.app.backtest.task import Decided, Unreadable
from sconto.app.backtest.world import World, shared_holders
from sconto.bootstrap import GC_ALLOCATIONS
from sconto.cli.backtest_hands import Setting, desk, hands, kept_ruleset
from sconto.cli.exits import Exit, Failure
from sconto.cli.progress import Advance, progress
from sconto.domain.ruleset import Ruleset
from sconto.errors import NotFound
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.store.log_reader import SqliteLog

LOGGED: Final = "logged"
"""Names the side that stands for what was really decided."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    old: str
    new: str
    data: Path
    from_us: int | None
    to_us: int | None
    sample: int | None
    model: Path | None
    workers: int
    thresholds: Sequence[Threshold]


def backtest(asked: Asked) -> tuple[dict[str, Any], Tally]:
    """The report on the backtest that was *asked* for, and the tally behind it.

    Raises InvalidRules, NotFound, StoreUnavailable and ModelUnusable.
    """
    log_file = Settings(rules=Path(), data=asked.data).log_file
    if not log_file.is_file():
        message = f"there is no decision log in `{asked.data}`"
        raise Failure(message, "name the server's data folder with `--log`", Exit.UNAVAILABLE)
    log = SqliteLog(log_file)
    try:
        old = None if asked.old == LOGGED else _ruleset(asked.old, log)
        new = _ruleset(asked.new, log)
        span = log.span(asked.from_us, asked.to_us)
        chosen = _sample(log, span, asked.sample)
    finally:
        log.close()
    tally = Tally(span, new.currency, followed=chosen is None)
    setting = Setting(log_file, old.documents if old else None, new.documents, asked.model)
    _run(setting, tally, _shared(old, new), chosen, asked.workers)
    return report_of(tally, _about(asked, old, new, chosen), asked.thresholds), tally


def _run(
    setting: Setting,
    tally: Tally,
    shared: frozenset[str],
    chosen: frozenset[int] | None,
    workers: int,
) -> None:
    gc.set_threshold(GC_ALLOCATIONS)
    span = tally.span
    total = span.decisions if chosen is None else len(chosen)
    own = desk(setting)
    try:
        run = Run(own.log, own.sides, span, shared, chosen)
        with hands(setting, own, workers) as many, progress("Backtesting", total) as advance:
            run.go(many, _Told(tally, advance))
    finally:
        own.log.close()


class _Told:
    """Tells the tally, and whoever watches."""

    def __init__(self, tally: Tally, advance: Advance) -> None:
        self._tally = tally
        self._advance = advance

    def decided(self, decided: Decided, worlds: tuple[World, World]) -> None:
        """See Listener."""
        self._tally.decided(decided, worlds)
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


def _about(asked: Asked, old: Ruleset | None, new: Ruleset, chosen: frozenset[int] | None) -> About:
    both = (*(old.guardrails if old else ()), *new.guardrails)
    return About(
        old=asked.old,
        old_digest=old.digest if old else "",
        new=asked.new,
        new_digest=new.digest,
        log=str(asked.data),
        sampled=None if chosen is None else len(chosen),
        limits={guardrail.id: guardrail.name for guardrail in both},
    )
