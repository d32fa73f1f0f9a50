"""Logs with entries of every kind, signed, and what verifies them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from contract.writes import decision, draw, publication, replacing, returning, step
from sconto.app.ports import RulesStep, Step, Store
from sconto.app.transparency.checkpoint import Checkpoint, Checkpoints
from sconto.domain.canonical import canonical, digest
from sconto.signing.log_key import LogKey, log_key
from sconto.store.sqlite import SqliteStore
from sconto.verify.note import Verifier
from sconto.verify.run import Report, Trusted, verify

RULES: Final = b"[]"
_ACTIVATED: Final = canonical({"digest": digest(RULES)})


async def add_entries(store: Store, first: int, count: int) -> None:
    """Add *count* entries of every kind to *store*, from decision number *first* on."""
    for n in range(first, first + count, 14):
        drawn = draw("all/all/total", 10, 1_000_000)
        for extra in range(5):
            own = draw(f"cap/u{n + extra}/week", 4)
            await store.commit_decision(decision(n + extra, drawn, own, user=f"u{n + extra}"))
        for kind, at in ((Step.REDEEM, 0), (Step.REDEEM, 1), (Step.RELEASE, 2)):
            await store.commit_step(step(n + at, kind))
        less = draw("all/all/total", 3, 1_000_000)
        await store.commit_step(returning(n, 1, less, discount=3))
        await store.commit_step(returning(n + 1, 1, discount=0, last=True))
        await store.commit_decision(replacing(n + 3, decision(n + 5, drawn, user=f"u{n + 3}")))
        after = max((entry.seq for entry in store.publications(0)), default=0)
        asked = publication(n, RulesStep.PUBLICATION, RulesStep.ACTIVATION, after_seq=after)
        entries = tuple(replace(entry, record=_ACTIVATED) for entry in asked.entries)
        await store.commit_publication(replace(asked, entries=entries))


async def signed_log(folder: Path, count: int = 1, parts: int = 1) -> Path:
    """A signed log of about *count* entries in *folder*, signed after each of *parts*."""
    path = folder / "decisions.sqlite"
    key = log_key(folder / "keys" / "log.key", "shop.example/log", fresh=True)
    with closing(SqliteStore(path)) as store:
        await store.keep_ruleset(digest(RULES), RULES)
        for part in range(parts):
            await add_entries(store, 1 + 10_000 * part, count // parts)
            await Checkpoints(store, key).advance()
    return path


def key_of(path: Path) -> LogKey:
    """The key of the log at *path*."""
    return LogKey(path.parent / "keys" / "log.key")


def verified(path: Path, *earlier: str, witnesses: tuple[Verifier, ...] = ()) -> Report:
    """What verifying the log at *path* finds."""
    keys = (Verifier.of(key_of(path).verifier),)
    return verify(path, Trusted(keys, witnesses, earlier), lambda _: None)


def note_of(path: Path, checkpoint: Checkpoint) -> str:
    """*checkpoint*, signed by the key of the log at *path*."""
    return key_of(path)._key.signed(checkpoint.text)
