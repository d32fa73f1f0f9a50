"""A server's publishing half that ends itself, as a power cut would, at one exact point.

python publisher.py LOG POINT; says `answered` once a publication was accepted.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from golden_rules import GOOD, write
from sconto.app.activate import Activator
from sconto.app.in_force import PolicyHolder
from sconto.app.ports import RulesStep
from sconto.app.publish import PublishCommand, Publisher, Publishing
from sconto.app.signed_rules import SignedRules
from sconto.domain.canonical import digest
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.loader import load_folder
from sconto.rulebook.policies import policy_from, policy_of
from sconto.signing.keys import verified
from sconto.store.sqlite import SqliteStore
from support import publishing
from support.publishing import MADE_US, envelope, statement

START_US = MADE_US + 60_000_000
HOUR_US = 3_600_000_000


def end(*_: Any) -> NoReturn:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def at_swap(_: SqliteStore, holder: PolicyHolder) -> None:
    """End between the log and the swap."""
    holder.publish = end


def before_entry(store: SqliteStore, _: PolicyHolder) -> None:
    """End when the documents are kept, and the entry is not yet written."""
    store.commit_publication = end


def nowhere(_: SqliteStore, __: PolicyHolder) -> None:
    """Go on."""


POINTS: dict[str, tuple[Callable[[SqliteStore, PolicyHolder], None], bool]] = {
    "before the entry": (before_entry, False),
    "after the entry": (at_swap, False),
    "before the activation": (before_entry, True),
    "after the activation": (at_swap, True),
}
"""Where to end, and whether that is when a set publication comes due."""


def documents(name: str) -> bytes:
    """The documents of a small ruleset, by the name of its shop."""
    return publishing.renamed(small().documents, name)


@cache
def small() -> Ruleset:
    """The ruleset that decides before anything is published."""
    with TemporaryDirectory() as folder:
        write(Path(folder), GOOD)
        return load_folder(Path(folder))


async def unchecked(raw: bytes) -> bytes:
    """Let everything pass."""
    return raw


def publisher(store: SqliteStore, now: Callable[[], int]) -> Publisher:
    """A publisher over *store* that begins with the small ruleset."""
    holder = PolicyHolder(policy_of(small()), now())
    world = Publishing(
        SignedRules(publishing.people, verified),
        unchecked,
        policy_from,
        store,
        now,
        lambda: f"p{now()}",
    )
    return Publisher(Activator(holder, store, policy_from, now, world.signed), world)


def command(name: str, activate_us: int | None = None) -> PublishCommand:
    """The command that publishes the shop *name*."""
    said = statement(digest(documents(name)))
    signed = envelope(said, "anna", "ben").to_bytes()
    key = f"PublishRules/{name}"
    return PublishCommand(name, key, b"", signed, False, documents(name), activate_us)


async def main() -> None:
    """Publish, and end at the point named."""
    path, point = Path(sys.argv[1]), sys.argv[2]
    spoil, is_set = POINTS[point]
    clock = [START_US]
    store = SqliteStore(path)
    made = publisher(store, lambda: clock[0])
    if not is_set:
        spoil(store, made.activator.holder)
    activate_us = START_US + HOUR_US if is_set else None
    await made.act(command("new", activate_us), RulesStep.PUBLICATION, lambda _: b"reply")
    os.write(sys.stdout.fileno(), b"answered\n")
    spoil(store, made.activator.holder)
    clock[0] += HOUR_US
    await made.activator.tick()


if __name__ == "__main__":
    asyncio.run(main())
