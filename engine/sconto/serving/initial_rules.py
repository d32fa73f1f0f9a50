"""The rules that a server begins with: published ones, or those in the files, checked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass

from sconto.app.in_force import PolicyHolder
from sconto.app.ports import Store
from sconto.app.publications import Publication, Publications
from sconto.app.reload import CheckRules, Refused
from sconto.bootstrap import log_place, now_us
from sconto.errors import CorruptRecord, InvalidRules, ScontoError
from sconto.rulebook.gate import CheckLimits, check_documents_apart
from sconto.rulebook.policies import policy_from
from sconto.rulebook.read.watch import Seen, files_of
from sconto.settings import Settings


class RulesUnfit(ScontoError):
    """Rules whose check failed although no file is at fault: it was late, or it crashed."""

    code = "RULES_UNFIT"
    help = "run `sconto rules lint` on the folder; if it finds nothing, look for what changed last"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a process decides by from its first call on."""

    documents: bytes
    seen: Seen
    """The rule files as they were before they were read."""
    publication: Publication | None = None
    """How *documents* came into force; None for those in the files."""
    look_again: bool = False
    """Whether the files were refused since *documents* were read from them."""

    async def holder(self) -> PolicyHolder:
        """The documents, compiled and in force."""
        holder = PolicyHolder(await policy_from(self.documents), now_us())
        if self.publication is not None:
            holder.publication = self.publication
            holder.since_us = self.publication.activated_us or holder.since_us
        return holder


async def begin(settings: Settings, check: CheckRules, limits: CheckLimits) -> Beginning:
    """What the log says is in force, or else what *check* says of the files.

    Raises InvalidRules or RulesUnfit when it can't be served.
    """
    seen = files_of(settings.rules)
    place = log_place(settings)
    if not place.may_be_new():
        with closing(place.store()) as store:
            published = published_in(store, seen)
        if published is not None:
            await _passed(lambda: check_documents_apart(published.documents, limits))
            return published
    return Beginning(await _passed(check), seen)


def published_in(store: Store, seen: Seen) -> Beginning | None:
    """The published ruleset that is in force by the log of *store*; None without one."""
    log = Publications()
    log.read(store)
    if log.active is None:
        return None
    documents = store.ruleset_documents(log.active.digest)
    if documents is None:
        raise CorruptRecord(f"the published ruleset `{log.active.digest}` is not kept")
    return Beginning(documents, seen, log.active)


async def _passed(check: Callable[[], Awaitable[bytes | Refused]]) -> bytes:
    checked = await check()
    if isinstance(checked, Refused):
        raise InvalidRules(checked.findings) if checked.findings else RulesUnfit(checked.error)
    return checked
